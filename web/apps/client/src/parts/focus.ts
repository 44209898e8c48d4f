/** Gives the focus back to where it was when this came up. */

import { useEffect, useState } from "react";

export function useFocusBack(): void {
	const [before] = useState(() => document.activeElement);
	useEffect(
		() => () => {
			// After whatever closes has let go of it.
			setTimeout(() => {
				if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body)
					before.focus();
			}, 50);
		},
		[before],
	);
}
