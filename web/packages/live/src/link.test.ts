import type { Change, Frame } from "@rapport/api/events";
import type { Snapshot } from "@rapport/api/types";
import { expect, it } from "vitest";
import { isCaughtUp, type Link, type LinkEffect, type LinkInput, step } from "./link";

/** Plays inputs, each at its time, and returns where they lead and what was done on the way. */
function play(inputs: readonly (LinkInput & { at?: number })[]): { link: Link; effects: LinkEffect[] } {
	let link: Link = { phase: "down" };
	const effects: LinkEffect[] = [];
	for (const input of inputs) {
		const next = step(link, input, input.at ?? 0, 1);
		link = next.link;
		effects.push(...next.effects);
	}
	return { link, effects };
}

const hello = (stream: string, seq: number, resumed: boolean): LinkInput => ({
	type: "frame",
	frame: { type: "hello", stream, seq, resumed },
});
const event = (seq: number): LinkInput => {
	const change: Change = { type: "adderGone", person: "x" };
	const frame: Frame = { ...change, seq };
	return { type: "frame", frame };
};
const start: LinkInput = { type: "start" };
const closed = (code: number): LinkInput => ({ type: "closed", code });
const takenIn = (effects: LinkEffect[]) => effects.flatMap((one) => (one.do === "take" ? [one.frame.seq] : []));

it("goes on where it was after a lost connection, taking each event once", () => {
	const { link, effects } = play([
		start,
		hello("s", 5, false),
		event(6),
		event(7),
		closed(1006),
		{ type: "time", at: 500 },
		hello("s", 9, true),
		event(7),
		event(8),
		event(9),
	]);
	expect(effects.filter((one) => one.do === "connect")).toEqual([
		{ do: "connect" },
		{ do: "connect", from: { stream: "s", seq: 7 } },
	]);
	expect(takenIn(effects)).toEqual([6, 7, 8, 9]);
	expect(link).toEqual({ phase: "up", at: { stream: "s", seq: 9 } });
});

it("begins anew when the server couldn't go on", () => {
	const { link } = play([
		start,
		hello("s", 5, false),
		event(6),
		closed(1006),
		{ type: "time", at: 500 },
		hello("t", 2, false),
	]);
	expect(link).toMatchObject({ phase: "up", at: { stream: "t", seq: 2 } });
});

it("knows whether all is here that there was before it came", () => {
	const snapshot: LinkInput = { type: "frame", frame: { type: "snapshot", seq: 5, snapshot: {} as Snapshot } };
	const lost: readonly (LinkInput & { at?: number })[] = [closed(1006), { type: "time", at: 500 }];
	const after = (...inputs: readonly (LinkInput & { at?: number })[]) =>
		isCaughtUp(play([start, hello("s", 5, false), ...inputs]).link);
	expect([after(), after(snapshot), after(snapshot, ...lost)]).toEqual([false, true, false]);
	// Nothing has happened meanwhile, or something has.
	expect(after(snapshot, ...lost, hello("s", 5, true))).toBe(true);
	expect(after(snapshot, ...lost, hello("s", 7, true), event(6))).toBe(false);
	expect(after(snapshot, ...lost, hello("s", 7, true), event(6), event(7))).toBe(true);
});

it("waits longer each time, and half a minute at most", () => {
	let link: Link = step({ phase: "down" }, start, 0, 1).link;
	const waits: number[] = [];
	for (let n = 0; n < 9; n++) {
		link = step(link, { type: "unreachable" }, 0, 1).link;
		if (link.phase !== "waiting") throw new Error(link.phase);
		waits.push(link.until);
		link = step(link, { type: "time" }, link.until, 1).link;
	}
	expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

it("comes back at once when the network does", () => {
	const { link, effects } = play([
		start,
		hello("s", 1, false),
		{ type: "network", online: false },
		{ type: "network", online: true },
	]);
	expect(link.phase).toBe("connecting");
	expect(effects.map((one) => one.do)).toEqual(["connect", "close", "connect"]);
});

it("doesn't come back by itself once signed out", () => {
	for (const end of [closed(4001), { type: "refused" } as const]) {
		const { link } = play([
			start,
			hello("s", 1, false),
			end,
			{ type: "network", online: true },
			{ type: "time", at: 1e9 },
		]);
		expect(link).toEqual({ phase: "ended" });
	}
});

it("comes again at once, from where it is, when nobody is heard, and gives up what looks like a connection", () => {
	const { link, effects } = play([start, hello("s", 1, false), event(2), { type: "silent" }, { type: "silent" }]);
	expect(link).toEqual({ phase: "connecting", attempt: 0, at: { stream: "s", seq: 2 } });
	expect(effects.slice(2)).toEqual([{ do: "close" }, { do: "connect", from: { stream: "s", seq: 2 } }]);
});

it("comes again at once when it was too slow", () => {
	const { link } = play([start, hello("s", 1, false), event(2), closed(4002)]);
	expect(link).toEqual({ phase: "connecting", attempt: 0, at: { stream: "s", seq: 2 } });
});
