import { readFileSync } from "node:fs";
import type { Me, Presence } from "@rapport/api/types";
import { Text } from "@rapport/i18n/text";
import { expect, it } from "vitest";
import { myState, stateLine, stateUntil } from "./presence";

const source = (tag: string) => readFileSync(new URL(`../../i18n/src/locales/${tag}.ftl`, import.meta.url), "utf8");
const english = new Text({ tag: "en", direction: "ltr", ftl: source("en"), region: "en-GB" });
const american = new Text({ tag: "en", direction: "ltr", ftl: source("en"), region: "en-US" });
const german = new Text({ tag: "de", direction: "ltr", ftl: source("de"), region: "de-DE" });
// A Tuesday, by the clock of this machine.
const at = (time: string, day = 10) => new Date(2026, 2, day, ...time.split(":").map(Number)).getTime();
const NOON = at("12:00");

const meeting = (end: number | undefined, more: Partial<Presence> = {}): Presence => ({
	person: "ben",
	availability: "busy",
	activity: "in-a-meeting",
	since: new Date(at("11:30")).toISOString(),
	capabilities: ["im"],
	known: true,
	...(end === undefined ? {} : { until: new Date(end).toISOString() }),
	...more,
});

it("says until when somebody is in a meeting, as the language and the region write it", () => {
	const presence = meeting(at("15:30"));
	expect(stateLine(presence, english, NOON)).toBe("In a meeting until 15:30");
	expect(stateLine(presence, american, NOON)).toMatch(/^In a meeting until 3:30\sPM$/);
	expect(stateLine(presence, german, NOON)).toBe("In einer Besprechung bis 15:30");
});

it("names the day of an end that isn't today", () => {
	const { activity: _, ...busy } = meeting(at("09:00", 11));
	expect(stateLine(busy, english, NOON)).toBe("Busy until tomorrow 09:00");
	expect(stateLine(busy, german, NOON)).toBe("Beschäftigt bis morgen 09:00");
	const away = meeting(at("09:00", 13), { availability: "away", activity: "out-of-office" });
	expect(stateLine(away, english, NOON)).toBe("Out of office until Friday 09:00");
	expect(stateLine(away, german, NOON)).toBe("Nicht im Büro bis Freitag 09:00");
	expect(stateLine(meeting(at("09:00", 17)), english, NOON)).toBe("In a meeting until 17 Mar 2026, 09:00");
	// The clock goes forward on the 29th.
	const winter = at("12:00", 28);
	expect(stateLine(meeting(at("09:00", 29)), english, winter)).toBe("In a meeting until tomorrow 09:00");
	expect(stateLine(meeting(at("09:00", 30)), english, winter)).toBe("In a meeting until Monday 09:00");
});

it("says nothing of an end that has passed, or isn't known", () => {
	expect(stateLine(meeting(NOON), english, NOON)).toBe("In a meeting 30 mins");
	expect(stateLine(meeting(at("11:59")), english, NOON)).toBe("In a meeting 30 mins");
	expect(stateLine(meeting(undefined), english, NOON)).toBe("In a meeting 30 mins");
	expect(stateUntil(meeting(at("11:59")), english, NOON)).toBe("In a meeting");
	expect(stateUntil(meeting(at("15:30"), { until: "soon" }), english, NOON)).toBe("In a meeting");
	expect(stateUntil(meeting(at("15:30"), { known: false }), english, NOON)).toBe("Unknown");
	expect(stateUntil(undefined, english, NOON)).toBe("Unknown");
});

const mine = (more: Partial<Me>): Me => ({
	id: "me",
	address: "me@one.example",
	displayName: "Me",
	availability: "busy",
	chosen: "busy",
	note: "",
	location: "",
	...more,
});
const iso = (time: string, day?: number) => new Date(at(time, day)).toISOString();

it("says of me when what is shown ends, which needn't be when what I chose does", () => {
	const chosen = iso("09:00", 12);
	expect(myState(mine({ chosenUntil: chosen, until: chosen }), english, NOON)).toBe("Busy until Thursday 09:00");
	const meeting = mine({ activity: "in-a-meeting", chosenUntil: chosen });
	expect(myState({ ...meeting, until: iso("15:30") }, english, NOON)).toBe("In a meeting until 15:30");
	expect(myState({ ...meeting, activity: "on-the-phone" }, english, NOON)).toBe("In a call");
	expect(myState({ ...meeting, chosen: "automatic", until: iso("15:30") }, english, NOON)).toBe(
		"In a meeting until 15:30",
	);
});

it("says of me nothing of an end that has passed", () => {
	expect(myState(mine({ chosenUntil: iso("12:00"), until: iso("12:00") }), english, NOON)).toBe("Busy");
});

it("says until when I appear offline, which others don't read", () => {
	const offline = mine({ availability: "offline", chosen: "appearOffline" });
	expect(myState({ ...offline, chosenUntil: iso("15:30") }, english, NOON)).toBe("Appear Offline until 15:30");
	expect(myState({ ...offline, chosenUntil: iso("11:59") }, english, NOON)).toBe("Appear Offline");
});
