/**
 * Something of the history asked page by page: what is here, whether there is more, or why not; without what is deleted,
 * and with what is said while one looks at it.
 */

import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { goneBetween, isAnything, isNews } from "@rapport/live/gone";
import type { Gone } from "@rapport/live/state";
import { useCallback, useEffect, useRef, useState } from "react";
import { reasonOf, useApp } from "../app/context";
import { useComingBack } from "./asked";

export interface Page<T> {
	readonly items: readonly T[];
	/** Where the next page begins; nothing after the last one. */
	readonly next: string | undefined;
}

export interface Pages<T> {
	/** Nothing while the first page isn't here. */
	readonly items: readonly T[] | undefined;
	readonly hasMore: boolean;
	readonly isBusy: boolean;
	readonly reason: string | undefined;
	readonly more: () => void;
	/** From the first page. */
	readonly again: () => void;
}

interface State<T> {
	readonly items?: readonly T[];
	readonly next?: string | undefined;
	readonly error?: unknown;
	readonly isBusy: boolean;
}

/** What is asked for: how one is known from another, and what a deletion does to them. */
export interface Kind<T> {
	readonly key: (one: T) => string;
	/** What goes with a deletion. */
	readonly takes: (gone: Gone, one: T) => boolean;
	/** Whether what stays may be another by it. */
	readonly changes: (gone: Gone) => boolean;
}

/** How long is waited for more of what is said in a row, in milliseconds. */
const PAUSE = 300;

/** How long is waited before what could not be asked is asked again, in milliseconds. */
const RETRY = 3_000;

/** So many pages are asked for to meet what is here. */
const FURTHEST = 4;

/**
 * @param ask the same function as long as the same is asked; the latest comes first.
 * @param kind the same always.
 * @param person whose it is alone; where nobody is named it is everybody's.
 */
export function usePages<T>(
	ask: (before: string | undefined) => Promise<Page<T>>,
	kind: Kind<T>,
	person?: string,
): Pages<T> {
	const text = useText();
	const { live, link } = useApp().session;
	const [state, setState] = useState<State<T>>({ isBusy: true });
	const turn = useRef(0);
	const asked = useRef<{ readonly before: string | undefined }>(undefined);
	const load = useCallback(
		(before: string | undefined) => {
			const mine = ++turn.current;
			asked.current = { before };
			setState(({ error: _, ...there }) => ({ ...there, isBusy: true }));
			ask(before).then(
				({ items, next }) => {
					if (mine !== turn.current) return;
					asked.current = undefined;
					setState((there) => ({
						items: before === undefined ? items : together(there.items ?? [], items, kind),
						next,
						isBusy: false,
					}));
				},
				(error: unknown) => {
					if (mine !== turn.current) return;
					asked.current = undefined;
					setState((there) => ({ ...there, error, isBusy: false }));
				},
			);
		},
		[ask, kind],
	);
	useEffect(() => {
		load(undefined);
		return () => {
			turn.current++;
		};
	}, [load]);
	useEffect(() => {
		let before = live.get();
		return live.subscribe(() => {
			const after = live.get();
			const gone = goneBetween(before, after);
			before = after;
			if (!gone) return;
			const isAll = isAnything(gone);
			setState(({ items, ...there }) =>
				isAll || !items ? { isBusy: there.isBusy } : { ...there, items: items.filter((one) => !kind.takes(gone, one)) },
			);
			// What is under way may still have what is gone.
			if (isAll || kind.changes(gone)) load(undefined);
			else if (asked.current) load(asked.current.before);
		});
	}, [live, load, kind]);
	const here = useRef(state.items);
	useEffect(() => {
		here.current = state.items;
	}, [state.items]);
	useEffect(() => {
		let isWanted = true;
		let isDue = false;
		let turn = 0;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const isUp = () => link.get().phase === "up";
		function later(pause = PAUSE): void {
			isDue = true;
			timer ??= setTimeout(() => void look(), pause);
		}
		async function look(): Promise<void> {
			timer = undefined;
			// It is asked for when there is a connection again, and not before.
			if (!isUp()) return;
			// The first page may have been put together before.
			if (asked.current) return later();
			const there = here.current;
			if (!there) return;
			isDue = false;
			const mine = ++turn;
			const mark = live.get().historyMark;
			try {
				const latest = await toMeet(ask, there, kind);
				if (!isWanted || mine !== turn) return;
				// What was deleted meanwhile may be in it.
				if (live.get().historyMark !== mark) return later();
				setState((now) => (now.items ? { ...now, ...latestOver(latest, now, kind) } : now));
			} catch (error) {
				// Whoever isn't told why sees what there was.
				if (isWanted && error instanceof Unreachable) later(RETRY);
			}
		}
		let before = live.get();
		const stops = [
			live.subscribe(() => {
				const after = live.get();
				if (isNews(before, after, person)) later();
				before = after;
			}),
			link.subscribe(() => {
				if (isDue && isUp()) later();
			}),
		];
		return () => {
			isWanted = false;
			clearTimeout(timer);
			for (const stop of stops) stop();
		};
	}, [live, link, ask, kind, person]);
	const { items, next, error, isBusy } = state;
	const more = useCallback(() => load(next), [load, next]);
	const again = useCallback(() => load(undefined), [load]);
	useComingBack(error instanceof Unreachable, items === undefined ? again : more);
	return {
		items,
		hasMore: next !== undefined,
		isBusy,
		reason: error === undefined ? undefined : reasonOf(error, text),
		more,
		again,
	};
}

/** What comes before or behind: nothing stands there twice. */
function together<T>(first: readonly T[], then: readonly T[], { key }: Kind<T>): readonly T[] {
	const known = new Set(first.map(key));
	return [...first, ...then.filter((one) => !known.has(key(one)))];
}

/** The latest, as far back as what is here, or as is asked for at once. */
async function toMeet<T>(
	ask: (before: string | undefined) => Promise<Page<T>>,
	there: readonly T[],
	{ key }: Kind<T>,
): Promise<Page<T> & { readonly isMet: boolean }> {
	const known = new Set(there.map(key));
	let items: readonly T[] = [];
	let next: string | undefined;
	for (let turn = 0; turn < FURTHEST; turn++) {
		const page = await ask(next);
		items = [...items, ...page.items];
		next = page.next;
		const last = page.items.at(-1);
		// A search may have looked at all that it does at once, and found nothing.
		if (next === undefined || !last || known.has(key(last))) return { items, next, isMet: true };
	}
	return { items, next, isMet: false };
}

/** The latest before what is here; in its place where they don't meet. */
function latestOver<T>(
	latest: Page<T> & { readonly isMet: boolean },
	{ items = [], next }: State<T>,
	kind: Kind<T>,
): Pick<State<T>, "items" | "next"> {
	if (items.length === 0 || !latest.isMet) return { items: latest.items, next: latest.next };
	return { items: together(latest.items, items, kind), next };
}
