// Keeps the shell of the client, so that it opens without a connection and says so. The build writes the version and the
// files. Nothing of a person is kept here: requests to the server go through untouched.
const VERSION = "__VERSION__";
const FILES = "__FILES__";
const CACHE = `rapport-${VERSION}`;

self.addEventListener("install", (event) => {
	const paths = Array.isArray(FILES) ? FILES.map((file) => `/im/${file}`) : [];
	event.waitUntil(
		caches
			.open(CACHE)
			.then((cache) => cache.addAll(["/im/", ...paths]))
			.then(() => self.skipWaiting()),
	);
});

self.addEventListener("activate", (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
			.then(() => self.clients.claim()),
	);
});

self.addEventListener("fetch", (event) => {
	const url = new URL(event.request.url);
	const isOurs = url.origin === location.origin && url.pathname.startsWith("/im/");
	if (event.request.method !== "GET" || !isOurs) return;
	if (event.request.mode === "navigate") {
		// The newest page where the server is there, the kept one where it isn't.
		event.respondWith(fetch(event.request).catch(() => caches.match("/im/")));
	} else if (url.pathname.startsWith("/im/assets/")) {
		event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
	} else {
		event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
	}
});

self.addEventListener("notificationclick", (event) => {
	event.waitUntil(clicked(event));
});

/** Leads to the conversation; what was typed into the notification, where the system lets one, goes along to be sent. */
async function clicked({ notification, action, reply }) {
	notification.close();
	const path = notification.data?.path ?? "/im/";
	const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
	const there = windows.find((one) => new URL(one.url).pathname.startsWith("/im/"));
	const page = there ?? (await self.clients.openWindow(path));
	if (action === "reply" && reply) {
		page?.postMessage({ answer: { me: notification.data?.me ?? "", person: notification.tag, say: reply } });
		return;
	}
	there?.postMessage({ go: path, isReply: action === "reply" });
	// Who has typed an answer stays where they are; who has clicked comes here, where the browser lets them.
	await there?.focus().catch(() => undefined);
}
