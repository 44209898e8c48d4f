/** What one person has had open is nothing for the next one who signs in on this page. */

import type { Router } from "./route";
import type { Session } from "./session";
import type { Shown } from "./shown";

/** After which reasons nobody is expected back: none is said to whoever signs out by hand. */
const ENDS: ReadonlySet<string | undefined> = new Set([undefined, "ended-by-you", "removed"]);

interface Page {
	readonly session: Pick<Session, "standing">;
	readonly router: Pick<Router, "restart">;
	readonly shown: Pick<Shown, "clear">;
}

/** Whoever comes back, as after a change of their password, finds what they had open; whoever has signed out doesn't. */
export function handOver({ session, router, shown }: Page): void {
	let last: string | undefined;
	const clear = () => {
		shown.clear();
		router.restart();
		last = undefined;
	};
	session.standing.subscribe(() => {
		const standing = session.standing.get();
		const isOver = standing.at === "signedOut" && ENDS.has(standing.reason);
		// Whoever follows a link and has to sign in first still gets there.
		if (isOver && last !== undefined) clear();
		if (standing.at !== "signedIn") return;
		if (last !== undefined && last !== standing.session.user.id) clear();
		last = standing.session.user.id;
	});
}
