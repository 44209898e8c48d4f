/**
 * What one browser knows: an immutable value, made anew by each event.
 *
 * It owns the form of what is known and where it begins; `apply` changes it by the server's events and `outbox` by what
 * the person does here. No clock, no socket, no DOM.
 */

import type {
	Adder,
	Contact,
	Conversation,
	Endpoint,
	Group,
	Limits,
	Me,
	Message,
	PersonRef,
	Presence,
	Reason,
	Settings,
} from "@rapport/api/types";

/** A message that has left the composer and isn't known to have arrived at the server. */
export interface Waiting {
	readonly clientId: string;
	readonly to: PersonRef;
	readonly text: string;
	readonly html?: string;
	/** When it was written, in milliseconds since 1970. */
	readonly at: number;
	readonly state: "waiting" | "sending" | "failed";
	readonly reason?: Reason;
}

/** What is half written. */
export interface Draft {
	readonly text: string;
	/** Where it has a form. */
	readonly html?: string;
}

/** What I say of myself that the server hasn't taken yet. */
export interface Note {
	readonly text: string;
	/** When it was written, in milliseconds since 1970. */
	readonly at: number;
	/** Which notes it may take the place of: the one that stood there, and those that I tried to say before it. */
	readonly replaces: readonly string[];
	/**
	 * Late is what didn't get through, and waits for its time or is tried again; only what waits may be sent. Overtaken is
	 * what waited while another note was set elsewhere: its writer decides.
	 */
	readonly state: "sending" | "late" | "waiting" | "overtaken" | "refused";
	/** Why it was refused. */
	readonly reason?: Reason;
}

/** What was said with one person, as far as it is here. */
export interface Talk {
	/** In the order of their times. */
	readonly messages: readonly Message[];
	/** Whether the server keeps earlier ones; nothing while that isn't known. */
	readonly hasEarlier?: boolean;
}

/** What was deleted of the history: one message, all of a person, or, where neither is named, everything. */
export interface Gone {
	readonly message?: string;
	readonly person?: string;
}

export interface Live {
	/** Whether a snapshot has come yet. */
	readonly ready: boolean;
	readonly me?: Me;
	readonly groups: readonly Group[];
	readonly contacts: ReadonlyMap<string, Contact>;
	readonly presence: ReadonlyMap<string, Presence>;
	readonly incoming: readonly Adder[];
	readonly conversations: ReadonlyMap<string, Conversation>;
	readonly endpoints: readonly Endpoint[];
	readonly settings: Settings;
	readonly limits: Limits;
	/** By the other person's id. */
	readonly talks: ReadonlyMap<string, Talk>;
	/** Who types, and until when that is believed, in milliseconds since 1970. */
	readonly typing: ReadonlyMap<string, number>;
	readonly outbox: readonly Waiting[];
	/** By the other person's id. */
	readonly drafts: ReadonlyMap<string, Draft>;
	readonly note?: Note;
	/** When something was last said with somebody, as the history has it: by the other person's id. */
	readonly recents: ReadonlyMap<string, string>;
	/** The mark of the history from which what is here was taken: another one after each deletion. */
	readonly historyMark?: string;
	/** What the last deletion took away, where it was told: what has another mark by a snapshot may lack anything. */
	readonly historyGone?: Gone;
	/** The last news of what is said: another value with each, which names nobody where it may be with whomever. */
	readonly news?: { readonly person?: string };
	/** Whether the company keeps nothing of what is said; false while that isn't known. */
	readonly keepsNone: boolean;
	/** Why the server has ended the session: a code. */
	readonly signedOut?: string;
}

export const FIRST_SETTINGS: Settings = {
	version: 1,
	theme: "system",
	language: "",
	density: "comfortable",
	view: "groups",
	sounds: true,
	notifications: true,
	showWordsInNotifications: true,
	enterSends: true,
	showOffline: true,
	sortBy: "availability",
};

export const EMPTY: Live = {
	ready: false,
	groups: [],
	contacts: new Map(),
	presence: new Map(),
	incoming: [],
	conversations: new Map(),
	endpoints: [],
	settings: FIRST_SETTINGS,
	limits: { contacts: 250, groups: 64, watchers: 0, messageBytes: 8192, note: 500, idleMinutes: 5, awayMinutes: 20 },
	talks: new Map(),
	typing: new Map(),
	outbox: [],
	drafts: new Map(),
	recents: new Map(),
	keepsNone: false,
};

/** The conversation with a person, if there is one that isn't over; otherwise the latest. */
export function conversationWith(live: Live, person: string): Conversation | undefined {
	let latest: Conversation | undefined;
	for (const conversation of live.conversations.values()) {
		if (conversation.with.id !== person) continue;
		if (isGoing(conversation)) return conversation;
		if (!latest || conversation.startedAt > latest.startedAt) latest = conversation;
	}
	return latest;
}

export function isGoing(conversation: Conversation): boolean {
	return conversation.state === "open" || conversation.state === "ringing" || conversation.state === "invited";
}

/** Messages that nobody has read, of all conversations. */
export function unreadOf(live: Live): number {
	let sum = 0;
	for (const conversation of live.conversations.values()) sum += conversation.unread;
	return sum;
}

/** How a person is called: by the name that the contact list gives them, else their own. */
export function nameOf(live: Live, person: PersonRef): string {
	return live.contacts.get(person.id)?.alias || person.displayName || person.address;
}
