/** A talk as it is shown: days, and within them runs of one person that belong together. Pure. */

import type { Message } from "@rapport/api/types";
import type { Talk, Waiting } from "./state";

/** Messages of one person that are further apart than this are told apart, in milliseconds. */
export const PAUSE = 5 * 60_000;

export type Line =
	| { readonly kind: "message"; readonly key: string; readonly at: number; readonly message: Message }
	| { readonly kind: "waiting"; readonly key: string; readonly at: number; readonly waiting: Waiting };

export interface Run {
	readonly key: string;
	readonly direction: "in" | "out";
	readonly at: number;
	readonly lines: readonly Line[];
}

export interface Day {
	/** The local midnight at which it begins, in milliseconds since 1970. */
	readonly start: number;
	readonly runs: readonly Run[];
}

/** @param midnight gives the local midnight before a time. */
export function days(
	talk: Talk | undefined,
	outbox: readonly Waiting[],
	midnight: (at: number) => number,
): readonly Day[] {
	const lines: Line[] = [
		...(talk?.messages ?? []).map((message) => ({
			kind: "message" as const,
			key: message.clientId ?? message.id,
			at: Date.parse(message.at),
			message,
		})),
		// Not said yet, whatever their time: they come last.
		...outbox.map((waiting) => ({ kind: "waiting" as const, key: waiting.clientId, at: waiting.at, waiting })),
	];
	const made: { start: number; runs: { key: string; direction: "in" | "out"; at: number; lines: Line[] }[] }[] = [];
	let last: Line | undefined;
	for (const line of lines) {
		const start = midnight(line.at);
		const direction = line.kind === "message" ? line.message.direction : "out";
		let day = made.at(-1);
		if (!day || start > day.start) {
			day = { start, runs: [] };
			made.push(day);
		}
		const run = day.runs.at(-1);
		if (run && last && run.direction === direction && line.at - last.at < PAUSE) run.lines.push(line);
		else day.runs.push({ key: line.key, direction, at: line.at, lines: [line] });
		last = line;
	}
	return made;
}
