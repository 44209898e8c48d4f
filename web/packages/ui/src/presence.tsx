/** Presence by shape and word as well as colour. Fluent's own words are English: ours are passed in. */

import type { PresenceBadgeStatus } from "@fluentui/react-components";
import type { AccessLevel, Availability, DeviceKind, Me, Presence } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import type { Text } from "@rapport/i18n/text";

const STATUS: Readonly<Record<Availability, PresenceBadgeStatus>> = {
	available: "available",
	availableIdle: "away",
	busy: "busy",
	busyIdle: "busy",
	doNotDisturb: "do-not-disturb",
	beRightBack: "away",
	away: "away",
	offline: "offline",
	unknown: "unknown",
};

const AVAILABILITY: Readonly<Record<Availability, SentenceKey>> = {
	available: "availability-available",
	availableIdle: "availability-inactive",
	busy: "availability-busy",
	busyIdle: "availability-busy",
	doNotDisturb: "availability-do-not-disturb",
	beRightBack: "availability-be-right-back",
	away: "availability-away",
	offline: "availability-offline",
	unknown: "availability-unknown",
};

const ACTIVITY: Readonly<Record<string, SentenceKey>> = {
	"on-the-phone": "activity-on-the-phone",
	"in-a-conference": "activity-in-a-conference",
	"in-a-meeting": "activity-in-a-meeting",
	"out-of-office": "activity-out-of-office",
	"urgent-interruptions-only": "activity-urgent-only",
};

export interface Badge {
	readonly status: PresenceBadgeStatus;
	readonly outOfOffice: boolean;
	readonly label: string;
}

/** What the badge of a person shows. */
export function badgeOf(presence: Presence | undefined, level: AccessLevel | undefined, text: Text): Badge {
	if (level === "blocked") return { status: "blocked", outOfOffice: false, label: text.say("availability-blocked") };
	const availability = presence?.known ? presence.availability : "unknown";
	return {
		status: STATUS[availability],
		outOfOffice: presence?.outOfOffice === true || presence?.noteKind === "outOfOffice",
		label: text.say(AVAILABILITY[availability]),
	};
}

/** What somebody is doing, in a word or two: the activity where there is one, otherwise the state. */
export function stateWords(presence: Presence | undefined, text: Text): string {
	if (!presence?.known) return text.say("availability-unknown");
	const activity = presence.activity === undefined ? undefined : ACTIVITY[presence.activity];
	return presence.activityText || text.say(activity ?? AVAILABILITY[presence.availability]);
}

/** What somebody is doing, and until when where that is known; what is over has no end any more. */
export function stateUntil(presence: Presence | undefined, text: Text, now: number): string {
	const state = stateWords(presence, text);
	const end = presence?.known && presence.until ? Date.parse(presence.until) : 0;
	return end > now ? text.say("state-until", { state, time: text.end(end, now) }) : state;
}

/** What I am shown as, with until when as others read it: that needn't be the end of what I chose. */
export function myState(me: Me, text: Text, now: number): string {
	if (me.chosen === "appearOffline") {
		const state = text.say("availability-appear-offline");
		const end = me.chosenUntil ? Date.parse(me.chosenUntil) : 0;
		return end > now ? text.say("state-until", { state, time: text.end(end, now) }) : state;
	}
	const { id: person, availability, activity, until } = me;
	const shown = { ...(activity && { activity }), ...(until && { until }) };
	return stateUntil({ person, availability, capabilities: [], known: true, ...shown }, text, now);
}

const DEVICE: Readonly<Record<DeviceKind, SentenceKey>> = {
	desktop: "device-desktop",
	mobile: "device-mobile",
	web: "device-web",
};

/** At what somebody is, where that is told and they are there. */
export function deviceWords(presence: Presence | undefined, text: Text): string | undefined {
	if (!presence?.known || presence.device === undefined || presence.availability === "offline") return undefined;
	return text.say(DEVICE[presence.device]);
}

/** What the clock shows where somebody is, where that is told and isn't what the clock shows here. */
export function timeThere(presence: Presence | undefined, text: Text, now: number): string | undefined {
	const ahead = presence?.utcOffsetMinutes;
	if (ahead === undefined || ahead === -new Date(now).getTimezoneOffset()) return undefined;
	return text.clockAhead(now, ahead);
}

/** Where somebody is, and how late it is there. */
export function placeLine(presence: Presence | undefined, text: Text, now: number): string {
	const time = timeThere(presence, text, now);
	return [
		presence?.location && text.isolate(presence.location),
		time === undefined ? undefined : text.say("time-there", { time }),
	]
		.filter(Boolean)
		.join(" · ");
}

/** The state with how long it has been so, or until when it will be. */
export function stateLine(presence: Presence | undefined, text: Text, now: number): string {
	const state = stateWords(presence, text);
	if (!presence?.known) return state;
	const untilThen = stateUntil(presence, text, now);
	if (untilThen !== state) return untilThen;
	const since = presence.lastActiveAt ?? presence.since;
	const isAbsent = ["away", "offline", "availableIdle", "beRightBack"].includes(presence.availability);
	const isAtWork = presence.activity !== undefined && presence.activity !== "urgent-interruptions-only";
	if (since && (isAbsent || isAtWork)) {
		return text.say("state-for", { state, time: text.lasting(Date.parse(since), now) });
	}
	return state;
}
