/** The languages that there are, each loaded when it is asked for. */

import { type LanguageSource, Text } from "./text";

interface Language {
	readonly tag: string;
	/** Its name in itself; nothing for what only developers choose. */
	readonly name?: string;
	readonly load: () => Promise<LanguageSource>;
}

const english = async () => (await import("./locales/en.ftl?raw")).default;

export const LANGUAGES: readonly Language[] = [
	{ tag: "en", name: "English", load: async () => ({ tag: "en", direction: "ltr", ftl: await english() }) },
	{
		tag: "de",
		name: "Deutsch",
		load: async () => ({ tag: "de", direction: "ltr", ftl: (await import("./locales/de.ftl?raw")).default }),
	},
	{
		tag: "x-long",
		load: async () => ({ tag: "en", direction: "ltr", ftl: await english(), pseudo: "accented" }),
	},
	{
		tag: "x-rtl",
		load: async () => ({ tag: "en", direction: "rtl", ftl: await english(), pseudo: "mirrored" }),
	},
	{
		tag: "x-arabic",
		load: async () => ({ tag: "ar", direction: "rtl", ftl: await english(), pseudo: "arabic" }),
	},
];

/** The language that fits best: the wished one, else the first that the browser asks for, else English. */
export function choose(wished: string, asked: readonly string[]): string {
	const known = (tag: string) => LANGUAGES.find((one) => one.tag === tag || one.tag === tag.split("-")[0])?.tag;
	if (wished !== "") {
		const found = known(wished);
		if (found) return found;
	}
	for (const tag of asked) {
		const found = tag.startsWith("x-") ? undefined : known(tag.toLowerCase());
		if (found) return found;
	}
	return "en";
}

/** @param asked what the browser asks for: its region says how dates and times are written. */
export async function load(tag: string, asked: readonly string[]): Promise<Text> {
	const language = LANGUAGES.find((one) => one.tag === tag) ?? LANGUAGES[0];
	if (!language) throw new Error("there is no language");
	const source = await language.load();
	return new Text({ ...source, region: regional(source.tag, asked) });
}

/** The language with the region that the browser asks for first, where it asks for that language at all. */
export function regional(tag: string, asked: readonly string[]): string {
	return asked.find((one) => one.toLowerCase().split("-")[0] === tag && isTag(one)) ?? tag;
}

/** Some systems have browsers ask for what is no language tag, such as `en-US@posix`. */
function isTag(text: string): boolean {
	try {
		return Intl.getCanonicalLocales(text).length === 1;
	} catch {
		return false;
	}
}
