/** What every part of the pages may ask for: the session, the route, the time, and to be told when something fails. */

import { Refused, Unreachable } from "@rapport/api/transport";
import type { ProblemBody } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import type { Text } from "@rapport/i18n/text";
import type { Live } from "@rapport/live/state";
import { createContext, type ReactNode, useCallback, useContext, useSyncExternalStore } from "react";
import type { Router } from "./route";
import type { Session } from "./session";
import type { Shown } from "./shown";

export interface App {
	readonly session: Session;
	readonly router: Router;
	readonly shown: Shown;
}

const Context = createContext<App | undefined>(undefined);

export function AppProvider({ app, children }: { app: App; children: ReactNode }) {
	return <Context value={app}>{children}</Context>;
}

export function useApp(): App {
	const app = useContext(Context);
	if (!app) throw new Error("AppProvider is missing");
	return app;
}

/** A part of what is known. It must be the same value as long as nothing of it has changed. */
export function useLive<T>(select: (live: Live) => T): T {
	const { live } = useApp().session;
	return useSyncExternalStore(live.subscribe, () => select(live.get()));
}

/** The time, looked at twice a minute: as exact as what is shown of it. */
export function useNow(): number {
	return useSyncExternalStore(subscribeToTime, () => Math.floor(Date.now() / 30_000) * 30_000 + 29_999);
}

function subscribeToTime(listener: () => void): () => void {
	const timer = setInterval(listener, 5_000);
	return () => clearInterval(timer);
}

/** What the fields are called that people write in, by their names in the API. */
const FIELDS: Readonly<Record<string, SentenceKey>> = {
	name: "group-name",
	alias: "field-alias",
	label: "app-password-label",
	text: "field-text",
	q: "field-query",
	location: "fact-location",
};

/** Why something was not done, as a sentence; with the field at fault where somebody wrote in it. */
export function reasonOf(error: unknown, text: Text): string {
	if (error instanceof Unreachable) return text.say("problem-unreachable");
	if (!(error instanceof Refused)) return text.say("problem-internal");
	const reason = problemWords(error.problem, text);
	const name = FIELDS[error.problem.field ?? ""];
	return name ? text.say("field-and-reason", { field: text.say(name), reason }) : reason;
}

/** What the server says is wrong, as a sentence. */
export function problemWords(
	problem: Pick<ProblemBody, "code" | "title" | "reason" | "limit" | "retryAfterSecs">,
	text: Text,
): string {
	const { code, title, reason, limit, retryAfterSecs } = problem;
	const minutes = Math.ceil((retryAfterSecs ?? 60) / 60);
	const ofReason = reason === undefined ? undefined : text.sayIfKnown(`problem-${code}-${reason}`);
	if (ofReason) return ofReason;
	return text.sayIfKnown(`problem-${code}`, { limit: limit ?? 0, minutes }) ?? title;
}

/** Does something and says why when it could not be done; tells whether it was. */
export function useAct(): (act: () => Promise<unknown>) => Promise<boolean> {
	const { shown } = useApp();
	const text = useText();
	return useCallback(
		async (act) => {
			try {
				await act();
				return true;
			} catch (error) {
				shown.say({ text: reasonOf(error, text), intent: "error" });
				return false;
			}
		},
		[shown, text],
	);
}
