import type { Message } from "@rapport/api/types";
import { expect, it } from "vitest";
import { looked, used } from "./idle";
import { days, PAUSE } from "./thread";

const DAY = 86_400_000;
const midnight = (at: number) => at - (at % DAY);

function message(id: string, at: number, direction: "in" | "out" = "in"): Message {
	const time = new Date(at).toISOString();
	return { id, conversation: "c", from: direction, at: time, direction, text: id, delivery: "sent" };
}

it("puts together what one person said in a row, and parts it at a pause and at midnight", () => {
	const messages = [
		message("a", 1000),
		message("b", 2000),
		message("c", 3000, "out"),
		message("d", 4000),
		message("e", 4000 + PAUSE),
		message("f", DAY + 1000),
	];
	const made = days({ messages }, [], midnight);
	expect(made.map((day) => day.runs.map((run) => run.lines.map((line) => line.key).join("")))).toEqual([
		["ab", "c", "d", "e"],
		["f"],
	]);
});

it("shows what waits to be sent after all that was said, under the key it will keep", () => {
	const to = { id: "x", address: "x@example.com", displayName: "X" };
	const waiting = { clientId: "w", to, text: "hello", at: 500, state: "waiting" } as const;
	const made = days(
		{ messages: [message("a", 1000), { ...message("m", 2000, "out"), clientId: "v" }] },
		[waiting],
		midnight,
	);
	expect(made.flatMap((day) => day.runs.flatMap((run) => run.lines.map((line) => line.key)))).toEqual(["a", "v", "w"]);
});

it("tells once that a tab is idle, and once that it is in use again", () => {
	const idle = { usedAt: 0, active: true };
	expect(looked(idle, 299, 300).tell).toBeUndefined();
	const gone = looked(idle, 300, 300);
	expect(gone.tell).toBe(false);
	expect(looked(gone.idle, 900, 300).tell).toBeUndefined();
	expect(used(gone.idle, 900)).toEqual({ idle: { usedAt: 900, active: true }, tell: true });
});
