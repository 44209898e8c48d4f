import { expect, it } from "vitest";
import { faultOf, octets } from "./written";

it("counts octets, as the server does, not letters", () => {
	expect(octets("жжж")).toBe(6);
	expect(octets("🙂")).toBe(4);
	expect(faultOf("ж".repeat(250), 500)).toBeUndefined();
	expect(faultOf("ж".repeat(251), 500)).toEqual({ is: "tooLong", length: 502, limit: 500 });
	expect(faultOf("a".repeat(500), 500)).toBeUndefined();
});

it("lets the blanks around it be, which are not sent", () => {
	expect(faultOf(`  ${"a".repeat(256)}\n`, 256)).toBeUndefined();
});

it("knows the characters that a name can't have, and a note can", () => {
	expect(faultOf("a\tb", 256)).toEqual({ is: "characters" });
	expect(faultOf("a\tb\nc", 500, "note")).toBeUndefined();
	expect(faultOf("a\u0007b", 500, "note")).toEqual({ is: "characters" });
	expect(faultOf("a\uffffb", 500, "note")).toEqual({ is: "characters" });
});
