/**
 * How the pages looked last in this browser, so that they look so from the first moment on: before the settings are here,
 * and where nobody is signed in. Nothing tells of whom it was; the language goes with them.
 */

import type { Settings } from "@rapport/api/types";
import { ofBrowser } from "./storage";

const KEPT = "rapport.look";

export type Look = Pick<Settings, "theme" | "density" | "language">;

/** What of it is known. Whatever isn't in the form that was kept is left alone. */
export function lookKept(): Partial<Look> {
	let value: unknown;
	try {
		value = JSON.parse(ofBrowser.read(KEPT) ?? "null");
	} catch {
		// What isn't understood is nothing.
	}
	if (typeof value !== "object" || value === null) return {};
	const { theme, density, language }: { theme?: unknown; density?: unknown; language?: unknown } = value;
	return {
		...(theme === "light" || theme === "dark" || theme === "highContrast" ? { theme } : {}),
		...(density === "compact" ? { density } : {}),
		...(typeof language === "string" && language !== "" ? { language } : {}),
	};
}

export function keepLook({ theme, density, language }: Look): void {
	// Where nothing can be kept it looks as the system does, at first.
	ofBrowser.write(KEPT, JSON.stringify({ theme, density, language }));
}

/** Whoever comes next reads what their browser asks for: on the page for signing in there is no other choice. */
export function forgetLanguage(): void {
	const { language, ...rest } = lookKept();
	if (language !== undefined) keepLook({ theme: "system", density: "comfortable", ...rest, language: "" });
}

/** Colours what lies behind the pages, and what the browser draws itself. */
export function colour(theme: Look["theme"]): void {
	// What the system wants, the page says by itself.
	document.documentElement.style.colorScheme = theme === "system" ? "" : theme === "light" ? "light" : "dark";
}
