/** Asks about those who are awaited and aren't on the list: the server tells by itself only of who is, or is talked to. */

import type { PersonRef, Presence } from "@rapport/api/types";
import { conversationWith, nameOf } from "@rapport/live/state";
import type { Store } from "@rapport/live/store";
import type { Session } from "./session";

/** How often each of them is asked about, in milliseconds. */
export const ASK_EVERY = 30_000;

export interface UnwatchedOptions {
	readonly session: Pick<Session, "client" | "link" | "live">;
	readonly awaited: Store<ReadonlySet<string>>;
	/** Whether it is for this window to ask. */
	readonly isAsking: () => boolean;
	readonly onAnswer: (presence: Presence) => void;
}

export interface Unwatched {
	/** Asks now. */
	readonly ask: () => void;
	readonly stop: () => void;
}

export function askOfUnwatched({ session, awaited, isAsking, onAnswer }: UnwatchedOptions): Unwatched {
	const { client, link, live } = session;
	let isOver = false;
	// Whoever asks without a connection is taken for somebody who is there.
	const ask = () => {
		if (link.get().phase !== "up" || !isAsking()) return;
		for (const id of awaited.get()) {
			if (live.get().contacts.has(id)) continue;
			client.presence(id).then(
				(presence) => !isOver && awaited.get().has(id) && onAnswer(presence),
				() => undefined,
			);
		}
	};
	let phase = link.get().phase;
	const stops = [
		awaited.subscribe(ask),
		link.subscribe(() => {
			const before = phase;
			phase = link.get().phase;
			if (phase === "up" && before !== "up") ask();
		}),
	];
	const timer = setInterval(ask, ASK_EVERY);
	ask();
	return {
		ask,
		stop: () => {
			isOver = true;
			clearInterval(timer);
			for (const stop of stops) stop();
		},
	};
}

/** How somebody is called who may be known to nobody here but the server. */
export async function calledBy({ client, live }: Pick<Session, "client" | "live">, id: string): Promise<string> {
	const now = live.get();
	const here: PersonRef | undefined = now.contacts.get(id)?.person ?? conversationWith(now, id)?.with;
	return nameOf(now, here ?? (await client.person(id)));
}
