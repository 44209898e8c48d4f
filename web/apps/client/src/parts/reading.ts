/**
 * Where one reads in something that grows at both ends: who is at its end stays there, whoever reads elsewhere isn't
 * moved by what comes before or behind. The place outlives a reload.
 */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ofTab } from "../app/storage";

/** So near to the end, in pixels, one reads what comes. */
const NEAR = 80;

const KEPT = "rapport.place.";

/** A line, and how far below the upper edge it stands, in pixels. */
interface Place {
	readonly key: string;
	readonly offset: number;
}

export interface ReadingOptions {
	/** What it is that is read. */
	readonly name: string;
	/** How many lines it has. */
	readonly count: number;
	/** The keys of its first and its last line. Each line has its own as `data-line`. */
	readonly first: string | undefined;
	readonly last: string | undefined;
	/** Whether the last line was written here: then it is where one wants to be. */
	readonly lastIsOwn: boolean;
}

export interface Reading {
	readonly ref: RefObject<HTMLDivElement | null>;
	readonly onScroll: () => void;
	/** How many lines have come below what is seen. */
	readonly below: number;
	readonly toEnd: () => void;
	/** Whether the line at which one read before the page was loaded is still to be found. */
	readonly isSeeking: boolean;
	readonly giveUp: () => void;
}

export function useReading({ name, count, first, last, lastIsOwn }: ReadingOptions): Reading {
	const ref = useRef<HTMLDivElement>(null);
	const before = useRef({ atEnd: true, count, first, last, fromEnd: 0 });
	const [below, setBelow] = useState(0);
	const [wanted, setWanted] = useState(() => kept(name));

	useLayoutEffect(() => {
		const element = ref.current;
		if (!element) return;
		const now = before.current;
		const hasNews = last !== now.last;
		const hasEarlier = first !== now.first;
		// What came before them isn't below.
		const news = hasEarlier ? 1 : Math.max(1, count - now.count);
		now.count = count;
		now.first = first;
		now.last = last;
		const line = wanted && lineOf(element, wanted.key);
		if (wanted && line) {
			element.scrollTop += offsetOf(element, line) - wanted.offset;
			now.atEnd = isAtEnd(element);
			setWanted(undefined);
		} else if (now.atEnd || (hasNews && lastIsOwn)) element.scrollTop = element.scrollHeight;
		else if (hasNews) setBelow((before) => before + news);
		else if (hasEarlier) element.scrollTop = element.scrollHeight - now.fromEnd;
		now.fromEnd = element.scrollHeight - element.scrollTop;
	});

	// A keyboard that comes up takes room from the end, not from what is read.
	useEffect(() => {
		const element = ref.current;
		if (!element) return;
		const observer = new ResizeObserver(() => {
			if (before.current.atEnd) element.scrollTop = element.scrollHeight;
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, []);

	useLayoutEffect(() => {
		const element = ref.current;
		if (!element) return;
		const keep = () => {
			const place = before.current.atEnd ? undefined : placeOf(element);
			if (place) ofTab.write(KEPT + name, JSON.stringify(place));
			else ofTab.remove(KEPT + name);
		};
		addEventListener("pagehide", keep);
		return () => {
			removeEventListener("pagehide", keep);
			keep();
		};
	}, [name]);

	const onScroll = useCallback(() => {
		const element = ref.current;
		if (!element) return;
		before.current.atEnd = isAtEnd(element);
		before.current.fromEnd = element.scrollHeight - element.scrollTop;
		if (before.current.atEnd) setBelow(0);
	}, []);
	const toEnd = useCallback(() => {
		ref.current?.scrollTo({ top: ref.current.scrollHeight });
		setBelow(0);
	}, []);
	const giveUp = useCallback(() => setWanted(undefined), []);
	return { ref, onScroll, below, toEnd, isSeeking: wanted !== undefined, giveUp };
}

/** Keeps how far something is scrolled over a reload. @param isThere whether it has what it is scrolled over. */
export function useKeptScroll(name: string, isThere: boolean): RefObject<HTMLDivElement | null> {
	const ref = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const element = ref.current;
		if (!element || !isThere) return;
		const kept = Number(ofTab.read(KEPT + name) ?? "0");
		// Whatever asks where it stands has the whole page laid out, and it begins at the top by itself.
		if (kept > 0) element.scrollTop = kept;
		const keep = () => ofTab.write(KEPT + name, String(Math.round(element.scrollTop)));
		addEventListener("pagehide", keep);
		return () => {
			removeEventListener("pagehide", keep);
			keep();
		};
	}, [name, isThere]);
	return ref;
}

function isAtEnd(element: HTMLElement): boolean {
	return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
}

function offsetOf(element: HTMLElement, line: Element): number {
	return line.getBoundingClientRect().top - element.getBoundingClientRect().top;
}

function lineOf(element: HTMLElement, key: string): Element | null {
	return element.querySelector(`[data-line="${CSS.escape(key)}"]`);
}

function placeOf(element: HTMLElement): Place | undefined {
	for (const line of element.querySelectorAll<HTMLElement>("[data-line]")) {
		const offset = offsetOf(element, line);
		const key = line.dataset["line"];
		if (key !== undefined && offset + line.offsetHeight > 0) return { key, offset: Math.round(offset) };
	}
	return undefined;
}

function kept(name: string): Place | undefined {
	try {
		const place: unknown = JSON.parse(ofTab.read(KEPT + name) ?? "null");
		if (typeof place !== "object" || place === null || !("key" in place) || !("offset" in place)) return undefined;
		const { key, offset } = place;
		return typeof key === "string" && typeof offset === "number" ? { key, offset } : undefined;
	} catch {
		return undefined;
	}
}
