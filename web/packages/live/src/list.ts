/** The contact list as it is shown: sections, their rows in order, and how many of each are there. Pure. */

import type { AccessLevel, Availability, Contact, Conversation, Group, Presence, View } from "@rapport/api/types";
import { compare } from "./apply";
import { type Live, nameOf } from "./state";

export type Standing = "reachable" | "away" | "offline";

/** What a section is of; its words are the page's. */
export type SectionKind =
	| { readonly of: "favourites" | "recent" | "everyone" | "ungrouped" }
	| { readonly of: "group"; readonly group: string; readonly name: string; readonly isFixed: boolean }
	| { readonly of: "standing"; readonly standing: Standing }
	| { readonly of: "access"; readonly level: AccessLevel };

export interface Section {
	/** The same for the same section, however often the list is made. */
	readonly key: string;
	readonly kind: SectionKind;
	readonly rows: readonly Contact[];
	/** How many of them can be reached now, and how many there are, hidden ones too. */
	readonly reachable: number;
	readonly total: number;
}

/** How many are shown of those who were talked to last. */
const RECENT = 5;

const RANK: Readonly<Record<Availability, number>> = {
	available: 0,
	availableIdle: 1,
	busy: 2,
	busyIdle: 3,
	doNotDisturb: 4,
	beRightBack: 5,
	away: 6,
	unknown: 8,
	offline: 9,
};

export function rankOf(presence: Presence | undefined): number {
	return presence?.known ? RANK[presence.availability] : RANK.unknown;
}

export function standingOf(presence: Presence | undefined): Standing {
	const rank = rankOf(presence);
	return rank <= RANK.doNotDisturb ? "reachable" : rank <= RANK.away ? "away" : "offline";
}

export interface ListOptions {
	readonly view: View;
	readonly showOffline: boolean;
	readonly sortBy: "name" | "availability";
	/** Orders names as the person's language does. */
	readonly compareNames: (a: string, b: string) => number;
	/** Levels of access that were set by hand, by person. */
	readonly access?: ReadonlyMap<string, AccessLevel>;
	/** The order in which rows stood, by section, which is kept while the pointer is over them. */
	readonly frozen?: ReadonlyMap<string, readonly string[]>;
}

export function sections(live: Live, options: ListOptions): readonly Section[] {
	const contacts = [...live.contacts.values()];
	const made = sectionsOf(live, contacts, options);
	const favourites = contacts.filter((contact) => contact.isFavourite);
	if (options.view !== "groups") return made;
	const above = [
		section("favourites", { of: "favourites" }, favourites, live, options),
		section("recent", { of: "recent" }, recentOf(live), live, options),
	];
	return [...above.filter((one) => one.total > 0), ...made];
}

/** Those who were talked to last, the latest first; on the list or not, but for favourites, who stand above them. */
export function recentOf(live: Live): readonly Contact[] {
	const said: (readonly [Contact, string])[] = [];
	for (const { with: person, lastMessage } of live.conversations.values()) {
		const contact = live.contacts.get(person.id) ?? { person, groups: [], isFavourite: false, gone: false };
		if (lastMessage) said.push([contact, lastMessage.at]);
	}
	// Of those who aren't on the list nothing is known before one talks with them here.
	for (const [id, at] of live.recents) {
		const contact = live.contacts.get(id);
		if (contact) said.push([contact, at]);
	}
	said.sort(([, a], [, b]) => compare(b, a));
	const latest = new Map<string, Contact>();
	for (const [contact] of said) if (!latest.has(contact.person.id)) latest.set(contact.person.id, contact);
	return [...latest.values()].filter((contact) => !contact.isFavourite).slice(0, RECENT);
}

/** The conversations as they are listed, one for a person, the latest first: what a key's number counts. */
export function talksInOrder(conversations: Live["conversations"]): readonly Conversation[] {
	const latest = (one: Conversation) => one.lastMessage?.at ?? one.startedAt;
	const earliestFirst = [...conversations.values()].sort((a, b) => compare(latest(a), latest(b)));
	const byPerson = new Map<string, Conversation>();
	for (const one of earliestFirst) {
		byPerson.delete(one.with.id);
		byPerson.set(one.with.id, one);
	}
	return [...byPerson.values()].reverse();
}

/** With whom there are conversations, in the order in which those began: a tab each, which stays where it is. */
export function talksByAge(conversations: Live["conversations"]): readonly string[] {
	const begun = new Map<string, string>();
	for (const { with: person, startedAt } of conversations.values()) {
		const before = begun.get(person.id);
		if (before === undefined || startedAt < before) begun.set(person.id, startedAt);
	}
	return [...begun].sort(([a, at], [b, bt]) => compare(at, bt) || compare(a, b)).map(([id]) => id);
}

