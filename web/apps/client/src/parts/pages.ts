/** Something of the history asked page by page: what is here, whether there is more, or why not; without what is deleted. */

import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { goneBetween, isAnything } from "@rapport/live/gone";
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

/** What of it goes with a deletion, and whether what stays may be another by it. */
export interface Deletion<T> {
	readonly takes: (gone: Gone, one: T) => boolean;
	readonly changes: (gone: Gone) => boolean;
}

/**
 * @param ask the same function as long as the same is asked.
 * @param deletion the same always.
 */
export function usePages<T>(ask: (before: string | undefined) => Promise<Page<T>>, deletion: Deletion<T>): Pages<T> {
	const text = useText();
	const { live } = useApp().session;
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
						items: before === undefined ? items : [...(there.items ?? []), ...items],
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
		[ask],
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
				isAll || !items
					? { isBusy: there.isBusy }
					: { ...there, items: items.filter((one) => !deletion.takes(gone, one)) },
			);
			// What is under way may still have what is gone.
			if (isAll || deletion.changes(gone)) load(undefined);
			else if (asked.current) load(asked.current.before);
		});
	}, [live, load, deletion]);
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
