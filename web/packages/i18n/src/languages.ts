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

export async function load(tag: string): Promise<Text> {
	const language = LANGUAGES.find((one) => one.tag === tag) ?? LANGUAGES[0];
	if (!language) throw new Error("there is no language");
	return new Text(await language.load());
}
