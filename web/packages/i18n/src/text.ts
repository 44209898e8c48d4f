/** Sentences by key, in the language that was asked for; times, dates and numbers as that language writes them. */

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import type { SentenceKey } from "./keys";
import { type Pseudo, pseudo } from "./pseudo";

export type Arguments = Readonly<Record<string, FluentVariable>>;

/** Letters of the scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface LanguageSource {
	/** A language tag. */
	readonly tag: string;
	readonly direction: "ltr" | "rtl";
	readonly ftl: string;
	readonly pseudo?: Pseudo;
	/** The tag by which dates, times and numbers are written, where it isn't that of the language alone. */
	readonly region?: string;
}

export class Text {
	readonly tag: string;
	readonly direction: "ltr" | "rtl";
	readonly #region: string;
	readonly #bundle: FluentBundle;
	readonly #collator: Intl.Collator;
	readonly #relative: Intl.RelativeTimeFormat;
	readonly #formats = new Map<string, Intl.DateTimeFormat>();

	constructor({ tag, direction, ftl, pseudo: change, region = tag }: LanguageSource) {
		this.tag = tag;
		this.#region = region;
		this.direction = direction;
		this.#bundle = new FluentBundle([region, tag], {
			// Elsewhere they are put where they are needed alone: in labels they are in the way.
			useIsolating: direction === "rtl",
			...(change ? { transform: (part) => pseudo(part, change) } : {}),
		});
		this.#bundle.addResource(new FluentResource(ftl));
		this.#collator = new Intl.Collator(tag, { numeric: true, sensitivity: "base" });
		this.#relative = new Intl.RelativeTimeFormat(region, { style: "short", numeric: "always" });
	}

	/** The sentence of a key. What is missing from it shows as its name, never as nothing. */
	say = (key: SentenceKey, args?: Arguments): string => this.sayIfKnown(key, args) ?? key;

	/** The sentence of a key that comes from elsewhere, such as a problem's code; nothing where there is none. */
	sayIfKnown = (key: string, args?: Arguments): string | undefined => {
		const pattern = this.#bundle.getMessage(key)?.value;
		return pattern ? this.#bundle.formatPattern(pattern, this.#isolated(args), []) : undefined;
	};

	/**
	 * What somebody else has written, to stand in a line of other words: whichever way it runs, it runs within itself, and
	 * what stands beside it stays where it is.
	 */
	isolate = (words: string): string =>
		this.direction === "rtl" || RIGHT_TO_LEFT.test(words) ? `\u2068${words}\u2069` : words;

	/** Where all runs from right to left every argument is isolated by itself. */
	#isolated(args: Arguments | undefined): Record<string, FluentVariable> | null {
		if (!args) return null;
		if (this.direction === "rtl") return args;
		const entries = Object.entries(args);
		return Object.fromEntries(
			entries.map(([name, value]) => [name, typeof value === "string" ? this.isolate(value) : value]),
		);
	}

	/** Several things in a row: "a, b and c". */
	list = (items: readonly string[]): string => new Intl.ListFormat(this.#region).format(items);

	/** Whether a name begins with what was typed, whatever its case and its accents. */
	startsWith = (name: string, typed: string): boolean =>
		this.#collator.compare(name.slice(0, typed.length), typed) === 0;

	/** Whether words occur in a text, whatever their case and their marks. */
	contains = (text: string, words: string): boolean => folded(text).includes(folded(words));

	compareNames = (a: string, b: string): number => this.#collator.compare(a, b);

	#format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
		const known = this.#formats.get(name);
		if (known) return known;
		const made = new Intl.DateTimeFormat(this.#region, options);
		this.#formats.set(name, made);
		return made;
	}

	clock = (at: number): string => this.#format("clock", { timeStyle: "short" }).format(at);

	/** The clock of a place that is ahead of UTC by so many minutes. */
	clockAhead = (at: number, minutes: number): string =>
		this.#format("clock-ahead", { timeStyle: "short", timeZone: "UTC" }).format(at + minutes * MINUTE);

	/** A date with its time, such as belongs into a list of sessions. */
	moment = (at: number): string => this.#format("moment", { dateStyle: "medium", timeStyle: "short" }).format(at);

	/** A day as a heading: today, yesterday, the weekday, the date. */
	day = (midnight: number, today: number): string => {
		const ago = Math.round((today - midnight) / DAY);
		if (ago === 0) return this.say("day-today");
		if (ago === 1) return this.say("day-yesterday");
		if (ago > 1 && ago < 7) return this.#format("weekday", { weekday: "long" }).format(midnight);
		return this.#format("date", { dateStyle: "long" }).format(midnight);
	};

	/** When something was, as short as it can be: minutes up to an hour, then the clock, then the date. */
	when = (at: number, now: number): string => {
		const ago = now - at;
		if (ago < MINUTE) return this.say("time-now");
		if (ago < HOUR) return this.#relative.format(-Math.floor(ago / MINUTE), "minute");
		if (midnightBefore(at) === midnightBefore(now)) return this.clock(at);
		if (ago < 6 * DAY) return this.#format("short-weekday", { weekday: "short" }).format(at);
		return this.#format("short-date", { dateStyle: "short" }).format(at);
	};

	/** When something will be over: the clock, and the day where that isn't today. */
	end = (at: number, now: number): string => {
		const time = this.clock(at);
		const days = Math.round((midnightBefore(at) - midnightBefore(now)) / DAY);
		if (days <= 0) return time;
		if (days === 1) return this.say("time-tomorrow", { time });
		if (days >= 7) return this.moment(at);
		return this.say("time-on-day", { time, day: this.#format("weekday", { weekday: "long" }).format(at) });
	};

	/** For how long something has been so. */
	lasting = (since: number, now: number): string => {
		const minutes = Math.max(0, Math.floor((now - since) / MINUTE));
		if (minutes < 1) return this.say("time-now");
		if (minutes < 60) return this.#unit("minute", minutes);
		if (minutes < 24 * 60) return this.#unit("hour", Math.floor(minutes / 60));
		return this.#unit("day", Math.floor(minutes / (24 * 60)));
	};

	#unit(unit: "minute" | "hour" | "day", count: number): string {
		return new Intl.NumberFormat(this.#region, { style: "unit", unit, unitDisplay: "short" }).format(count);
	}
}

function folded(text: string): string {
	return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The local midnight before a time, in milliseconds since 1970. */
export function midnightBefore(at: number): number {
	const day = new Date(at);
	day.setHours(0, 0, 0, 0);
	return day.getTime();
}
