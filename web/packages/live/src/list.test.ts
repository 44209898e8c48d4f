import type { Availability, Contact, Conversation, Group, Presence } from "@rapport/api/types";
import { expect, it } from "vitest";
import {
	groupMoved,
	groupsForAdded,
	type ListOptions,
	leaving,
	recentOf,
	rowAfter,
	sections,
	talksByAge,
	talksInOrder,
} from "./list";
import { EMPTY, type Live } from "./state";

function contact(id: string, groups: string[] = [], isFavourite = false): Contact {
	return { person: { id, address: `${id}@example.com`, displayName: id }, groups, isFavourite, gone: false };
}

function presence(person: string, availability: Availability): [string, Presence] {
	return [person, { person, availability, capabilities: [], known: true }];
}

const live: Live = {
	...EMPTY,
	groups: [
		{ id: "g2", name: "Projects", isFixed: false, order: 2 },
		{ id: "g1", name: "Team", isFixed: false, order: 1 },
		{ id: "g0", name: "~", isFixed: true, order: 0 },
	],
	contacts: new Map(
		[contact("ann", ["g1"]), contact("bob", ["g1", "g2"], true), contact("cem", ["g1"]), contact("dee")].map((one) => [
			one.person.id,
			one,
		]),
	),
	presence: new Map([presence("ann", "offline"), presence("bob", "away"), presence("cem", "available")]),
};

const options: ListOptions = {
	view: "groups",
	showOffline: true,
	sortBy: "availability",
	compareNames: (a, b) => a.localeCompare(b),
};
const shown = (change: Partial<ListOptions> = {}) =>
	sections(live, { ...options, ...change }).map((one) => [one.key, one.rows.map((row) => row.person.id).join(" ")]);

it("puts groups in their order, favourites first, and those in no group last", () => {
	expect(shown()).toEqual([
		["favourites", "bob"],
		["g1", "cem bob ann"],
		["g2", "bob"],
		["ungrouped", "dee"],
	]);
});

it("shows the fixed group last, and only with somebody in it", () => {
	const contacts = new Map([...live.contacts, ["eli", contact("eli", ["g0"])]]);
	const made = sections({ ...live, contacts }, options).map((one) => one.key);
	expect(made).toEqual(["favourites", "g1", "g2", "g0", "ungrouped"]);
});

it("counts those who are hidden", () => {
	const team = sections(live, { ...options, showOffline: false }).find((one) => one.key === "g1");
	expect(team).toMatchObject({ reachable: 2, total: 3 });
	expect(team?.rows.map((row) => row.person.id)).toEqual(["cem", "bob"]);
});

it("keeps rows where they are while the pointer is over them", () => {
	const frozen = new Map([["g1", ["ann", "bob", "cem"]]]);
	expect(shown({ frozen })[1]).toEqual(["g1", "ann bob cem"]);
	// Each section by itself: who stands in several keeps their place in each.
	expect(shown({ frozen: new Map([...frozen, ["g2", ["bob"]]]) })[2]).toEqual(["g2", "bob"]);
});

it("has those who were talked to last below the favourites and without them, the latest first, on the list or not", () => {
	const talk = (id: string, minute: number): [string, Conversation] => {
		const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
		const message = { id, conversation: id, from: id, at, direction: "in", text: "", delivery: "sent" } as const;
		return [id, { id, with: contact(id).person, state: "ended", startedAt: at, unread: 0, lastMessage: message }];
	};
	const unsaid: [string, Conversation] = ["zoe", { ...talk("zoe", 9)[1], lastMessage: undefined as never }];
	const conversations = new Map([talk("ann", 1), talk("eve", 3), talk("bob", 2), unsaid]);
	const made = sections({ ...live, conversations }, options);
	expect(made.map((one) => one.key).slice(0, 2)).toEqual(["favourites", "recent"]);
	expect(made[1]?.rows.map((row) => row.person.id)).toEqual(["eve", "ann"]);
	const many = new Map(Array.from({ length: 9 }, (_, n) => talk(`p${n}`, n)));
	expect(recentOf({ ...live, conversations: many }).map((one) => one.person.id)).toEqual([
		"p8",
		"p7",
		"p6",
		"p5",
		"p4",
	]);
});

it("knows from the history who was talked to last in another browser, as far as they are on the list", () => {
	const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
	const said = {
		id: "m",
		conversation: "c",
		from: "bob",
		at: at(2),
		direction: "in",
		text: "",
		delivery: "sent",
	} as const;
	const conversations = new Map<string, Conversation>([
		["c", { id: "c", with: contact("bob").person, state: "ended", startedAt: at(1), unread: 0, lastMessage: said }],
	]);
	const known = {
		...live,
		contacts: new Map(["ann", "bob", "cem"].map((id) => [id, contact(id)] as const)),
		conversations,
	};
	const recents = new Map([
		["ann", at(1)],
		["bob", at(1)],
		["cem", at(3)],
		["zoe", at(4)],
	]);
	expect(recentOf({ ...known, recents }).map((one) => one.person.id)).toEqual(["cem", "bob", "ann"]);
});

