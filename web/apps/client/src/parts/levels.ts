/** The levels of access as they are called on screen, and who has one of their own. */

import type { AccessLevel } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useEffect, useSyncExternalStore } from "react";
import { useApp } from "../app/context";

export const LEVELS: Readonly<Record<AccessLevel, { readonly name: SentenceKey; readonly words: SentenceKey }>> = {
	personal: { name: "level-personal", words: "level-personal-words" },
	team: { name: "level-team", words: "level-team-words" },
	company: { name: "level-company", words: "level-company-words" },
	public: { name: "level-public", words: "level-public-words" },
	blocked: { name: "level-blocked", words: "level-blocked-words" },
};

export const LEVELS_IN_ORDER: readonly AccessLevel[] = ["personal", "team", "company", "public", "blocked"];

/** The levels that were set by hand; nothing until they are known. */
export function useLevels(): ReadonlyMap<string, AccessLevel> | undefined {
	const { session } = useApp();
	const levels = useSyncExternalStore(session.levels.subscribe, session.levels.get);
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	useEffect(() => {
		// The list stands without them: everybody is where the company has them.
		if (isUp) session.learnLevels().catch(() => undefined);
	}, [session, isUp]);
	return levels;
}
