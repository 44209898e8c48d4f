/** Something asked of the server page by page: what is here, whether there is more, or why not. */

import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { reasonOf } from "../app/context";
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

/** @param ask the same function as long as the same is asked. */
export function usePages<T>(ask: (before: string | undefined) => Promise<Page<T>>): Pages<T> {
	const text = useText();
	const [state, setState] = useState<State<T>>({ isBusy: true });
	const turn = useRef(0);
	const load = useCallback(
		(before: string | undefined) => {
			const mine = ++turn.current;
			setState(({ error: _, ...there }) => ({ ...there, isBusy: true }));
			ask(before).then(
				({ items, next }) => {
					if (mine !== turn.current) return;
					setState((there) => ({
						items: before === undefined ? items : [...(there.items ?? []), ...items],
						next,
						isBusy: false,
					}));
				},
				(error: unknown) => {
					if (mine === turn.current) setState((there) => ({ ...there, error, isBusy: false }));
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
