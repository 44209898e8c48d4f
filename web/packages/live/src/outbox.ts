/**
 * What the person has written: messages on their way, drafts, their note. Nothing is lost by a reload or a lost
 * connection: all are kept as text beside the page, and a message goes again under the id it was given here, which the server takes once.
 */

import type { Message, PersonRef, Reason } from "@rapport/api/types";
import { withEntry, without } from "./apply";
import { conversationWith, type Draft, type Live, type Note, type Waiting } from "./state";

/**
 * For how long what was not sent, or under way, when the page went goes by itself, in milliseconds. Later its writer is
 * asked: it may not be meant any more, or have arrived, and the server doesn't remember for ever.
 */
const AGAIN = 60 * 60 * 1000;

/** So many times as long as a message may be is what can't be meant as one. */
const FAR = 4;

/**
 * Whether something is so much longer than a message may be that it isn't taken as a draft: all drafts have to find room
 * beside the page. One that is as long already may become shorter.
 */
export function isFarTooLong({ limits, drafts }: Live, person: string, text: string, html = ""): boolean {
	const there = drafts.get(person);
	const before = (there?.text.length ?? 0) + (there?.html?.length ?? 0);
	return text.length + html.length > Math.max(FAR * limits.messageBytes, before);
}

/** Puts a message behind those that wait, and takes the draft away that it was. */
export function queued(live: Live, message: Omit<Waiting, "state">): Live {
	return {
		...live,
		outbox: [...live.outbox, { ...message, state: "waiting" }],
		drafts: without(live.drafts, message.to.id),
	};
}

/**
 * What may be sent next: the oldest that waits of each person to whom nothing is under way. One that was refused holds
 * up none: it says itself what became of it, and is sent again by hand.
 */
export function nextToSend(live: Live): readonly Waiting[] {
	const held = new Set(live.outbox.filter((one) => one.state === "sending").map((one) => one.to.id));
	return live.outbox.filter((message) => {
		if (message.state !== "waiting" || held.has(message.to.id)) return false;
		held.add(message.to.id);
		return true;
	});
}

export function sending(live: Live, clientId: string): Live {
	return changed(live, clientId, ({ reason: _, ...message }) => ({ ...message, state: "sending" }));
}

/** The connection was lost on the way: it waits again, and goes again under the same id. */
export function postponed(live: Live, clientId: string): Live {
	return changed(live, clientId, ({ reason: _, ...message }) => ({ ...message, state: "waiting" }));
}

export const retried = postponed;

export function failed(live: Live, clientId: string, reason: Reason): Live {
	return changed(live, clientId, (message) => ({ ...message, state: "failed", reason }));
}

/** Gives up a message that has failed; its text goes back to where it was written, unless something stands there. */
export function discarded(live: Live, clientId: string): Live {
	const message = live.outbox.find((one) => one.clientId === clientId);
	if (!message) return live;
	const outbox = live.outbox.filter((one) => one !== message);
	const { text, html, to } = message;
	const draft: Draft = html === undefined ? { text } : { text, html };
	return { ...live, outbox, drafts: live.drafts.has(to.id) ? live.drafts : withEntry(live.drafts, to.id, draft) };
}

/** @param html only where the text has a form. */
export function drafted(live: Live, person: string, text: string, html?: string): Live {
	const there = live.drafts.get(person);
	if ((there?.text ?? "") === text && there?.html === html) return live;
	if (text === "") return { ...live, drafts: without(live.drafts, person) };
	return { ...live, drafts: withEntry(live.drafts, person, html === undefined ? { text } : { text, html }) };
}

/** @param note nothing once the server has it, or its writer has given it up. */
export function noted({ note: _, ...live }: Live, note: Note | undefined): Live {
	return note ? { ...live, note } : live;
}

/** A note as it is written now. */
export function newNote({ note: unsaid, me }: Live, text: string, at: number): Note {
	const isTried = unsaid && unsaid.state !== "overtaken" && unsaid.state !== "refused";
	const stood = new Set([me?.note ?? "", ...(isTried ? [unsaid.text, ...unsaid.replaces] : [])]);
	// What is written again stays late where it was.
	const state = isTried && unsaid.text === text ? "late" : "sending";
	return { text, at, replaces: [...stood].slice(0, MOST_TRIED), state };
}

/** What becomes of a note that waits, now that it is known what stands there: nothing where that is what it says. */
export function met(note: Note, stands: string): Note | undefined {
	if (note.text === stands) return undefined;
	return { ...note, state: note.replaces.includes(stands) ? "late" : "overtaken" };
}

/** Whether anything of it is to be kept. */
export function isWritten(live: Live): boolean {
	return live.outbox.length > 0 || live.drafts.size > 0 || live.note !== undefined;
}

/** Whether something is on its way of which it isn't known yet whether it arrives: the server has it, not the other. */
export function isUnderWay(live: Live): boolean {
	return [...live.talks.values()].some(({ messages }) => messages.some(isOpen));
}

/** What is on its way: a server that is killed forgets what waits there for its turn. */
function underWay(live: Live): readonly Waiting[] {
	return [...live.talks].flatMap(([id, { messages }]) => {
		const open = messages.filter(isOpen);
		if (open.length === 0) return [];
		const known = live.contacts.get(id)?.person ?? conversationWith(live, id)?.with;
		const to = known ?? { id, address: id, displayName: id };
		return open.flatMap(({ clientId, text, html, at }) => {
			if (clientId === undefined) return [];
			const form = html === undefined ? {} : { html };
			return [{ clientId, to, text, ...form, at: Date.parse(at), state: "sending" as const }];
		});
	});
}

function isOpen(message: Message): boolean {
	return message.direction === "out" && message.delivery === "sending";
}

