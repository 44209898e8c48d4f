/** Somebody by their id, from wherever they are known: the list, a conversation, or the server. */

import type { PersonRef, Presence } from "@rapport/api/types";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useApp, useLive } from "../app/context";
import { useAsked } from "./asked";

export interface Known {
	readonly person: PersonRef | undefined;
	readonly reason: string | undefined;
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
	const { value, reason, again } = useAsked<PersonRef | undefined>(ask);
	return { person: here ?? value, reason: isHere ? undefined : reason, again };
}

/** The presence of somebody; of who isn't on the list it is asked for while it is looked at. */
export function usePresence(id: string): Presence | undefined {
	const { session } = useApp();
	const told = useLive((live) => live.presence.get(id));
	const isContact = useLive((live) => live.contacts.has(id));
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	const [asked, setAsked] = useState<Presence>();
	useEffect(() => {
		// Whoever asks by themselves is taken for somebody who is there: nobody asks while it can't be said that they aren't.
		if (isContact || !isUp) return;
		let isWanted = true;
		const ask = () =>
			session.client.presence(id).then(
				(presence) => isWanted && setAsked(presence),
				() => undefined,
			);
		void ask();
		const timer = setInterval(ask, 30_000);
		return () => {
			isWanted = false;
			clearInterval(timer);
		};
	}, [session, id, isContact, isUp]);
	return told ?? asked;
}
