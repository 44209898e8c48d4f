/** The levels of access as they are called on screen. */

import type { AccessLevel } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";

export const LEVELS: Readonly<Record<AccessLevel, { readonly name: SentenceKey; readonly words: SentenceKey }>> = {
	personal: { name: "level-personal", words: "level-personal-words" },
	team: { name: "level-team", words: "level-team-words" },
	company: { name: "level-company", words: "level-company-words" },
	public: { name: "level-public", words: "level-public-words" },
	blocked: { name: "level-blocked", words: "level-blocked-words" },
};

export const LEVELS_IN_ORDER: readonly AccessLevel[] = ["personal", "team", "company", "public", "blocked"];
