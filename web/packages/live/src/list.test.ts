import type { Availability, Contact, Presence } from "@rapport/api/types";
import { expect, it } from "vitest";
import { type ListOptions, sections } from "./list";
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
	expect(shown({ frozen: ["ann", "bob", "cem"] })[1]).toEqual(["g1", "ann bob cem"]);
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
