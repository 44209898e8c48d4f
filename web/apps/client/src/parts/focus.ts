/** Gives the focus back to where it was when this came up, and the page back to screen readers. */

import { useEffect, useState } from "react";

export function useFocusBack(): void {
	const [before] = useState(() => document.activeElement);
	useEffect(
		() => () => {
			// After whatever closes has let go of it.
			setTimeout(() => {
				const now = document.activeElement;
				// Fluent gives it to the last button that has ever opened something, whatever had it since.
				const isAstray = now === document.body || now?.getAttribute("data-tabster")?.includes("restorer");
				if (before instanceof HTMLElement && before.isConnected && isAstray) before.focus();
			}, 50);
			// Fluent leaves the page hidden behind a dialog that is gone, when the focus has gone on to something new.
			setTimeout(() => {
				if (!document.querySelector('[role="dialog"]')) document.getElementById("root")?.removeAttribute("aria-hidden");
			}, 100);
		},
		[before],
	);
}
