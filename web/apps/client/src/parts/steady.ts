/** Lists that are put in another order while somebody is at them: nothing jumps under the pointer. */

import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";

export interface Steady<T> {
	readonly shown: readonly T[] | undefined;
	/** For the list that has them. */
	readonly held: {
		readonly onPointerEnter: (event: PointerEvent) => void;
		readonly onPointerLeave: () => void;
	};
}

/** @param key the same function always. */
export function useSteady<T>(items: readonly T[] | undefined, key: (one: T) => string): Steady<T> {
	const before = useRef<readonly T[]>([]);
	const [isOver, setOver] = useState(false);
	const shown = useMemo(() => (isOver && items ? inOrderOf(before.current, items, key) : items), [isOver, items, key]);
	useEffect(() => {
		before.current = shown ?? [];
	}, [shown]);
	return {
		shown,
		held: {
			onPointerEnter: (event) => setOver(event.pointerType === "mouse"),
			onPointerLeave: () => setOver(false),
		},
	};
}

/** Those that were there stay where they were, as they are now; the others come behind them. */
export function inOrderOf<T>(before: readonly T[], now: readonly T[], key: (one: T) => string): readonly T[] {
	const byKey = new Map(now.map((one) => [key(one), one]));
	const kept = before.flatMap((one) => byKey.get(key(one)) ?? []);
	const known = new Set(before.map(key));
	return [...kept, ...now.filter((one) => !known.has(key(one)))];
}
