/** "Tell me when available": whoever asks for it is asked for what it needs, if they never were. */

import { useCallback } from "react";
import { useApp } from "../app/context";

/** @returns what begins to await somebody, or ends it. */
export function useAwait(): (person: string) => void {
	const { session, shown } = useApp();
	return useCallback(
		(person) => {
			shown.await(person);
			const isAsked = shown.awaited.get().has(person) && session.live.get().settings.notifications;
			if (!isAsked || !("Notification" in globalThis) || Notification.permission !== "default") return;
			// Whoever answers neither yes nor no has the word on the page.
			void Notification.requestPermission().catch(() => undefined);
		},
		[session, shown],
	);
}
