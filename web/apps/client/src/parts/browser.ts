/** How browsers are called: kept by the server without a word of any language, said in the reader's. */

import type { Text } from "@rapport/i18n/text";

const BETWEEN = " · ";

/** A browser's label in the words of whoever reads it. */
export function labelWords(label: string, text: Text): string {
	const [browser = "", system] = label.split(BETWEEN);
	if (label === "") return text.say("a-browser");
	return system === undefined ? browser : text.say("browser-on", { browser, system });
}

/** What this browser calls itself, for the list of sessions. */
export function browserName(): string {
	const agent = navigator.userAgent;
	const browsers: readonly [RegExp, string][] = [
		[/Edg\//, "Edge"],
		[/OPR\//, "Opera"],
		[/Firefox\//, "Firefox"],
		[/Chrome\//, "Chrome"],
		[/Safari\//, "Safari"],
	];
	const systems: readonly [RegExp, string][] = [
		[/Windows/, "Windows"],
		[/Android/, "Android"],
		[/iPhone|iPad/, "iOS"],
		[/Mac OS/, "macOS"],
		[/Linux/, "Linux"],
	];
	const named = (names: readonly [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
	return [named(browsers), named(systems)].filter(Boolean).join(BETWEEN);
}
