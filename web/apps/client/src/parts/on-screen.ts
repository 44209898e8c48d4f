/** Whether something is looked at: on screen, in a window that is shown. */

import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";

export function useIsOnScreen(place: RefObject<HTMLElement | null>): boolean {
	const [isInView, setInView] = useState(false);
	useEffect(() => {
		if (!place.current) return;
		const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? false));
		observer.observe(place.current);
		return () => observer.disconnect();
	}, [place]);
	const isShown = useSyncExternalStore(subscribe, () => document.visibilityState === "visible");
	return isInView && isShown;
}

function subscribe(listener: () => void): () => void {
	document.addEventListener("visibilitychange", listener);
	return () => document.removeEventListener("visibilitychange", listener);
}
