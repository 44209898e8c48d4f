/** Being told: of messages while one looks elsewhere, and once of those who were awaited; by one window for all of them. */

import type { Text } from "@rapport/i18n/text";
import { allowed, isQuiet } from "@rapport/live/attention";
import { conversationWith, type Live, nameOf } from "@rapport/live/state";
import type { Heard } from "@rapport/live/telling";
import { useEffect, useRef } from "react";
import { keepAwaited } from "./awaited";
import type { App } from "./context";
import { notify, unnotify } from "./notify";
import { askOfUnwatched, calledBy } from "./unwatched";
import { Windows } from "./windows";

/** Whatever comes at once makes one sound, in milliseconds. */
const SOUND_EVERY = 1_000;

export function useTold({ session, router, shown }: App, text: Text | undefined, user: string | undefined): void {
	// In the language of then: another language is no reason to begin anew and to lose what waits to be told.
	const words = useRef(text);
	const onWords = useRef<() => void>(undefined);
	useEffect(() => {
		words.current = text;
		onWords.current?.();
	}, [text]);
	useEffect(() => (user === undefined ? undefined : keepAwaited(user, shown.awaited)), [shown, user]);
	useEffect(() => {
		if (user === undefined) return;
		const name = (live: Live, id: string) => {
			const person = live.contacts.get(id)?.person ?? conversationWith(live, id)?.with;
			return person ? nameOf(live, person) : "Rapport";
		};
		const open = (person: string) => router.go({ page: "conversation", person, panel: "contacts" });
		/** Calls with the words that somebody is back, once it is known how they are called. */
		const back = (id: string, say: (words: string) => void) =>
			calledBy(session, id).then(
				(name) => words.current && say(words.current.say("awaited-back", { name })),
				() => undefined,
			);

		let soundedAt = 0;
		const chime = () => {
			if (Date.now() - soundedAt < SOUND_EVERY) return;
			soundedAt = Date.now();
			sound();
		};
		let isOver = false;
		const tell = ({ person, text: said }: Heard, hasWaited: boolean) => {
			const live = session.live.get();
			const isRead = hasWaited && conversationWith(live, person)?.unread === 0;
			if (isRead || windows.isOnScreen(person)) return;
			const may = allowed(live, session.levels.get()?.get(person));
			if (may.notice) {
				const body = may.words ? said.slice(0, 120) : "";
				const say = words.current?.say;
				const answer = say ? { reply: say("reply"), placeholder: say("composer-placeholder") } : {};
				const notice = { title: name(live, person), body, me: user, person, silent: !may.sound, ...answer };
				void notify(notice, () => open(person));
			}
			if (may.sound) chime();
		};
		/** In Do Not Disturb it depends on their level, which may not have been asked for yet. */
		const decide = (heard: Heard, hasWaited: boolean) => {
			if (!isQuiet(session.live.get()) || session.levels.get()) return tell(heard, hasWaited);
			session.learnLevels().then(
				() => !isOver && tell(heard, hasWaited),
				() => undefined,
			);
		};

		/** Who of those that are asked about is available. */
		const there = new Set<string>();
		const isThere = (live: Live, id: string) => there.has(id) || live.presence.get(id)?.availability === "available";
		let unread = new Set<string>();
		const look = () => {
			const live = session.live.get();
			for (const id of words.current && windows.speaks && !isQuiet(live) ? shown.awaited.get() : []) {
				if (!isThere(live, id)) continue;
				there.delete(id);
				shown.await(id);
				windows.back(id);
				const may = allowed(live);
				if (may.sound) chime();
				if (!may.notice) continue;
				const notice = { body: "", me: user, person: id, silent: !may.sound };
				void back(id, (title) => void notify({ title, ...notice }, () => open(id)));
			}
			const still = new Set([...live.conversations.values()].flatMap((one) => (one.unread > 0 ? [one.with.id] : [])));
			// What is on show was put there by whichever window spoke; whoever speaks now takes it away.
			if (windows.speaks) for (const id of unread) if (!still.has(id)) void unnotify(id);
			unread = windows.speaks ? still : new Set([...unread, ...still]);
		};

		const windows = Windows.open({
			onBack: (id) => {
				if (shown.awaited.get().has(id)) shown.await(id);
				void back(id, (words) => shown.say({ text: words, intent: "done", waits: true }));
			},
			look: () => {
				const route = router.get();
				return { hasFocus: document.hasFocus(), person: route.page === "conversation" ? route.person : undefined };
			},
			onLooked: (isLookedAt) => shown.lookedAt.set(isLookedAt),
			tell: decide,
			onSpeaks: () => {
				look();
				unwatched.ask();
			},
		});
		const unwatched = askOfUnwatched({
			session,
			awaited: shown.awaited,
			isAsking: () => windows.speaks,
			onAnswer: ({ person, availability }) => {
				if (availability === "available") there.add(person);
				else there.delete(person);
				look();
			},
		});
		const hear = () => {
			const heard = session.heard.get();
			if (heard) windows.hear(heard);
		};
		const looked = () => windows.looked();
		// What came in since the page began.
		hear();
		look();
		onWords.current = look;
		const stopHearing = session.heard.subscribe(hear);
		const stopLooking = session.live.subscribe(look);
		const stopRoute = router.subscribe(looked);
		for (const sign of ["focus", "blur", "pagehide"]) addEventListener(sign, looked);
		return () => {
			isOver = true;
			stopHearing();
			stopLooking();
			stopRoute();
			unwatched.stop();
			for (const sign of ["focus", "blur", "pagehide"]) removeEventListener(sign, looked);
			onWords.current = undefined;
			windows.close();
			shown.lookedAt.set(true);
		};
	}, [session, router, shown, user]);
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
