/** How much room there is: for one pane alone, as on a phone, or for more than two. */

import { useSyncExternalStore } from "react";

/** Until here; the frame of the client (`shell.styles`) has two panes from the next pixel on. */
export const NARROW = "(max-width: 639px)";

/** From here on, with a wider list beside it, a conversation has room for the others above it. */
export const WIDE = "(min-width: 1024px)";

export const useIsNarrow = whether(NARROW);
export const useIsWide = whether(WIDE);

function whether(query: string): () => boolean {
	const look = () => matchMedia(query).matches;
	function subscribe(listener: () => void): () => void {
		const media = matchMedia(query);
		media.addEventListener("change", listener);
		return () => media.removeEventListener("change", listener);
	}
	return () => useSyncExternalStore(subscribe, look);
}
