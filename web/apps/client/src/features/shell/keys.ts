/** The keys that work everywhere, and the order of panes for F6. */

import type { ChosenState } from "@rapport/api/types";
import { talksInOrder } from "@rapport/live/list";
import { type RefObject, useEffect } from "react";
import { useAct, useApp } from "../../app/context";
import { toFind } from "../../app/route";

const STATES: Readonly<Record<string, ChosenState>> = {
	KeyA: "available",
	KeyB: "busy",
	KeyD: "doNotDisturb",
	KeyY: "away",
};

/** Here Alt and Shift write letters: Option+Shift+7 is a backslash on a German keyboard. */
const hasOption = /^(?:Mac|iP)/.test(navigator.platform);

export function useKeys(root: RefObject<HTMLElement | null>): void {
	const { session, router, shown } = useApp();
	const act = useAct();
	useEffect(() => {
		const search = () =>
			[...(root.current?.querySelectorAll<HTMLInputElement>('[role="search"] input[type="search"]') ?? [])].find(
				(one) => one.checkVisibility(),
			);

		/** Goes to Find, and no further: what is open beside it stays open. */
		function find(): void {
			const hasList = root.current?.querySelector('[data-pane="list"]')?.checkVisibility() ?? false;
			const to = toFind(router.get(), { hasList, hasBox: search() !== undefined });
			if (to) router.go(to);
			requestAnimationFrame(() => search()?.focus());
		}

		function conversation(at: number): void {
			const there = talksInOrder(session.live.get().conversations)[at];
			if (there) router.go({ page: "conversation", person: there.with.id, panel: "conversations" });
		}

		function nextPane(back: boolean): void {
			const panes = [...(root.current?.querySelectorAll<HTMLElement>("[data-pane]") ?? [])].filter((pane) =>
				pane.checkVisibility(),
			);
			const now = panes.findIndex((pane) => pane.contains(document.activeElement));
			const next = panes[(now + (back ? panes.length - 1 : 1)) % panes.length];
			const first = next?.querySelector<HTMLElement>(
				'[data-first], [role="listbox"] [tabindex="0"], textarea, button:not([disabled]), input, [tabindex="0"]',
			);
			first?.focus();
		}

		function onKey(event: KeyboardEvent): void {
			const target = event.target instanceof HTMLElement ? event.target : undefined;
			const isWriting = target?.matches("input, textarea, [contenteditable]") ?? false;
			if (event.key === "F6") {
				nextPane(event.shiftKey);
			} else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
				find();
			} else if (event.altKey && event.shiftKey && !event.ctrlKey && !(hasOption && isWriting)) {
				const state = STATES[event.code];
				const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
				if (state) void act(() => session.client.setStatus(state));
				else if (digit) conversation(Number(digit) - 1);
				else return;
			} else if (!isWriting && event.key === "/") {
				find();
			} else if (!isWriting && event.key === "?") {
				shown.keys.set(true);
			} else if (event.key === "Escape" && !event.defaultPrevented && router.get().page === "conversation") {
				if (document.querySelector('[role="menu"], [role="dialog"]')) return;
				const route = router.get();
				router.go({ page: "list", panel: "panel" in route ? route.panel : "contacts" });
			} else {
				return;
			}
			event.preventDefault();
		}

		addEventListener("keydown", onKey);
		return () => removeEventListener("keydown", onKey);
	}, [root, session, router, shown, act]);
}
