import { expect, it } from "vitest";
import { dealt, hearing, isOverdue, KEPT_FOR, MOST, NOTHING_HEARD } from "./telling";

const said = (id: string) => ({ id, person: "ben", text: id });
const open = (telling: typeof NOTHING_HEARD) => telling.open.map((one) => one.heard.id);

it("keeps what was heard until somebody has dealt with it, each once and in order", () => {
	const two = ["1", "2", "1"].reduce((before, id) => hearing(before, said(id), 0), NOTHING_HEARD);
	expect(open(two)).toEqual(["1", "2"]);
	expect(open(dealt(two, ["1"], 1))).toEqual(["2"]);
});

it("doesn't open again what another window has dealt with before it was heard here", () => {
	const known = dealt(NOTHING_HEARD, ["1", "2"], 0);
	expect(open(hearing(hearing(known, said("1"), 5), said("3"), 5))).toEqual(["3"]);
});

it("knows what waits for too long", () => {
	const waits = hearing(NOTHING_HEARD, said("1"), 1_000);
	expect(isOverdue(waits, 3_999, 3_000)).toBe(false);
	expect(isOverdue(waits, 4_000, 3_000)).toBe(true);
	expect(isOverdue(NOTHING_HEARD, 9_000, 3_000)).toBe(false);
});

it("keeps nothing for ever, and no more than there is room for", () => {
	let telling = hearing(dealt(NOTHING_HEARD, ["old"], 0), said("older"), 0);
	telling = hearing(telling, said("new"), KEPT_FOR);
	expect(open(telling)).toEqual(["new"]);
	expect(telling.done.size).toBe(0);
	for (let n = 0; n < 2 * MOST; n++) telling = dealt(hearing(telling, said(`${n}`), KEPT_FOR), [`d${n}`], KEPT_FOR);
	expect([telling.open.length, telling.done.size]).toEqual([MOST, MOST]);
	expect(telling.done.has(`d${2 * MOST - 1}`)).toBe(true);
});
