/**
 * What one window has heard, among windows of one browser that all hear the same: one of them deals with each, tells of it
 * or decides not to, and says so to the others. Sans-IO. What nobody has dealt with is kept, to be dealt with late.
 */

export interface Heard {
	/** Of the message. */
	readonly id: string;
	/** By whom: an id. */
	readonly person: string;
	readonly text: string;
}

export interface Telling {
	/** Heard, and dealt with by nobody, as far as is known here: in the order in which it came, each with when it came. */
	readonly open: readonly { readonly heard: Heard; readonly at: number }[];
	/** Dealt with lately, by whichever window, by id: when that was learnt. */
	readonly done: ReadonlyMap<string, number>;
}

export const NOTHING_HEARD: Telling = { open: [], done: new Map() };

/** For how long anything of it is kept, in milliseconds: of what is older nobody wants to be told. */
export const KEPT_FOR = 60_000;

/** How many of each are kept. */
export const MOST = 200;

/** Takes in what was heard, unless that was known already. */
export function hearing(before: Telling, heard: Heard, now: number): Telling {
	const telling = current(before, now);
	if (telling.done.has(heard.id) || telling.open.some((one) => one.heard.id === heard.id)) return telling;
	return { ...telling, open: [...telling.open, { heard, at: now }].slice(-MOST) };
}

/** Takes in what has been dealt with, here or in another window, be it heard here before or after. */
export function dealt(before: Telling, ids: readonly string[], now: number): Telling {
	const telling = current(before, now);
	const done = new Map(telling.done);
	for (const id of ids) {
		done.delete(id);
		done.set(id, now);
	}
	return {
		open: telling.open.filter((one) => !done.has(one.heard.id)),
		done: new Map([...done].slice(-MOST)),
	};
}

/** Whether something waits for longer than a window that speaks would have it wait. */
export function isOverdue(telling: Telling, now: number, patience: number): boolean {
	return telling.open.some(({ at }) => now - at >= patience);
}

/** Without what is older than anybody cares for. */
export function current({ open, done }: Telling, now: number): Telling {
	const isKept = (at: number) => now - at < KEPT_FOR;
	return { open: open.filter(({ at }) => isKept(at)), done: new Map([...done].filter(([, at]) => isKept(at))) };
}
