import { expect, it } from "vitest";
import { inOrderOf } from "./steady";

it("leaves those that were there where they were, as they are now, and puts the others behind them", () => {
	const one = (id: string, words: string) => ({ id, words });
	const before = [one("a", "1"), one("b", "1"), one("c", "1")];
	const now = [one("new", "2"), one("c", "2"), one("a", "1"), one("later", "1")];
	expect(inOrderOf(before, now, ({ id }) => id)).toEqual([
		one("a", "1"),
		one("c", "2"),
		one("new", "2"),
		one("later", "1"),
	]);
	expect(inOrderOf([], now, ({ id }) => id)).toEqual(now);
});
