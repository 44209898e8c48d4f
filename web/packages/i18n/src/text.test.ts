import { readFileSync } from "node:fs";
import { CODES } from "@rapport/api/codes";
import { describe, expect, it } from "vitest";
import { choose } from "./languages";
import { midnightBefore, Text } from "./text";

const source = (tag: string) => readFileSync(new URL(`./locales/${tag}.ftl`, import.meta.url), "utf8");
const english = new Text({ tag: "en", direction: "ltr", ftl: source("en") });
const german = new Text({ tag: "de", direction: "ltr", ftl: source("de") });
const at = (time: string) => new Date(`2026-03-10T${time}`).getTime();

describe("sentences", () => {
	it("has one for every code of a problem, in every language", () => {
		for (const code of CODES) {
			for (const text of [english, german]) {
				expect(text.sayIfKnown(`problem-${code}`, { limit: 250, minutes: 3 }), `${text.tag}: ${code}`).toBeTruthy();
			}
		}
	});

	it("knows how many", () => {
		expect(english.say("unread", { count: 1 })).toContain("message");
		expect(english.say("unread", { count: 2 })).toContain("messages");
		expect(german.say("unread", { count: 2 })).toContain("Nachrichten");
	});

	it("shows the pseudo-language from right to left", () => {
		const mirrored = new Text({ tag: "en", direction: "rtl", ftl: "time-now = now", pseudo: "mirrored" });
		expect(mirrored.say("time-now")).toBe("\u202enow\u202c");
	});
});

describe("times", () => {
	it("are minutes up to an hour, then the clock, then the day", () => {
		expect(english.when(at("12:00"), at("12:00:30"))).toBe("now");
		expect(english.when(at("12:00"), at("12:04"))).toContain("4");
		expect(german.when(at("09:00"), at("12:04"))).toBe("09:00");
		expect(english.when(at("09:00") - 86_400_000, at("12:04"))).toBe("Mon");
	});

	it("make days of today, yesterday, the week and the rest", () => {
		const today = midnightBefore(at("12:00"));
		expect(english.day(today, today)).toBe("Today");
		expect(german.day(midnightBefore(today - 1), today)).toBe("Gestern");
		expect(english.day(midnightBefore(today - 3 * 86_400_000), today)).toBe("Saturday");
		expect(english.day(midnightBefore(today - 30 * 86_400_000), today)).toContain("2026");
	});
});

it("chooses the language that was wished for, else one that the browser asks for", () => {
	expect(choose("de", ["en-GB"])).toBe("de");
	expect(choose("", ["fr-FR", "de-AT", "en"])).toBe("de");
	expect(choose("", ["fr"])).toBe("en");
	expect(choose("xx", [])).toBe("en");
});
