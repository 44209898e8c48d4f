/**
 * How the server's events change what is known: `apply(live, event, now)`. Every event is handled, by name; one that isn't
 * known is of a server that is newer than the page, and passed over.
 */

import type { Change } from "@rapport/api/events";
import type { Message, Snapshot } from "@rapport/api/types";
import { EMPTY, type Gone, type Live, type Talk } from "./state";

/** How long somebody is believed to type without word of it, in milliseconds. */
export const TYPING_LASTS = 15_000;

/** Messages of one person that are kept here; the server has the rest. */
export const KEPT = 500;

/** Messages of one person that may be here while somebody reads what was said long ago. */
export const MOST = 2_000;

export function apply(live: Live, event: Change, now: number): Live {
	switch (event.type) {
		case "snapshot":
			return fromSnapshot(live, event.snapshot);
		case "me":
			return { ...live, me: event.me };
		case "presence": {
			const presence = new Map(live.presence);
			for (const one of event.presence) presence.set(one.person, one);
			return { ...live, presence };
		}
		case "presenceGone":
			return { ...live, presence: without(live.presence, event.person) };
		case "levels":
			// Who asks for them keeps them.
			return live;
		case "groups":
			return { ...live, groups: event.groups };
		case "contactSet":
			return { ...live, contacts: withEntry(live.contacts, event.contact.person.id, event.contact) };
		case "contactGone":
			return { ...live, contacts: without(live.contacts, event.person) };
		case "adder": {
			const others = live.incoming.filter((adder) => adder.person.id !== event.adder.person.id);
			return { ...live, incoming: [...others, event.adder] };
		}
		case "adderGone":
			return { ...live, incoming: live.incoming.filter((adder) => adder.person.id !== event.person) };
		case "endpoints":
			return { ...live, endpoints: event.endpoints };
		case "conversation": {
			const { conversation } = event;
			const conversations = withEntry(live.conversations, conversation.id, conversation);
			const next = { ...live, conversations };
			return conversation.lastMessage ? withMessages(next, conversation.with.id, [conversation.lastMessage]) : next;
		}
		case "conversationGone":
			return { ...live, conversations: without(live.conversations, event.conversation) };
		case "message":
			return withMessage(live, event.message);
		case "historyMore": {
			// That there may be more than is here is found by asking again.
			const { person } = event;
			const talk = live.talks.get(person);
			const talks = talk ? withEntry(live.talks, person, { messages: talk.messages }) : live.talks;
			return { ...live, talks, news: { person } };
		}
		case "historyGone": {
			const { person, message, mark } = event;
			const gone = { ...(person && { person }), ...(message && { message }) };
			return { ...withoutMessages(live, gone), historyMark: mark, historyGone: gone };
		}
		case "typing": {
			const typing = event.typing
				? withEntry(live.typing, event.person, now + TYPING_LASTS)
				: without(live.typing, event.person);
			return { ...live, typing };
		}
		case "settings":
			return { ...live, settings: event.settings };
		case "signedOut":
			return { ...live, signedOut: event.reason };
		default:
			return passedOver(live, event);
	}
}

/** By its type there is no such event: each that the description names has its place above. */
function passedOver(live: Live, _event: never): Live {
	return live;
}

/** The whole of what the server says takes the place of what was known; what was written here stays. */
function fromSnapshot(live: Live, snapshot: Snapshot): Live {
	let next: Live = {
		...EMPTY,
		ready: true,
		me: snapshot.me,
		groups: snapshot.groups,
		contacts: new Map(snapshot.contacts.map((contact) => [contact.person.id, contact])),
		presence: new Map(snapshot.presence.map((presence) => [presence.person, presence])),
		incoming: snapshot.incoming,
		conversations: new Map(snapshot.conversations.map((conversation) => [conversation.id, conversation])),
		endpoints: snapshot.endpoints,
		settings: snapshot.settings,
		limits: snapshot.limits,
		outbox: live.outbox,
		drafts: live.drafts,
		...(live.note ? { note: live.note } : {}),
		keepsNone: live.keepsNone,
		recents: live.recents,
		historyMark: snapshot.historyMark,
		talks: stillThere(live, snapshot.historyMark),
		// What was said meanwhile nobody has told.
		...(live.ready ? { news: {} } : {}),
	};
	for (const conversation of snapshot.conversations) {
		if (conversation.lastMessage) next = withMessages(next, conversation.with.id, [conversation.lastMessage]);
	}
	return next;
}

/**
 * What was said stays on screen; that there may be more now is found by asking again. Where something of it was deleted
 * while nothing was told, all of it is asked for again, but for what is under way.
 */
function stillThere(live: Live, mark: string): Live["talks"] {
	const isWhole = live.historyMark === mark;
	return new Map(
		[...live.talks].map(([person, { messages }]) => [
			person,
			{ messages: isWhole ? messages : messages.filter(isOpen) },
		]),
	);
}

/** Whether a message of mine is under way still. */
function isOpen({ direction, delivery }: Message): boolean {
	return direction === "out" && delivery === "sending";
}

