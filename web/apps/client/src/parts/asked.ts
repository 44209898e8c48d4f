/** Something asked of the server for one page: waiting, here, or why not. */

import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { useCallback, useEffect, useState } from "react";
import { reasonOf, useApp } from "../app/context";

export interface Asked<T> {
	readonly value: T | undefined;
	readonly reason: string | undefined;
	/** What the reason was made of. */
	readonly error: unknown;
	readonly again: () => void;
}

/** @param ask the same function as long as the same is asked. */
export function useAsked<T>(ask: () => Promise<T>): Asked<T> {
	const text = useText();
	const [answer, setAnswer] = useState<{ value?: T; error?: unknown }>({});
	const [turn, setTurn] = useState(0);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a turn is a wish to be asked again
	useEffect(() => {
		let isWanted = true;
		ask().then(
			(value) => isWanted && setAnswer({ value }),
			(error: unknown) => isWanted && setAnswer((before) => ({ ...before, error })),
		);
		return () => {
			isWanted = false;
		};
	}, [ask, turn]);
	const again = useCallback(() => setTurn((before) => before + 1), []);
	useComingBack(answer.error instanceof Unreachable, again);
	return {
		value: answer.value,
		reason: answer.error === undefined ? undefined : reasonOf(answer.error, text),
		error: answer.error,
		again,
	};
}

/** What could not be asked because the server was away is asked again by itself when it is back. */
export function useComingBack(isAwaited: boolean, again: () => void): void {
	const { session } = useApp();
	useEffect(() => {
		if (!isAwaited) return;
		let wasUp = session.link.get().phase === "up";
		return session.link.subscribe(() => {
			const isUp = session.link.get().phase === "up";
			if (isUp && !wasUp) again();
			wasUp = isUp;
		});
	}, [session, isAwaited, again]);
}
