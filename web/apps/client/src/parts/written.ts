/** What was typed into a field, held against what the server takes: lengths are octets of UTF-8, as it counts them. */

import type { Text } from "@rapport/i18n/text";

/** Names of groups and of contacts, in octets. */
export const LONGEST_NAME = 256;
/** What an app password is for, in octets. */
export const LONGEST_LABEL = 100;
/** Where one is, in octets. */
export const LONGEST_LOCATION = 100;
/** Words that are searched for in the history, in octets. */
export const LONGEST_QUERY = 256;

export type Fault =
	| { readonly is: "tooLong"; readonly length: number; readonly limit: number }
	| { readonly is: "characters" };

const encoder = new TextEncoder();

export function octets(text: string): number {
	return encoder.encode(text).length;
}

/** Why something can't be kept as it is written; nothing when it can. A note may have tabs and breaks, a name may not. */
export function faultOf(written: string, limit: number, kind: "name" | "note" = "name"): Fault | undefined {
	const text = written.trim();
	const length = octets(text);
	if (length > limit) return { is: "tooLong", length, limit };
	const isBad = kind === "note" ? /[\p{Cc}\ufffe\uffff]/u.test(text.replace(/[\t\n]/g, "")) : /\p{Cc}/u.test(text);
	return isBad ? { is: "characters" } : undefined;
}

/** The direction of a field: that of what is written in it, and that of the page while nothing is. */
export function directionOf(written: string): "auto" | undefined {
	return written === "" ? undefined : "auto";
}

/** A fault as a sentence, to stand beside its field. */
export function faultWords(fault: Fault | undefined, text: Text): string | undefined {
	if (!fault) return undefined;
	return fault.is === "tooLong"
		? text.say("fault-too-long", { length: fault.length, limit: fault.limit })
		: text.say("fault-characters");
}
