/** Being told: of messages while one looks elsewhere, and once of those who were awaited; by one window for all of them. */

import type { Text } from "@rapport/i18n/text";
import { allowed } from "@rapport/live/attention";
import { conversationWith, type Live, nameOf } from "@rapport/live/state";
import { useEffect } from "react";
import { keepAwaited } from "./awaited";
import type { App } from "./context";
import { notify, unnotify } from "./notify";
import { Windows } from "./windows";

/** Whatever comes at once makes one sound, in milliseconds. */
const SOUND_EVERY = 1_000;

export function useTold({ session, router, shown }: App, text: Text | undefined, user: string | undefined): void {
	useEffect(() => (user === undefined ? undefined : keepAwaited(user, shown.awaited)), [shown, user]);
	useEffect(() => {
		if (!text || user === undefined) return;
		const name = (live: Live, id: string) => {
			const person = live.contacts.get(id)?.person ?? conversationWith(live, id)?.with;
			return person ? nameOf(live, person) : "Rapport";
		};
		const open = (person: string) => router.go({ page: "conversation", person, panel: "contacts" });
		const isBack = (person: string) => text.say("awaited-back", { name: name(session.live.get(), person) });
		const windows = Windows.open({
			onBack: (person) => shown.say({ text: isBack(person), intent: "done" }),
			look: () => {
				const route = router.get();
				return { hasFocus: document.hasFocus(), person: route.page === "conversation" ? route.person : undefined };
			},
		});
		const looked = () => windows.looked();
		const stopRoute = router.subscribe(looked);
		for (const sign of ["focus", "blur", "pagehide"]) addEventListener(sign, looked);

		let soundedAt = 0;
		const stopHearing = session.heard.subscribe(() => {
			const heard = session.heard.get();
			const live = session.live.get();
			if (!heard || !windows.speaks || windows.isOnScreen(heard.person)) return;
			const { person } = heard;
			const may = allowed(live);
			if (may.sound && Date.now() - soundedAt >= SOUND_EVERY) {
				soundedAt = Date.now();
				sound();
			}
			if (!may.notice) return;
			const body = may.words ? heard.text.slice(0, 120) : "";
			const answer = { reply: text.say("reply"), placeholder: text.say("composer-placeholder") };
			void notify({ title: name(live, person), body, me: user, person, ...answer }, () => open(person));
		});

		let unread = new Set<string>();
		const look = () => {
			const live = session.live.get();
			const isQuiet = live.me?.availability === "doNotDisturb";
			for (const id of windows.speaks && !isQuiet ? shown.awaited.get() : []) {
				if (live.presence.get(id)?.availability !== "available") continue;
				shown.await(id);
				windows.back(id);
				if (allowed(live).notice) void notify({ title: isBack(id), body: "", me: user, person: id }, () => open(id));
			}
			const still = new Set([...live.conversations.values()].flatMap((one) => (one.unread > 0 ? [one.with.id] : [])));
			for (const id of unread) if (!still.has(id)) void unnotify(id);
			unread = still;
		};
		const stopLooking = session.live.subscribe(look);
		return () => {
			stopHearing();
			stopLooking();
			stopRoute();
			for (const sign of ["focus", "blur", "pagehide"]) removeEventListener(sign, looked);
			windows.close();
		};
	}, [session, router, shown, text, user]);
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
