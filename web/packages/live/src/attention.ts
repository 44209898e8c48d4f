/** When somebody is told of something, and by which of the windows that are open. Pure. */

import type { AccessLevel } from "@rapport/api/types";
import type { Live } from "./state";

export interface Allowed {
	readonly sound: boolean;
	/** A notification of the system. */
	readonly notice: boolean;
	/** Whether it may have words of a message. */
	readonly words: boolean;
}

const NOTHING: Allowed = { sound: false, notice: false, words: false };

export function isQuiet({ me }: Pick<Live, "me">): boolean {
	return me?.availability === "doNotDisturb";
}

/** Who sees "urgent interruptions only" where others see Do Not Disturb, and whose calls the server lets through then. */
function mayInterrupt(level: AccessLevel | undefined): boolean {
	return level === "team";
}

/**
 * What may be told now, of messages as of who is back: in Do Not Disturb nothing but what those say who may interrupt, and
 * that without a sound.
 *
 * @param level of whoever it is about, where it was set by hand.
 */
export function allowed(live: Pick<Live, "me" | "settings">, level?: AccessLevel): Allowed {
	const quiet = isQuiet(live);
	if (quiet && !mayInterrupt(level)) return NOTHING;
	const { sounds, notifications, showWordsInNotifications } = live.settings;
	return { sound: sounds && !quiet, notice: notifications, words: notifications && showWordsInNotifications };
}

/** What a window says of itself to the others. */
export interface Looking {
	readonly window: string;
	readonly hasFocus: boolean;
	/** With whom the conversation is that it shows. */
	readonly person?: string | undefined;
}

/** What is looked at, as far as it has been said: one window alone has the focus. */
export function lookedAt(before: Looking | undefined, said: Looking): Looking | undefined {
	if (said.hasFocus) return said;
	return before?.window === said.window ? undefined : before;
}

export interface Offer {
	/** What the browser says. */
	readonly permission: string;
	/** Whether it was answered here before. */
	readonly isAnswered: boolean;
	/** Whether there was a message to be told of. */
	readonly hasHeard: boolean;
}

/** Whether to ask if notifications are wanted: once, when the first one was missed, and never in Do Not Disturb. */
export function isOfferDue(live: Pick<Live, "me" | "settings">, { permission, isAnswered, hasHeard }: Offer): boolean {
	return permission === "default" && !isAnswered && hasHeard && allowed(live).notice;
}
