/** What the browser tells that no part of the page shows: the network, use and idleness, time, the icon. */

import type { App } from "./context";
import { parse } from "./route";
import { trusted } from "./trusted";
import { unseenOf } from "./unseen";

/** What the service worker tells of a notification that was clicked. */
interface Clicked {
	readonly go?: string;
	readonly isReply?: boolean;
	/** What was typed into it, by whom and to whom: ids. */
	readonly answer?: { readonly me: string; readonly person: string; readonly say: string };
}

export function attend({ session, router }: App): void {
	addEventListener("online", () => session.network(true));
	addEventListener("offline", () => session.network(false));
	for (const sign of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
		addEventListener(sign, () => session.used(), { passive: true, capture: true });
	}
	// A key that chooses among what an input method offers is nobody's but the method's. Safari tells it by the code alone.
	addEventListener("keydown", (event) => (event.isComposing || event.keyCode === 229) && event.stopPropagation(), {
		capture: true,
	});
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible") session.reconnect();
	});
	// The server has other pages by now: those that were open before ask for parts that are gone.
	addEventListener("vite:preloadError", () => location.reload());
	setInterval(() => session.tick(), 5_000);

	const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
	let shown = 0;
	let isDue = false;
	const look = () => {
		if (!isDue) setTimeout(show, 100);
		isDue = true;
	};
	session.live.subscribe(look);
	router.subscribe(look);
	for (const sign of ["focus", "blur"]) addEventListener(sign, look);
	function show(): void {
		isDue = false;
		const unread = unseenOf(session.live.get(), router.get());
		if (unread === shown) return;
		shown = unread;
		icon?.setAttribute("href", unread > 0 ? "/im/icon-unread.svg" : "/im/icon.svg");
		void navigator.setAppBadge?.(unread).catch(() => undefined);
	}

	if ("serviceWorker" in navigator && isSecureContext) {
		void navigator.serviceWorker.register(trusted.url("/im/sw.js"), { scope: "/im/" }).catch(() => undefined);
		navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<Clicked>) => {
			if (data.answer) session.reply(data.answer.me, data.answer.person, data.answer.say);
			if (!data.go) return;
			router.go(parse(data.go));
			// Whoever wants to answer begins to write at once, on a phone too.
			if (data.isReply) setTimeout(() => document.querySelector<HTMLElement>("[data-composer]")?.focus(), 100);
		});
	}
}