function withMessage(live: Live, message: Message): Live {
	const person = live.conversations.get(message.conversation)?.with.id ?? known(live, message);
	if (person === undefined) return live;
	const next = { ...withMessages(live, person, [message]), news: { person } };
	if (message.direction === "in") return { ...next, typing: without(next.typing, person) };
	return next;
}

/** Whom a message of a conversation that isn't known here was exchanged with. */
function known(live: Live, message: Message): string | undefined {
	if (message.direction === "in") return message.from;
	for (const [person, talk] of live.talks) {
		if (talk.messages.some((one) => one.id === message.id)) return person;
	}
	return undefined;
}

/** Puts messages where they belong: each once, in order; and takes those out of the outbox that have arrived. */
export function withMessages(live: Live, person: string, messages: readonly Message[], hasEarlier?: boolean): Live {
	const talk = live.talks.get(person);
	const byId = new Map((talk?.messages ?? []).map((message) => [message.id, message]));
	for (const message of messages) {
		// History may not have the id under which a message was sent; it is needed to send it again.
		const clientId = message.clientId ?? byId.get(message.id)?.clientId;
		// A server that was killed before it noted one gives it another id when it comes again: it is the same message.
		for (const [id, known] of clientId && message.direction === "out" ? byId : []) {
			if (known.clientId === clientId && id !== message.id) byId.delete(id);
		}
		byId.set(message.id, clientId === message.clientId ? message : { ...message, ...(clientId ? { clientId } : {}) });
	}
	const ordered = [...byId.values()].sort((a, b) => compare(a.at, b.at) || compare(a.id, b.id));
	// Who asks for earlier ones reads them; nothing else makes a talk longer than what is kept.
	const isRead = hasEarlier !== undefined || (talk?.messages.length ?? 0) > KEPT;
	const kept = ordered.slice(isRead ? -MOST : -KEPT);
	const earlier = ordered.length > kept.length ? true : (hasEarlier ?? talk?.hasEarlier);
	const next: Talk = earlier === undefined ? { messages: kept } : { messages: kept, hasEarlier: earlier };
	const arrived = new Set(messages.map((message) => message.clientId));
	return {
		...live,
		talks: withEntry(live.talks, person, next),
		outbox: live.outbox.some((one) => arrived.has(one.clientId))
			? live.outbox.filter((one) => !arrived.has(one.clientId))
			: live.outbox,
	};
}

/**
 * Takes in a page of what the server keeps. The latest page may not meet what is here, when much was said meanwhile: what
 * lies before the gap goes, to be asked for again.
 */
export function withPage(
	live: Live,
	person: string,
	page: { readonly messages: readonly Message[]; readonly more: boolean },
	isLatest: boolean,
): Live {
	const here = live.talks.get(person)?.messages ?? [];
	const [first] = page.messages;
	const ids = new Set(page.messages.map((one) => one.id));
	const hasGap = isLatest && page.more && first !== undefined && !here.some((one) => ids.has(one.id));
	const later = hasGap ? here.filter((one) => one.at >= first.at) : here;
	const met = hasGap ? { ...live, talks: withEntry(live.talks, person, { messages: later }) } : live;
	return withMessages(met, person, page.messages, page.more);
}

/** Nobody reads a talk any more: the earlier ones of its messages go, to be asked for again. */
export function letGo(live: Live, person: string): Live {
	const talk = live.talks.get(person);
	if (!talk || talk.messages.length <= KEPT) return live;
	const next: Talk = { messages: talk.messages.slice(-KEPT), hasEarlier: true };
	return { ...live, talks: withEntry(live.talks, person, next) };
}

/**
 * Takes out what was deleted for good: one message, or all that is known of a person, or of everybody. What is under way
 * goes only by its own name: the server has it still, and has yet to tell what becomes of it.
 */
export function withoutMessages(live: Live, which: Gone): Live {
	const talks = new Map(
		[...live.talks].map(([person, talk]) => {
			if (which.person !== undefined && which.person !== person) return [person, talk];
			if (which.message === undefined) return [person, { messages: talk.messages.filter(isOpen), hasEarlier: false }];
			return [person, { ...talk, messages: talk.messages.filter((one) => one.id !== which.message) }];
		}),
	);
	return { ...live, talks };
}

/**
 * Takes in the answer to sending a message. It was written before the events that may have overtaken it: that a message is
 * under way is no news of one that is known.
 */
export function answered(live: Live, person: string, message: Message): Live {
	const known = live.talks.get(person)?.messages.find((one) => one.id === message.id);
	return withMessages(live, person, [known && message.delivery === "sending" ? known : message]);
}

/** Stops believing that those type of whom nothing was heard. */
export function typingAt(live: Live, now: number): Live {
	if ([...live.typing.values()].every((until) => until > now)) return live;
	return { ...live, typing: new Map([...live.typing].filter(([, until]) => until > now)) };
}

export function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
	return new Map(map).set(key, value);
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
	if (!map.has(key)) return map;
	const next = new Map(map);
	next.delete(key);
	return next;
}
