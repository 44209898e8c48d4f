/**
 * The connection for events: when to connect, from where to go on, how long to wait. Sans-IO: an input and the time go
 * in, the next state and what is to be done come out; whoever drives it owns the socket and the timer.
 *
 * ```text
 *  down ──start──▶ connecting ──hello──▶ up
 *                   ▲     │ closed        │ closed
 *                   │     ▼               ▼
 *                   └── waiting ◀─────────┘        ended: signed out, nothing brings it back but start
 *
 *  up ──silent──▶ connecting
 * ```
 */

import { CLOSED, type Frame } from "@rapport/api/events";

export type Link =
	| { readonly phase: "down" | "ended" }
	| { readonly phase: "connecting"; readonly attempt: number; readonly at?: Position }
	| {
			readonly phase: "up";
			readonly at: Position;
			/** Up to which number there are things that were there before the connection, and are still to come by it. */
			readonly behind?: number;
	  }
	| {
			readonly phase: "waiting";
			readonly attempt: number;
			/** In milliseconds since 1970. */
			readonly until: number;
			/** Whether the browser itself says that there is no network. */
			readonly offline: boolean;
			readonly at?: Position;
	  };

/** What has been taken in: everything of a stream up to a number. */
export interface Position {
	readonly stream: string;
	readonly seq: number;
}

export type LinkInput =
	| { readonly type: "start" }
	| { readonly type: "frame"; readonly frame: Frame }
	| { readonly type: "closed"; readonly code: number }
	/** Nothing is heard any more on what looks like a connection. */
	| { readonly type: "silent" }
	/** No ticket was to be had: the server is away. */
	| { readonly type: "unreachable" }
	/** The session is over. */
	| { readonly type: "refused" }
	| { readonly type: "network"; readonly online: boolean }
	| { readonly type: "time" };

export type LinkEffect =
	| { readonly do: "connect"; readonly from?: Position }
	| { readonly do: "close" }
	/** To be given to the model. */
	| { readonly do: "take"; readonly frame: Frame };

/** The longest wait between two attempts, in milliseconds. */
const LONGEST_WAIT = 30_000;

export interface Step {
	readonly link: Link;
	readonly effects: readonly LinkEffect[];
}

/** @param chance between 0 and 1, so that not everybody comes back at once. */
export function step(link: Link, input: LinkInput, now: number, chance: number): Step {
	switch (input.type) {
		case "start":
			return link.phase === "down" || link.phase === "ended" ? connect(0) : stay(link);
		case "frame":
			return taken(link, input.frame);
		case "closed":
			if (link.phase !== "connecting" && link.phase !== "up") return stay(link);
			if (input.code === CLOSED.signedOut) return { link: { phase: "ended" }, effects: [] };
			// Too slow to take everything in: it is all there to go on from, at once.
			if (input.code === CLOSED.tooSlow && link.phase === "up") return connect(0, link.at);
			return wait(link, now, chance);
		case "silent": {
			if (link.phase !== "up") return stay(link);
			const again = connect(0, link.at);
			return { ...again, effects: [{ do: "close" }, ...again.effects] };
		}
		case "unreachable":
			return link.phase === "connecting" ? wait(link, now, chance) : stay(link);
		case "refused":
			return link.phase === "ended" ? stay(link) : { link: { phase: "ended" }, effects: [{ do: "close" }] };
		case "network":
			if (link.phase === "waiting") {
				return input.online ? connect(0, link.at) : stay({ ...link, offline: true });
			}
			if (input.online || link.phase === "down" || link.phase === "ended") return stay(link);
			// A socket without a network under it would say nothing for minutes.
			return {
				link: { phase: "waiting", attempt: 1, until: now + LONGEST_WAIT, offline: true, ...position(link) },
				effects: [{ do: "close" }],
			};
		case "time":
			return link.phase === "waiting" && now >= link.until ? connect(link.attempt, link.at) : stay(link);
	}
}

function taken(link: Link, frame: Frame): Step {
	if (frame.type === "hello") {
		if (link.phase !== "connecting") return stay(link);
		const before = frame.resumed && link.at?.stream === frame.stream ? link.at.seq : frame.seq;
		const isBehind = !frame.resumed || before < frame.seq;
		const at = { stream: frame.stream, seq: before };
		return { link: { phase: "up", at, ...(isBehind ? { behind: frame.seq } : {}) }, effects: [] };
	}
	if (link.phase !== "up") return stay(link);
	// A snapshot has the number of the hello before it. Anything else that is not newer has been taken in.
	if (frame.type !== "snapshot" && frame.seq <= link.at.seq) return stay(link);
	const { behind = 0 } = link;
	const at = { ...link.at, seq: frame.seq };
	return {
		link: { phase: "up", at, ...(frame.seq < behind ? { behind } : {}) },
		effects: [{ do: "take", frame }],
	};
}

/** Whether all is here that the server had to tell. */
export function isCaughtUp(link: Link): boolean {
	return link.phase === "up" && link.behind === undefined;
}

function position(link: Link): { at?: Position } {
	return "at" in link && link.at ? { at: link.at } : {};
}

function connect(attempt: number, at?: Position): Step {
	return {
		link: { phase: "connecting", attempt, ...(at ? { at } : {}) },
		effects: [{ do: "connect", ...(at ? { from: at } : {}) }],
	};
}

function wait(link: Link, now: number, chance: number): Step {
	const attempt = (link.phase === "connecting" ? link.attempt : 0) + 1;
	const longest = Math.min(LONGEST_WAIT, 500 * 2 ** (attempt - 1));
	const until = now + longest * (0.5 + chance / 2);
	return stay({ phase: "waiting", attempt, until, offline: false, ...position(link) });
}

function stay(link: Link): Step {
	return { link, effects: [] };
}
