import { expect, it } from "vitest";
import { heardAt, looked, type Pulse, promised } from "./pulse";

const SECOND = 1000;
const start: Pulse = promised({ heardAt: 0, lookedAt: 0 }, 0, 30);

/** Looks every five seconds for so many, and returns when the connection was taken for lost first. */
function lostAfter(pulse: Pulse, seconds: number): number | undefined {
	let now = pulse.lookedAt;
	for (let at = 5; at <= seconds; at += 5) {
		now += 5 * SECOND;
		const step = looked(pulse, now, false);
		if (step.isLost) return at;
		pulse = step.pulse;
	}
	return undefined;
}

it("waits for two and a half times as long as was promised where nothing speaks against the connection", () => {
	expect(lostAfter(start, 600)).toBe(80);
	const later = heardAt({ ...start, lookedAt: 70 * SECOND }, 70 * SECOND);
	expect(lostAfter(later, 600)).toBe(80);
});

it("waits for little more than was promised after sleep, and where the connection is doubted", () => {
	expect(looked({ ...start, lookedAt: 30 * SECOND }, 36 * SECOND, false).isLost).toBe(false);
	expect(looked({ ...start, lookedAt: 30 * SECOND }, 36 * SECOND, true).isLost).toBe(true);
	expect(looked({ ...start, lookedAt: 10 * SECOND }, 36 * SECOND, false).isLost).toBe(true);
	expect(looked({ ...start, lookedAt: 10 * SECOND }, 34 * SECOND, true).isLost).toBe(false);
});

it("awaits nothing that wasn't promised, and is not misled by a clock that is set back", () => {
	const silent = promised(start, 0, undefined);
	expect(looked(silent, 600 * SECOND, true).isLost).toBe(false);
	const ahead = { ...start, heardAt: 3600 * SECOND, lookedAt: 3600 * SECOND };
	const step = looked(ahead, 0, false);
	expect(step.isLost).toBe(false);
	expect(lostAfter(step.pulse, 600)).toBe(80);
});
