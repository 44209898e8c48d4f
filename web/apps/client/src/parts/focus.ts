/** Gives the focus back to where it was when this came up. */

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
		},
		[before],
	);
}
