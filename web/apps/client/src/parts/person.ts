/** Somebody by their id, from wherever they are known: the list, a conversation, or the server. */

import { Refused } from "@rapport/api/transport";
import type { PersonRef, Presence } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { nameOf } from "@rapport/live/state";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useApp, useLive } from "../app/context";
import { ASK_EVERY } from "../app/unwatched";
import { useAsked } from "./asked";

export interface Known {
	readonly person: PersonRef | undefined;
	readonly reason: string | undefined;
	/** Whether the reason is that nobody here is called so. */
	readonly isNobody: boolean;
	readonly again: () => void;
}

export function usePerson(id: string): Known {
	const { session } = useApp();
	const here = useLive((live) => {
		if (live.me?.id === id) return live.me;
		const contact = live.contacts.get(id)?.person;
		if (contact) return contact;
		for (const conversation of live.conversations.values()) if (conversation.with.id === id) return conversation.with;
		return live.incoming.find((adder) => adder.person.id === id)?.person;
	});
	const isHere = here !== undefined;
	const ask = useCallback(async () => (isHere ? undefined : session.client.person(id)), [session, id, isHere]);
	const { value, reason, error, again } = useAsked<PersonRef | undefined>(ask);
	const isNobody = !isHere && error instanceof Refused && error.problem.code === "not-found";
	return { person: here ?? value, reason: isHere ? undefined : reason, isNobody, again };
}

/** How somebody is called with whom something was said: whoever was deleted may have no name left, nor an address. */
export function useNameOf(person: PersonRef): string {
	const text = useText();
	const name = useLive((live) => nameOf(live, person));
	return name === "" ? text.say("somebody-gone") : name;
}

export interface Looking {
	/** What was told of them with what is shown, and is asked for anew only when it is as old as an answer may be. */
	readonly known?: Presence;
	/** Whether they are looked at now. */
	readonly isLookedAt?: boolean;
}

/** The presence of somebody; of who isn't on the list it is asked for while it is looked at. */
export function usePresence(id: string, { known, isLookedAt = true }: Looking = {}): Presence | undefined {
	const { session } = useApp();
	const told = useLive((live) => live.presence.get(id));
	const isContact = useLive((live) => live.contacts.has(id));
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	// With what was known before it, which nothing older takes the place of.
	const [asked, setAsked] = useState<{ readonly after: Presence | undefined; readonly presence: Presence }>();
	const due = useRef<{ id: string; known: Presence | undefined; at: number }>(undefined);
	useEffect(() => {
		if (due.current?.id !== id || due.current.known !== known) {
			due.current = { id, known, at: known ? Date.now() + ASK_EVERY : 0 };
		}
		const next = due.current;
		// Whoever asks by themselves is taken for somebody who is there: nobody asks while it can't be said that they aren't.
		if (!isUp) next.at = 0;
		if (isContact || !isUp || !isLookedAt) return;
		let isWanted = true;
		let timer: ReturnType<typeof setTimeout>;
		const ask = () => {
			next.at = Date.now() + ASK_EVERY;
			timer = setTimeout(ask, ASK_EVERY);
			session.client.presence(id).then(
				(presence) => isWanted && setAsked({ after: known, presence }),
				() => undefined,
			);
		};
		const wait = next.at - Date.now();
		if (wait > 0) timer = setTimeout(ask, wait);
		else ask();
		return () => {
			isWanted = false;
			clearTimeout(timer);
		};
	}, [session, id, isContact, isUp, isLookedAt, known]);
	return told ?? (asked?.after === known ? asked?.presence : known);
}
