/** What was deleted of the history and what came to it, for whoever shows something of it that isn't kept here. */

import type { Gone, Live } from "./state";

/** What went from one value to the next; where that wasn't told, it may be anything. */
export function goneBetween(before: Live, after: Live): Gone | undefined {
	if (before.historyMark === undefined || before.historyMark === after.historyMark) return undefined;
	return after.historyGone ?? {};
}

/** Whether it may be anything. */
export function isAnything(gone: Gone): boolean {
	return gone.message === undefined && gone.person === undefined;
}

/** Whether a message that was said with somebody went. */
export function took(gone: Gone, message: string, person: string): boolean {
	if (gone.message !== undefined) return gone.message === message;
	return gone.person === undefined || gone.person === person;
}

/** Whether something was said from one value to the next, with somebody, or with whomever where nobody is named. */
export function isNews(before: Live, after: Live, person: string | undefined): boolean {
	if (!after.news || before.news === after.news) return false;
	return person === undefined || after.news.person === undefined || after.news.person === person;
}
