/**
 * What has been read here and the server isn't known to have heard of: sans-IO. A message that was seen is said again after
 * each break, until the server counts none of its conversation as unread.
 */

import type { ClientFrame, Frame } from "@rapport/api/events";

/** The last message that was seen, by conversation. */
export type Seen = ReadonlyMap<string, string>;

export function saw(seen: Seen, conversation: string, message: string): Seen {
	return new Map(seen).set(conversation, message);
}

/** What is to be said on a new connection. */
export function unheard(seen: Seen): readonly ClientFrame[] {
	return [...seen].map(([conversation, message]) => ({ type: "seen", conversation, message }));
}

/** Takes out what a frame shows to have been heard. */
export function heard(seen: Seen, frame: Frame): Seen {
	switch (frame.type) {
		case "conversation":
			return frame.conversation.unread === 0 ? without(seen, (id) => id === frame.conversation.id) : seen;
		case "conversationGone":
			return without(seen, (id) => id === frame.conversation);
		case "snapshot": {
			const unread = new Set(frame.snapshot.conversations.flatMap((one) => (one.unread > 0 ? [one.id] : [])));
			return without(seen, (id) => !unread.has(id));
		}
		default:
			return seen;
	}
}

function without(seen: Seen, isHeard: (conversation: string) => boolean): Seen {
	return [...seen.keys()].some(isHeard) ? new Map([...seen].filter(([id]) => !isHeard(id))) : seen;
}
