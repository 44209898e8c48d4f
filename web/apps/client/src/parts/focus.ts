/** Where the focus goes when what had it goes: back to where it was, or on to what stands beside it. */

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Where it goes on, looked for when the time has come. */
export type Next = () => HTMLElement | null | undefined;

/**
 * Gives the focus back to where it was when this came up, and the page back to screen readers.
 *
 * @param next where it goes if that is gone.
 */
export function useFocusBack(next?: Next): void {
	const [before] = useState(() => document.activeElement);
	const onward = useRef(next);
	useLayoutEffect(() => {
		onward.current = next;
	}, [next]);
	useEffect(
		() => () => {
			// After whatever closes has let go of it.
			setTimeout(() => {
				const now = document.activeElement;
				// Fluent gives it to the last button that has ever opened something, whatever had it since.
				const isAstray = now === document.body || now?.getAttribute("data-tabster")?.includes("restorer");
				if (!isAstray) return;
				if (before instanceof HTMLElement && before.isConnected) before.focus();
				else give(onward.current?.());
			}, 50);
			// Fluent leaves the page hidden behind a dialog that is gone, when the focus has gone on to something new.
			setTimeout(() => {
				if (!document.querySelector('[role="dialog"]')) document.getElementById("root")?.removeAttribute("aria-hidden");
			}, 100);
		},
		[before],
	);
}

/**
 * Has whoever was in something that goes go on elsewhere: what they pressed is gone.
 *
 * @param find the same function always; it is asked while the thing is still there.
 */
export function useGoingOn<E extends HTMLElement>(find: (here: HTMLElement) => Next = beside): RefObject<E | null> {
	const box = useRef<E>(null);
	useLayoutEffect(() => {
		const here = box.current;
		return () => {
			if (!here?.contains(document.activeElement)) return;
			const next = find(here);
			setTimeout(() => {
				if (document.activeElement === document.body) give(next());
			});
		};
	}, [find]);
	return box;
}

/** What stands beside one of a list: the next that can be pressed, else the one before it, else the heading of the page. */
export function beside(here: HTMLElement): Next {
	const all = [...(here.parentElement?.children ?? [])];
	const at = all.indexOf(here);
	const near = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
	const pane = here.closest("[role=tabpanel], [data-pane]");
	return () => {
		for (const one of near) {
			const button = one.isConnected ? one.querySelector("button") : null;
			if (button) return button;
		}
		return pane?.querySelector("h1");
	};
}

/** Gives the focus to something, be it a heading, which has it only by hand. */
export function give(to: HTMLElement | null | undefined): void {
	if (!to) return;
	if (to.tabIndex < 0) to.tabIndex = -1;
	to.focus();
}
