/** What the browser tells that no part of the page shows: the network, use and idleness, time, notifications, the title. */

import { nameOf, unreadOf } from "@rapport/live/state";
import type { App } from "./context";
import { notify } from "./notify";
import { parse } from "./route";
import { trusted } from "./trusted";

export function attend({ session, router }: App): void {
	addEventListener("online", () => session.network(true));
	addEventListener("offline", () => session.network(false));
	for (const sign of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
		addEventListener(sign, () => session.used(), { passive: true, capture: true });
	}
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible") session.reconnect();
	});
	// The server has other pages by now: those that were open before ask for parts that are gone.
	addEventListener("vite:preloadError", () => location.reload());
	setInterval(() => session.tick(), 5_000);

	const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
	let shown = 0;
	session.live.subscribe(() => {
		const unread = unreadOf(session.live.get());
		if (unread === shown) return;
		shown = unread;
		document.title = unread > 0 ? `(${unread}) Rapport` : "Rapport";
		icon?.setAttribute("href", unread > 0 ? "/im/icon-unread.svg" : "/im/icon.svg");
		void navigator.setAppBadge?.(unread).catch(() => undefined);
	});

	session.onMessage = (person, words) => {
		const live = session.live.get();
		const route = router.get();
		const isOnScreen = document.hasFocus() && route.page === "conversation" && route.person === person;
		if (isOnScreen || live.me?.availability === "doNotDisturb") return;
		const { notifications, showWordsInNotifications, sounds } = live.settings;
		if (sounds) sound();
		if (!notifications) return;
		const contact =
			live.contacts.get(person)?.person ?? [...live.conversations.values()].find((one) => one.with.id === person)?.with;
		notify(contact ? nameOf(live, contact) : "Rapport", showWordsInNotifications ? words.slice(0, 120) : "", person);
	};

	if ("serviceWorker" in navigator && isSecureContext) {
		void navigator.serviceWorker.register(trusted.url("/im/sw.js"), { scope: "/im/" }).catch(() => undefined);
		navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ go?: string }>) => {
			if (event.data.go) router.go(parse(event.data.go));
		});
	}
}

/** Two short notes, made here: there is nothing to load. */
function sound(): void {
	try {
		const context = new AudioContext();
		const gain = context.createGain();
		gain.connect(context.destination);
		gain.gain.setValueAtTime(0.06, context.currentTime);
		gain.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.45);
		for (const [frequency, at] of [
			[660, 0],
			[880, 0.12],
		] as const) {
			const tone = context.createOscillator();
			tone.frequency.value = frequency;
			tone.connect(gain);
			tone.start(context.currentTime + at);
			tone.stop(context.currentTime + at + 0.3);
		}
		setTimeout(() => void context.close(), 800);
	} catch {
		// A browser that lets no page make a sound has its reasons.
	}
}
