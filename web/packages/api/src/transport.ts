/** How requests and events travel. One transport speaks to a server; the mock is another, in memory. */

import type { Beat, ClientFrame, Frame } from "./events";
import type { ProblemBody } from "./types";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Request {
	readonly method: Method;
	/** Below `/api/v1`, with its query. */
	readonly path: string;
	readonly body?: unknown;
	readonly csrf?: string;
}

export interface Answer {
	readonly status: number;
	/** Nothing for an empty answer. */
	readonly body: unknown;
	/** What the server's clock showed, in milliseconds since 1970, where it says so. */
	readonly at?: number;
}

export interface EventHandlers {
	readonly onFrame: (frame: Frame | Beat) => void;
	readonly onClosed: (code: number, reason: string) => void;
}

export interface EventStream {
	/** Tells whether there is a connection to say it on: there is none before the first frame. */
	readonly send: (frame: ClientFrame) => boolean;
	readonly close: () => void;
}

export interface Transport {
	/** Rejects with {@link Unreachable} when no answer came. */
	readonly request: (request: Request) => Promise<Answer>;
	/** Opens the events; whatever goes wrong is told as a close. */
	readonly events: (query: string, handlers: EventHandlers) => EventStream;
}

/** The server can't be reached. */
export class Unreachable extends Error {
	constructor() {
		super("the server can't be reached");
		this.name = "Unreachable";
	}
}

/** The server refused, and said why. */
export class Refused extends Error {
	readonly problem: ProblemBody;

	constructor(problem: ProblemBody) {
		super(problem.title);
		this.name = "Refused";
		this.problem = problem;
	}
}