/** Of so many notes that were tried it is remembered that they may stand there. */
const MOST_TRIED = 20;

function changed(live: Live, clientId: string, change: (message: Waiting) => Waiting): Live {
	return { ...live, outbox: live.outbox.map((one) => (one.clientId === clientId ? change(one) : one)) };
}

/**
 * What is kept beside the page, as text: what is on its way, too, until it is known what became of it.
 *
 * @param at when it is kept, in milliseconds since 1970, where that is to be known of it.
 */
export function kept(live: Live, at?: number): string {
	const outbox = [...underWay(live), ...live.outbox];
	return JSON.stringify({ outbox, drafts: [...live.drafts], note: live.note, at });
}

/** When something was kept, in milliseconds since 1970, where it tells. */
export function keptAt(text: string | null): number | undefined {
	const { at } = parsed(text);
	return typeof at === "number" ? at : undefined;
}

/**
 * Takes in what was kept, but for messages of which more is known here. Whatever isn't in the form that was written is
 * left alone.
 */
export function restored(live: Live, text: string | null, now: number): Live {
	const { outbox, drafts, note } = read(text, now);
	const said = [...live.talks.values()].flatMap(({ messages }) => messages);
	const here = new Set([...live.outbox, ...said].map((one) => one.clientId));
	const waits = outbox.filter((one) => !here.has(one.clientId));
	const begun = drafts.filter(([person]) => !live.drafts.has(person));
	const unsaid = live.note ? undefined : note;
	if (waits.length === 0 && begun.length === 0 && !unsaid) return live;
	return {
		...live,
		outbox: [...waits, ...live.outbox],
		drafts: new Map([...begun, ...live.drafts]),
		...(unsaid ? { note: unsaid } : {}),
	};
}

/**
 * What of it can't be taken in, since something else is half written to the same person: as text, to be kept on. Of two
 * notes one is enough.
 */
export function leftOver(live: Live, text: string | null): string | undefined {
	const drafts = read(text, 0).drafts.filter(([person, draft]) => {
		const here = live.drafts.get(person);
		return here !== undefined && (here.text !== draft.text || here.html !== draft.html);
	});
	return drafts.length === 0 ? undefined : JSON.stringify({ outbox: [], drafts, at: keptAt(text) });
}

/** What of it waits to be sent: all but what is half written. As text, as it was kept. */
export function waitingIn(text: string): string {
	return JSON.stringify({ ...parsed(text), drafts: [] });
}

/** What of it is half written, as text; nothing if there is none. */
export function halfWrittenIn(text: string): string | undefined {
	const { drafts, at } = parsed(text);
	return Array.isArray(drafts) && drafts.length > 0 ? JSON.stringify({ outbox: [], drafts, at }) : undefined;
}

function read(text: string | null, now: number): { outbox: Waiting[]; drafts: [string, Draft][]; note?: Note } {
	const { outbox, drafts, note: noteKept } = parsed(text);
	const note = unsaid(noteKept);
	return {
		outbox: Array.isArray(outbox) ? outbox.flatMap((one) => waiting(one, now)) : [],
		drafts: Array.isArray(drafts) ? drafts.flatMap(draft) : [],
		...(note ? { note } : {}),
	};
}

function parsed(text: string | null): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text ?? "null");
		return isRecord(value) ? value : {};
	} catch {
		// What isn't understood is nothing.
		return {};
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function person(value: unknown): PersonRef | undefined {
	if (!isRecord(value)) return undefined;
	const { id, address, displayName } = value;
	const isPerson = typeof id === "string" && typeof address === "string" && typeof displayName === "string";
	return isPerson ? { id, address, displayName } : undefined;
}

function waiting(value: unknown, now: number): Waiting[] {
	if (!isRecord(value)) return [];
	const { clientId, text, html, at, state, reason } = value;
	const to = person(value["to"]);
	if (typeof clientId !== "string" || typeof text !== "string" || typeof at !== "number" || !to) return [];
	const message = { clientId, to, text, at, ...(typeof html === "string" ? { html } : {}) };
	const why = told(reason);
	if (state === "failed" && why) return [{ ...message, state, reason: why }];
	if (now - at > AGAIN) return [{ ...message, state: "failed", reason: state === "sending" ? LEFT : STALE }];
	// What was under way when the page went may have arrived: it goes again, and the server takes it once.
	return [{ ...message, state: "waiting" }];
}

const LEFT: Reason = { code: "interrupted", title: "the page was left before it was known what became of it" };
const STALE: Reason = {
	code: "waited-long",
	title: "the page was left before it could be sent, more than an hour ago",
};

function told(reason: unknown): Reason | undefined {
	if (!isRecord(reason)) return undefined;
	const { code, title } = reason;
	return typeof code === "string" && typeof title === "string" ? { code, title } : undefined;
}

function unsaid(value: unknown): Note | undefined {
	if (!isRecord(value)) return undefined;
	const { text, at, replaces, state, reason } = value;
	if (typeof text !== "string" || typeof at !== "number" || !Array.isArray(replaces)) return undefined;
	const note = { text, at, replaces: replaces.filter((one) => typeof one === "string") };
	const why = told(reason);
	if (state === "refused" && why) return { ...note, state, reason: why };
	// What was under way when the page went may have arrived, which is seen by what stands there.
	return { ...note, state: state === "overtaken" ? state : "waiting" };
}

function draft(value: unknown): [string, Draft][] {
	if (!Array.isArray(value)) return [];
	const [id, what] = value;
	if (typeof id !== "string" || !isRecord(what) || typeof what["text"] !== "string") return [];
	const { text, html } = what;
	return [[id, typeof html === "string" ? { text, html } : { text }]];
}
