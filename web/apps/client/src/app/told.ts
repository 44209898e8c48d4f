/** Being told: of messages while one looks elsewhere, and once of those who were awaited. */

import type { Text } from "@rapport/i18n/text";
import { conversationWith, type Live, nameOf } from "@rapport/live/state";
import { useEffect } from "react";
import type { App } from "./context";
import { notify, unnotify } from "./notify";

export function useTold({ session, router, shown }: App, text: Text | undefined): void {
	useEffect(() => {
		if (!text) return;
		const name = (live: Live, id: string) => {
			const person = live.contacts.get(id)?.person ?? conversationWith(live, id)?.with;
			return person ? nameOf(live, person) : "Rapport";
		};
		const open = (person: string) => router.go({ page: "conversation", person, panel: "contacts" });

		const stopHearing = session.heard.subscribe(() => {
			const heard = session.heard.get();
			const live = session.live.get();
			const route = router.get();
			if (!heard) return;
			const { person } = heard;
			const isOnScreen = document.hasFocus() && route.page === "conversation" && route.person === person;
			if (isOnScreen || live.me?.availability === "doNotDisturb") return;
			const { notifications, showWordsInNotifications, sounds } = live.settings;
			if (sounds) sound();
			if (!notifications) return;
			const body = showWordsInNotifications ? heard.text.slice(0, 120) : "";
			void notify({ title: name(live, person), body, person, reply: text.say("reply") }, () => open(person));
		});

		let unread = new Set<string>();
		const stopLooking = session.live.subscribe(() => {
			const live = session.live.get();
			for (const id of shown.awaited.get()) {
				if (live.presence.get(id)?.availability !== "available") continue;
				shown.await(id);
				const words = text.say("awaited-back", { name: name(live, id) });
				shown.say({ text: words, intent: "done" });
				void notify({ title: words, body: "", person: id }, () => open(id));
			}
			const still = new Set([...live.conversations.values()].flatMap((one) => (one.unread > 0 ? [one.with.id] : [])));
			for (const id of unread) if (!still.has(id)) void unnotify(id);
			unread = still;
		});
		return () => {
			stopHearing();
			stopLooking();
		};
	}, [session, router, shown, text]);
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
