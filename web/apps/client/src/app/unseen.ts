/** What is unread and not on screen: what one looks at is read as it comes, and nothing is shown of that it wasn't yet. */

import { conversationWith, type Live, unreadOf } from "@rapport/live/state";
import type { Route } from "./route";

export function unseenOf(live: Live, route: Route): number {
	const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
	const read = route.page === "conversation" && isLookedAt ? conversationWith(live, route.person)?.unread : 0;
	return unreadOf(live) - (read ?? 0);
}
