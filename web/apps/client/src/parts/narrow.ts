/** What the screen is like: how much room there is, for one pane alone, as on a phone, or for more than two; and what points. */

import { useSyncExternalStore } from "react";

/** Until here; the frame of the client (`shell.styles`) has two panes from the next pixel on. */
export const NARROW = "(max-width: 639px)";

/** From here on, with a wider list beside it, a conversation has room for the others above it. */
export const WIDE = "(min-width: 1024px)";

export const useIsNarrow = whether(NARROW);
export const useIsWide = whether(WIDE);

/** Whether nothing rests over what it points at: what comes up there wherever something does has to be there always. */
export const useIsTouched = whether("(hover: none)");

function whether(query: string): () => boolean {
	const look = () => matchMedia(query).matches;
	function subscribe(listener: () => void): () => void {
		const media = matchMedia(query);
		media.addEventListener("change", listener);
		return () => media.removeEventListener("change", listener);
	}
	return () => useSyncExternalStore(subscribe, look);
}
