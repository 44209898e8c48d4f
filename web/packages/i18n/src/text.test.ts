import { existsSync, readFileSync } from "node:fs";
import { CODES, FAULTS } from "@rapport/api/codes";
import { describe, expect, it } from "vitest";
import { choose, regional } from "./languages";
import { midnightBefore, Text } from "./text";

const source = (tag: string) => readFileSync(new URL(`./locales/${tag}.ftl`, import.meta.url), "utf8");
const english = new Text({ tag: "en", direction: "ltr", ftl: source("en") });
const german = new Text({ tag: "de", direction: "ltr", ftl: source("de") });
const at = (time: string) => new Date(`2026-03-10T${time}`).getTime();

it("tells the time of a place by how far its clock is ahead", () => {
	const at = Date.UTC(2026, 2, 10, 12, 30);
	expect(german.clockAhead(at, 540)).toBe("21:30");
	expect(german.clockAhead(at, -210)).toBe("09:00");
});

describe("sentences", () => {
	it("has one for every code of a problem, in every language", () => {
		for (const code of Object.keys(CODES)) {
			for (const text of [english, german]) {
				expect(text.sayIfKnown(`problem-${code}`, { limit: 250, minutes: 3 }), `${text.tag}: ${code}`).toBeTruthy();
			}
		}
	});

	it("has one of its own for every reason why a password is not taken", () => {
		for (const text of [english, german]) {
			const said = Object.keys(FAULTS).map((fault) => text.sayIfKnown(`problem-weak-password-${fault}`));
			expect(new Set(said).size, text.tag).toBe(5);
			expect(said, text.tag).not.toContain(undefined);
		}
	});

	it("says of Pidgin what its steps need: how it signs in, and what Debian 12 has to have repaired", () => {
		const repair = "docs/pidgin-on-debian-12.md";
		expect(existsSync(new URL(`../../../../${repair}`, import.meta.url))).toBe(true);
		for (const text of [english, german]) {
			expect(text.say("pidgin-5", { server: "im.example.com:5061" })).toMatch(/im\.example\.com:5061.*TLS.*NTLM/);
			expect(text.say("pidgin-7")).toContain(repair);
		}
	});

	it("knows how many", () => {
		expect(english.say("unread", { count: 1 })).toContain("message");
		expect(english.say("unread", { count: 2 })).toContain("messages");
		expect(german.say("unread", { count: 2 })).toContain("Nachrichten");
	});

	it("say of one that it is one, whatever the limit is of", () => {
		for (const code of ["contact-list-full", "too-many-app-passwords", "too-many-groups", "too-large"]) {
			for (const text of [english, german]) {
				const of = (limit: number) => text.sayIfKnown(`problem-${code}`, { limit }) ?? "";
				expect(of(1), `${text.tag}: ${code}`).not.toBe(of(2).replace("2", "1"));
			}
		}
		expect(english.sayIfKnown("problem-contact-list-full", { limit: 1 })).toContain("it holds 1 person.");
	});

	it("count in every plural sentence of every language, and leave no argument out", () => {
		const counted = [...source("en").matchAll(/^([a-z-]+) =\n\s+\{ \$count ->/gm)].map((match) => match[1] ?? "");
		expect(counted.length).toBeGreaterThan(6);
		for (const text of [english, german]) {
			for (const key of counted) {
				const say = (count: number) => text.sayIfKnown(key, { count, name: "Ben" }) ?? "";
				for (const count of [1, 2, 5, 1000]) {
					expect(say(count), `${text.tag}: ${key}`).toContain(
						text.tag === "de" && count === 1000 ? "1.000" : String(count === 1000 ? "1,000" : count),
					);
				}
				expect(say(1), `${text.tag}: ${key}`).not.toContain("{");
			}
		}
	});

	it("keeps what others have written within itself, where it would move what stands beside it", () => {
		const ftl = "added-you = { $name } added you\nunread = { $count }";
		const text = new Text({ tag: "en", direction: "ltr", ftl });
		expect(text.say("added-you", { name: "Ben" })).toBe("Ben added you");
		expect(text.say("added-you", { name: "נועה" })).toBe("\u2068נועה\u2069 added you");
		expect([text.isolate("يوسف"), text.isolate("Ben (2)")]).toEqual(["\u2068يوسف\u2069", "Ben (2)"]);
		const arabic = new Text({ tag: "ar", direction: "rtl", ftl, pseudo: "arabic" });
		expect(arabic.say("added-you", { name: "Ben" })).toMatch(
			/^\u2068Ben\u2069 \p{Script=Arabic}+ \p{Script=Arabic}+$/u,
		);
		expect(arabic.isolate("Ben (2)")).toBe("\u2068Ben (2)\u2069");
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

	it("are written as in the region that the browser asks for", () => {
		const of = (region: string, tag = "en") => new Text({ tag, direction: "ltr", ftl: source(tag), region });
		const noon = at("13:05");
		expect(of("en-GB").clock(noon)).toBe("13:05");
		expect(of("en-US").clock(noon)).toMatch(/^1:05\sPM$/);
		expect(of("de-DE", "de").moment(noon)).toBe("10.03.2026, 13:05");
		expect(of("en-GB").moment(noon)).toBe("10 Mar 2026, 13:05");
		expect(of("en-US").when(noon - 30 * 86_400_000, noon)).toBe("2/8/26");
		expect(of("en-GB").when(noon - 30 * 86_400_000, noon)).toBe("08/02/2026");
		expect(of("de-DE", "de").list(["a", "b", "c"])).toBe("a, b und c");
		expect(of("en-GB").list(["a", "b"])).toBe("a and b");
		expect(of("de-AT", "de").lasting(noon - 90 * 60_000, noon)).toContain("1");
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

it("takes the region of the language that is spoken, and no tag that isn't one", () => {
	expect(regional("en", ["de-AT", "en-GB", "en-US"])).toBe("en-GB");
	expect(regional("de", ["en-GB"])).toBe("de");
	expect(regional("en", ["en-US@posix", "en-NZ"])).toBe("en-NZ");
});

it("finds words whatever their case and their marks", () => {
	expect(english.contains("Chloé Müller", "MULL")).toBe(true);
	expect(english.contains("Chloé", "x")).toBe(false);
});
