import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Piece } from "./pieces";
import { rtfPieces } from "./rtf";

interface Example {
	readonly name: string;
	readonly rtf: string;
	readonly text: string;
}

/** The server's reader goes through them as well. */
const examples: readonly Example[] = JSON.parse(
	readFileSync(new URL("../../../../../../crates/imtext/tests/vectors/rtf.json", import.meta.url), "utf8"),
);

function textOf(pieces: readonly Piece[]): string {
	return pieces
		.map((piece) => ("text" in piece ? piece.text : piece.tag === "br" ? "\n" : textOf(piece.children)))
		.join("");
}

describe("RTF", () => {
	it.each(examples)("is read as the server reads it: $name", ({ rtf, text }) => {
		expect(textOf(rtfPieces(rtf)).trimEnd()).toBe(text);
	});

	it("keeps the form of what is written in octets", () => {
		const rtf = String.raw`{\rtf1\ansi{\fonttbl{\f0\fcharset204 X;}}\'e4\b\'e0\b0}`;
		expect(rtfPieces(rtf)).toEqual([{ text: "д" }, { tag: "b", children: [{ text: "а" }] }]);
	});

	it("is read to its end, whatever it says of fonts and octets", () => {
		const fonts = Array.from({ length: 5000 }, (_, n) => `{\\f${n}\\fcharset204 X;}`).join("");
		const texts = [
			`{\\rtf1{\\fonttbl${fonts}}\\f255\\'e4\\f4000\\'e4}`,
			`{\\rtf1\\ansicpg932${"\\'83".repeat(40_000)}}`,
			`{\\rtf1${"{\\fonttbl\\f1\\fcharset".repeat(4000)}`,
			"\\ansicpg99999999999999999999\\f-1\\fcharset-1\\cpg\\uc-9\\u99999999999\\'e9",
		];
		const read = texts.map((text) => textOf(rtfPieces(text)));
		expect(read[0]).toBe("дä");
		expect(read[1]?.length).toBeLessThanOrEqual(40_000);
		expect(read[3]).toContain("é");
	});
});
