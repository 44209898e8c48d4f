import { expect, it } from "vitest";
import { apply } from "./apply";
import { goneBetween, isAnything, isNews, took } from "./gone";
import { EMPTY } from "./state";

const marked = { ...EMPTY, historyMark: "a" };

it("knows what a deletion that was told took away, and nothing else of it", () => {
	for (const which of [{ message: "m1" }, { person: "ben" }, {}]) {
		const told = apply(marked, { type: "historyGone", ...which, mark: "b" }, 0);
		expect(goneBetween(marked, told)).toEqual(which);
		expect(goneBetween(told, { ...told })).toBeUndefined();
		expect(isAnything(which)).toBe(Object.keys(which).length === 0);
	}
	const both = [took({ message: "m1" }, "m1", "ben"), took({ message: "m1" }, "m2", "ben")];
	expect(both).toEqual([true, false]);
	expect([took({ person: "ben" }, "m1", "ben"), took({ person: "ben" }, "m1", "noa")]).toEqual([true, false]);
	expect(took({}, "m1", "ben")).toBe(true);
});

it("takes another mark by a snapshot for a deletion of anything, but the first mark for none", () => {
	const told = apply(marked, { type: "historyGone", message: "m1", mark: "b" }, 0);
	const { historyGone: _, ...snapshotted } = told;
	expect(goneBetween(told, { ...snapshotted, historyMark: "c" })).toEqual({});
	expect(goneBetween(told, { ...snapshotted })).toBeUndefined();
	expect(goneBetween(EMPTY, { ...snapshotted })).toBeUndefined();
});

it("tells whether something was said, with whom, and that after a snapshot it may have been with whomever", () => {
	const more = (person: string) => apply(marked, { type: "historyMore", person }, 0);
	expect([isNews(marked, more("ben"), "ben"), isNews(marked, more("ben"), undefined)]).toEqual([true, true]);
	expect([isNews(marked, more("ben"), "noa"), isNews(more("ben"), { ...more("ben") }, "noa")]).toEqual([false, false]);
	const ben = more("ben");
	expect(isNews(ben, { ...ben }, "ben")).toBe(false);
	// Twice is news as well.
	expect(isNews(ben, apply(ben, { type: "historyMore", person: "ben" }, 0), "ben")).toBe(true);
	const { news: _, ...first } = ben;
	expect(isNews(ben, first, "ben")).toBe(false);
	expect(isNews(ben, { ...ben, news: {} }, "noa")).toBe(true);
});
