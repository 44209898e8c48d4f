/** Whether there is room for one pane alone, as on a phone. */

import { useSyncExternalStore } from "react";

/** Until here; the frame of the client (`shell.styles`) has two panes from the next pixel on. */
export const NARROW = "(max-width: 639px)";

export function useIsNarrow(): boolean {
	return useSyncExternalStore(subscribe, () => matchMedia(NARROW).matches);
}

function subscribe(listener: () => void): () => void {
	const query = matchMedia(NARROW);
	query.addEventListener("change", listener);
	return () => query.removeEventListener("change", listener);
}