it("has a view for each way of looking", () => {
	expect(shown({ view: "name" })).toEqual([["everyone", "ann bob cem dee"]]);
	expect(shown({ view: "availability" })).toEqual([
		["reachable", "cem"],
		["away", "bob"],
		["offline", "dee ann"],
	]);
	expect(shown({ view: "access", access: new Map([["ann", "blocked"]]) })).toEqual([
		["company", "cem bob dee"],
		["blocked", "ann"],
	]);
});

it("counts conversations as they are listed: the latest first, one for a person", () => {
	const talk = (id: string, person: string, at: string, last?: string): Conversation => ({
		id,
		with: { id: person, address: `${person}@example.com`, displayName: person },
		state: "open",
		startedAt: at,
		unread: 0,
		...(last
			? {
					lastMessage: {
						id: `m-${id}`,
						conversation: id,
						from: person,
						at: last,
						direction: "in",
						text: "",
						delivery: "sent",
					},
				}
			: {}),
	});
	const all = [
		talk("c1", "ben", "2026-01-01T08:00:00.000Z", "2026-01-01T12:00:00.000Z"),
		talk("c2", "chloe", "2026-01-01T09:00:00.000Z"),
		talk("c3", "hugo", "2026-01-01T07:00:00.000Z", "2026-01-01T13:00:00.000Z"),
		talk("c4", "ben", "2026-01-01T06:00:00.000Z"),
	];
	const listed = talksInOrder(new Map(all.map((one) => [one.id, one])));
	expect(listed.map((one) => one.id)).toEqual(["c3", "c1", "c2"]);
});

it("moves a contact out of the group it stands in, or of the only one it is in, and copies it where that isn't told", () => {
	const of = (groups: string[], section: string) => leaving(contact("ann", groups), section, live.groups);
	expect(of(["g1", "g2"], "g2")).toEqual({ canMove: true, from: "g2" });
	for (const section of ["favourites", "recent", "reachable", "company", "everyone", "g1"]) {
		expect(of(["g1"], section), section).toEqual({ canMove: true, from: "g1" });
	}
	expect(of(["g1", "g2"], "favourites")).toEqual({ canMove: false });
	// Who is in no group that there is leaves none.
	expect(of([], "recent")).toEqual({ canMove: true });
	expect(of(["gone"], "ungrouped")).toEqual({ canMove: true });
});

it("moves a group past the one beside it on the page, and neither over an end nor past the fixed one, wherever that is", () => {
	const group = (id: string, order: number, isFixed = false) => ({ id, name: id, order, isFixed });
	for (const fixed of [0, 2, 9]) {
		let groups: readonly Group[] = [group("~", fixed, true), group("a", 1), group("b", 3), group("c", 4)];
		const move = (id: string, by: -1 | 1) => {
			const moved = groupMoved(groups, id, by);
			groups = moved ?? groups;
			return moved?.map((one) => `${one.order} ${one.id}`).join(", ");
		};
		expect(move("a", -1)).toBeUndefined();
		expect(move("c", -1)).toBe("0 a, 1 c, 2 b, 3 ~");
		expect(move("c", -1)).toBe("0 c, 1 a, 2 b, 3 ~");
		expect(move("c", -1)).toBeUndefined();
		expect(move("a", -1)).toBe("0 a, 1 c, 2 b, 3 ~");
		expect(move("c", 1)).toBe("0 a, 1 b, 2 c, 3 ~");
		expect(move("c", 1)).toBeUndefined();
		for (const by of [-1, 1] as const) expect(move("~", by)).toBeUndefined();
		expect(move("gone", -1)).toBeUndefined();
	}
});

it("puts whoever is added into the fixed group, whichever comes first", () => {
	expect(groupsForAdded(live.groups)).toEqual(["g0"]);
	expect(groupsForAdded([...live.groups].reverse())).toEqual(["g0"]);
	expect(groupsForAdded([])).toEqual([]);
});

it("goes on from a row that is gone with the same person where they have come, else with the next", () => {
	const before = ["g1", "g1/ann", "g1/bob", "g2", "g2/cem"];
	expect(rowAfter("g1/ann", before, ["g1", "g1/bob", "g2", "g2/ann", "g2/cem"])).toBe("g2/ann");
	expect(rowAfter("g1/ann", before, ["g1", "g1/bob", "g2", "g2/cem"])).toBe("g1/bob");
	// Who stands elsewhere as well has not come there.
	const twice = ["g1", "g1/ann", "g1/bob", "g2", "g2/ann"];
	expect(rowAfter("g1/ann", twice, ["g1", "g1/bob", "g2", "g2/ann"])).toBe("g1/bob");
	expect(rowAfter("g2/cem", before, ["g1", "g1/ann", "g1/bob", "g2"])).toBe("g2");
	expect(rowAfter("g1", before, ["g2", "g2/cem"])).toBe("g2");
	expect(rowAfter("g2/cem", before, [])).toBeUndefined();
});

it("gives each person one tab, which stays where it is whoever writes and whatever begins anew", () => {
	const talk = (id: string, person: string, startedAt: string) => ({
		id,
		with: contact(person).person,
		state: "open" as const,
		startedAt,
		unread: 0,
	});
	const made = [talk("c3", "cem", "3"), talk("c1", "bob", "1"), talk("c2", "ann", "2"), talk("c4", "bob", "4")];
	const tabs = talksByAge(new Map(made.map((one) => [one.id, one])));
	expect(tabs).toEqual(["bob", "ann", "cem"]);
});
