import { beforeEach, expect, it, vi } from "vitest";
import { Shown, STAYS } from "./shown";

beforeEach(() => {
	vi.useFakeTimers();
	return () => void vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

it("has a word go after a while, whether anybody looks or not", () => {
	const shown = new Shown();
	shown.lookedAt.set(false);
	shown.say({ text: "moved", intent: "done" });
	pass(STAYS - 1);
	expect(shown.said.get()?.text).toBe("moved");
	pass(1);
	expect(shown.said.get()).toBeUndefined();
});

it("keeps a word that waits until somebody has looked for as long as any word stays", () => {
	const shown = new Shown();
	shown.lookedAt.set(false);
	shown.say({ text: "Ben is back", intent: "done", waits: true });
	pass(100 * STAYS);
	expect(shown.said.get()?.text).toBe("Ben is back");
	shown.lookedAt.set(true);
	pass(STAYS - 1);
	expect(shown.said.get()?.text).toBe("Ben is back");
	pass(1);
	expect(shown.said.get()).toBeUndefined();
	// Whoever looks away before its time is over sees it when they come back.
	shown.say({ text: "Chloé is back", intent: "done", waits: true });
	shown.lookedAt.set(false);
	pass(100 * STAYS);
	shown.lookedAt.set(true);
	expect(shown.said.get()?.text).toBe("Chloé is back");
	pass(STAYS);
	expect(shown.said.get()).toBeUndefined();
});

it("brings each word back that had to give way to a later one unseen, until they are closed", () => {
	const shown = new Shown();
	shown.lookedAt.set(false);
	for (const text of ["Ben", "Chloé"]) shown.say({ text, intent: "done", waits: true });
	shown.say({ text: "moved", intent: "done" });
	pass(STAYS);
	expect(shown.said.get()?.text).toBe("Ben");
	shown.lookedAt.set(true);
	shown.unsay();
	expect(shown.said.get()?.text).toBe("Chloé");
	pass(STAYS);
	expect(shown.said.get()).toBeUndefined();
	// Whoever comes after them isn't told.
	shown.lookedAt.set(false);
	for (const text of ["Ben", "Chloé"]) shown.say({ text, intent: "done", waits: true });
	shown.clear();
	shown.unsay();
	expect(shown.said.get()).toBeUndefined();
});
