/** The keys that work everywhere, and the order of panes for F6. */

import type { ChosenState } from "@rapport/api/types";
import { isGoing } from "@rapport/live/state";
import { type RefObject, useEffect } from "react";
import { useAct, useApp } from "../../app/context";

const STATES: Readonly<Record<string, ChosenState>> = {
	KeyA: "available",
	KeyB: "busy",
	KeyD: "doNotDisturb",
	KeyY: "away",
};

export function useKeys(root: RefObject<HTMLElement | null>): void {
	const { session, router, shown } = useApp();
	const act = useAct();
	useEffect(() => {
		function find(): void {
			if (router.get().page !== "list") router.go({ page: "list", panel: "contacts" });
			requestAnimationFrame(() => root.current?.querySelector<HTMLInputElement>('input[type="search"]')?.focus());
		}

		function conversation(at: number): void {
			const going = [...session.live.get().conversations.values()].filter(isGoing);
			const there = going[at];
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
			} else if (event.altKey && event.shiftKey && !event.ctrlKey) {
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