function sectionsOf(live: Live, contacts: readonly Contact[], options: ListOptions): Section[] {
	const make = (key: string, kind: SectionKind, rows: readonly Contact[]) => section(key, kind, rows, live, options);
	switch (options.view) {
		case "name":
			return [make("everyone", { of: "everyone" }, contacts)];
		case "availability": {
			const standings: Standing[] = ["reachable", "away", "offline"];
			return standings
				.map((standing) =>
					make(
						standing,
						{ of: "standing", standing },
						contacts.filter((contact) => standingOf(live.presence.get(contact.person.id)) === standing),
					),
				)
				.filter((one) => one.total > 0);
		}
		case "access": {
			const levels: AccessLevel[] = ["personal", "team", "company", "public", "blocked"];
			return levels
				.map((level) =>
					make(
						level,
						{ of: "access", level },
						contacts.filter((contact) => (options.access?.get(contact.person.id) ?? "company") === level),
					),
				)
				.filter((one) => one.total > 0);
		}
		case "groups": {
			// The fixed one is shown only with somebody in it.
			const groups = groupsInOrder(live.groups).filter(
				(group) => !group.isFixed || contacts.some((one) => one.groups.includes(group.id)),
			);
			const known = new Set(groups.map((group) => group.id));
			const rest = contacts.filter((contact) => !contact.groups.some((id) => known.has(id)));
			const made = groups.map(({ id, name, isFixed }) =>
				make(
					id,
					{ of: "group", group: id, name, isFixed },
					contacts.filter((contact) => contact.groups.includes(id)),
				),
			);
			return rest.length > 0 ? [...made, make("ungrouped", { of: "ungrouped" }, rest)] : made;
		}
	}
}

function section(
	key: string,
	kind: SectionKind,
	contacts: readonly Contact[],
	live: Live,
	options: ListOptions,
): Section {
	const standing = (contact: Contact) => standingOf(live.presence.get(contact.person.id));
	const shown = options.showOffline ? contacts : contacts.filter((contact) => standing(contact) !== "offline");
	const byName = (a: Contact, b: Contact) =>
		options.compareNames(nameOf(live, a.person), nameOf(live, b.person)) || compare(a.person.id, b.person.id);
	const order = (a: Contact, b: Contact) =>
		options.sortBy === "name" || options.view === "name"
			? byName(a, b)
			: rankOf(live.presence.get(a.person.id)) - rankOf(live.presence.get(b.person.id)) || byName(a, b);
	const sorted = kind.of === "recent" ? shown : [...shown].sort(order);
	const frozen = options.frozen?.get(key);
	return {
		key,
		kind,
		rows: frozen ? asBefore(sorted, frozen) : sorted,
		reachable: contacts.filter((contact) => standing(contact) !== "offline").length,
		total: contacts.length,
	};
}

/** The same rows in the order in which they stood; those that are new come last. */
function asBefore(rows: readonly Contact[], frozen: readonly string[]): readonly Contact[] {
	const place = new Map(frozen.map((id, at) => [id, at]));
	const at = (contact: Contact) => place.get(contact.person.id) ?? frozen.length;
	return [...rows].sort((a, b) => at(a) - at(b));
}

/** The groups as they stand on the page: the fixed one, for who is in none of one's own, comes last whatever its number. */
export function groupsInOrder(groups: readonly Group[]): readonly Group[] {
	return [...groups].sort((a, b) => Number(a.isFixed) - Number(b.isFixed) || a.order - b.order || compare(a.id, b.id));
}

/** The groups once one of them stands a place further up or down; nothing where it can't: the fixed one stays last. */
export function groupMoved(groups: readonly Group[], id: string, by: -1 | 1): readonly Group[] | undefined {
	const inOrder = [...groupsInOrder(groups)];
	const at = inOrder.findIndex((group) => group.id === id);
	const [group, other] = [inOrder[at], inOrder[at + by]];
	if (!group || !other || group.isFixed || other.isFixed) return undefined;
	inOrder.splice(at, 1);
	inOrder.splice(at + by, 0, group);
	return inOrder.map((one, order) => ({ ...one, order }));
}

/** Where somebody is put who is added: in the fixed group, until they are moved into one of one's own. */
export function groupsForAdded(groups: readonly Group[]): readonly string[] {
	return groups.filter((group) => group.isFixed).map((group) => group.id);
}

/** What moving a contact does. */
export interface Leaving {
	/** Whether it can be moved at all: where it is in several groups, none of which is the section, it can only be copied. */
	readonly canMove: boolean;
	/** The group that it leaves. */
	readonly from?: string;
}

/** Which group a contact leaves that is moved out of a section: the one that the section is, else the only one it is in. */
export function leaving(contact: Contact, section: string, groups: Live["groups"]): Leaving {
	const own = contact.groups.filter((id) => groups.some((group) => group.id === id));
	const from = own.includes(section) ? section : own.length === 1 ? own[0] : undefined;
	return from === undefined ? { canMove: own.length === 0 } : { canMove: true, from };
}

/**
 * Where the focus goes on from a row that is gone: to the same person in the section they have come into, else to what
 * followed it, else to what stood before it.
 *
 * @param before the keys as they stood with it, a section's or `section/person`; `now` those there are.
 */
export function rowAfter(gone: string, before: readonly string[], now: readonly string[]): string | undefined {
	const person = gone.includes("/") ? gone.slice(gone.lastIndexOf("/")) : undefined;
	const known = new Set(before);
	const there = new Set(now);
	const at = before.indexOf(gone);
	return (
		(person && now.find((key) => key.endsWith(person) && !known.has(key))) ??
		before.slice(at + 1).find((key) => there.has(key)) ??
		before.slice(0, Math.max(0, at)).findLast((key) => there.has(key)) ??
		now[0]
	);
}
