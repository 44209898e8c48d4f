/**
 * The one socket of a page: opens it, lets it come back, also where it looks open and nobody is heard, and says on it what
 * the server is to know of whoever is here: whether the page is used, and what has been seen.
 *
 * It owns the socket, its timer, and what was said on it; when to connect is `link`'s, and what a frame means is for whoever
 * takes it.
 */

import type { Client } from "@rapport/api/client";
import type { Beat, Frame, ServerEvent } from "@rapport/api/events";
import { type EventStream, Refused } from "@rapport/api/transport";
import { type Idle, looked, unusedFor, used } from "@rapport/live/idle";
import { type Link, type LinkInput, type Position, step } from "@rapport/live/link";
import { heardAt, looked as listened, type Pulse, promised } from "@rapport/live/pulse";
import { heard, type Seen, saw, unheard } from "@rapport/live/seen";
import { Store } from "@rapport/live/store";

export interface ConnectionOptions {
	readonly client: Client;
	/** Each thing that the server tells, once and in order. */
	readonly onTold: (event: ServerEvent) => void;
	/** It stands: said after whatever has come by it. */
	readonly onUp: () => void;
	/** The server has ended it for good, and why. */
	readonly onOver: (reason: string | undefined) => void;
}

export class Connection {
	readonly link = new Store<Link>({ phase: "down" });
	readonly #options: ConnectionOptions;
	#stream: EventStream | undefined;
	#idle: Idle = { usedAt: Date.now(), active: true };
	#pulse: Pulse = { heardAt: 0, lookedAt: Date.now() };
	/** Whether the connection was opened as that of a tab in use. */
	#cameActive = true;
	#seen: Seen = new Map();
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** Counts the connections: of an older one nothing is awaited any more. */
	#attempt = 0;

	constructor(options: ConnectionOptions) {
		this.#options = options;
	}

	start(): void {
		this.#step({ type: "start" });
	}

	/** Ends it, until it is started again. */
	end(): void {
		this.#step({ type: "refused" });
	}

	/** Whoever was here has gone: what they have seen is nobody's. */
	forget(): void {
		this.#seen = new Map();
	}

	/** The browser has found or lost the network, or somebody looks at the page again. */
	network(online: boolean): void {
		if (online) this.#listen(true);
		this.#step({ type: "network", online });
	}

	used(): void {
		this.#tell(used(this.#idle, Date.now()));
	}

	/** @param after how long without use is idle, in milliseconds. */
	look(after: number): void {
		this.#listen(false);
		this.#tell(looked(this.#idle, Date.now(), after));
	}

	/** Says that a conversation was seen, up to a message where one is named; tells whether it could be said. */
	see(conversation: string, message: string | undefined): boolean {
		if (message !== undefined) this.#seen = saw(this.#seen, conversation, message);
		return this.#stream?.send({ type: "seen", conversation, ...(message !== undefined && { message }) }) ?? false;
	}

	#tell({ idle, tell }: ReturnType<typeof used>): void {
		this.#idle = idle;
		// Whoever comes back says so on the new connection.
		if (tell !== undefined) this.#stream?.send({ type: "activity", active: tell });
	}

	/** Comes back from where it is if nobody is heard any more. */
	#listen(isDoubted: boolean): void {
		const { pulse, isLost } = listened(this.#pulse, Date.now(), isDoubted);
		this.#pulse = pulse;
		if (isLost && this.link.get().phase === "up") this.#step({ type: "silent" });
	}

	#take(frame: Frame | Beat): void {
		const now = Date.now();
		this.#pulse = frame.type === "hello" ? promised(this.#pulse, now, frame.beat) : heardAt(this.#pulse, now);
		if (frame.type !== "beat") this.#step({ type: "frame", frame });
	}

	/** A connection stands: the server is told what it doesn't know. Whether the tab is used, it has heard with the question. */
	#greet(): void {
		const { active } = this.#idle;
		if (active !== this.#cameActive) this.#stream?.send({ type: "activity", active });
		for (const frame of unheard(this.#seen)) this.#stream?.send(frame);
	}

	#step(input: LinkInput): void {
		const { link, effects } = step(this.link.get(), input, Date.now(), Math.random());
		this.link.set(link);
		clearTimeout(this.#timer);
		if (link.phase === "waiting") {
			this.#timer = setTimeout(() => this.#step({ type: "time" }), Math.max(50, link.until - Date.now()));
		}
		for (const effect of effects) {
			switch (effect.do) {
				case "connect":
					void this.#connect(effect.from);
					break;
				case "close":
					this.#attempt += 1;
					this.#stream?.close();
					this.#stream = undefined;
					break;
				case "take":
					if (effect.frame.type !== "hello") {
						this.#seen = heard(this.#seen, effect.frame);
						this.#options.onTold(effect.frame);
					}
					break;
			}
		}
		if (link.phase !== "up") return;
		if (input.type === "frame" && input.frame.type === "hello") this.#greet();
		this.#options.onUp();
	}

	async #connect(from: Position | undefined): Promise<void> {
		this.#attempt += 1;
		const attempt = this.#attempt;
		// What an older connection still says is nobody's, and there is one socket at a time.
		const isCurrent = () => attempt === this.#attempt;
		const { client, onOver } = this.#options;
		let ticket: string;
		try {
			ticket = (await client.ticket()).ticket;
		} catch (error) {
			if (!isCurrent()) return;
			this.#step({ type: "unreachable" });
			if (isNobody(error)) onOver(SESSION_OVER);
			return;
		}
		if (!isCurrent()) return;
		const words = new URLSearchParams({ ticket });
		if (from) {
			words.set("stream", from.stream);
			words.set("after", String(from.seq));
		}
		const unused = unusedFor(this.#idle, Date.now());
		if (unused !== undefined) words.set("idle", String(unused));
		this.#cameActive = unused === undefined;
		this.#stream = client.transport.events(words.toString(), {
			onFrame: (frame) => isCurrent() && this.#take(frame),
			onClosed: (code, reason) => {
				if (!isCurrent()) return;
				this.#stream = undefined;
				this.#step({ type: "closed", code });
				if (this.link.get().phase === "ended") onOver(reason === "" ? undefined : reason);
			},
		});
	}
}

/** Why a session has ended whose end the server has told to nobody who listened: its time is over, say. */
export const SESSION_OVER = "session-over";

/** Whether the server says that nobody is signed in here. */
export function isNobody(error: unknown): boolean {
	return error instanceof Refused && error.problem.status === 401;
}
