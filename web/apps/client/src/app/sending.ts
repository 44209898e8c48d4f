/**
 * Sends what was written: messages in order, each once, and the note; waits where the server is away, and says why where it
 * refuses.
 *
 * It owns when something is sent and what becomes of it. What waits is part of what is known (`live`), which is kept
 * beside the page; who is signed in, and whether a connection stands, is the session's.
 */

import type { Client } from "@rapport/api/client";
import { Refused, Unreachable } from "@rapport/api/transport";
import type { Message, PersonRef, Reason } from "@rapport/api/types";
import { answered, apply, withMessages } from "@rapport/live/apply";
import { failed, met, newNote, nextToSend, noted, postponed, queued, sending } from "@rapport/live/outbox";
import { conversationWith, isGoing, type Live, type Note, type Waiting } from "@rapport/live/state";
import type { Store } from "@rapport/live/store";

/** How long to wait before what could not be done is tried again, in milliseconds. */
const RETRY = 3_000;

type Update = (change: (live: Live) => Live) => void;

export interface SendingOptions {
	readonly client: Client;
	readonly live: Store<Live>;
	/** Whether a connection stands. */
	readonly isUp: () => boolean;
	/** Whether all has come by it that was there before. */
	readonly isCaughtUp: () => boolean;
	/** What changes what is known of whoever is here now, and does nothing once they have gone. */
	readonly updating: () => Update;
}

export class Sending {
	readonly #client: Client;
	readonly #live: Store<Live>;
	readonly #isUp: () => boolean;
	readonly #isCaughtUp: () => boolean;
	readonly #updating: () => Update;
	/** Messages that go once more and are under way, or wait for their time: by id. */
	readonly #busy = new Set<string>();
	/** Those whose time has come, each with whom it is for. */
	readonly #due = new Map<string, string>();

	constructor({ client, live, isUp, isCaughtUp, updating }: SendingOptions) {
		this.#client = client;
		this.#live = live;
		this.#isUp = isUp;
		this.#isCaughtUp = isCaughtUp;
		this.#updating = updating;
	}

	write(to: PersonRef, text: string, html?: string): void {
		const clientId = crypto.randomUUID();
		const message = { clientId, to, text, at: Date.now(), ...(html === undefined ? {} : { html }) };
		this.#live.update((live) => queued(live, message));
	}

	/** Sends whatever waits and may go now. */
	flush(): void {
		if (!this.#isUp()) return;
		for (const message of nextToSend(this.#live.get())) {
			this.#live.update((live) => sending(live, message.clientId));
			void this.#deliver(message);
		}
		for (const [id, person] of [...this.#due]) {
			if (this.#busy.has(id)) continue;
			this.#due.delete(id);
			const message = this.#live
				.get()
				.talks.get(person)
				?.messages.find((one) => one.id === id);
			if (message && isOpen(message)) void this.resend(person, message);
		}
		const { note, me } = this.#live.get();
		if (note?.state === "waiting" && me && this.#isCaughtUp()) this.#sayLate(note, me.note);
	}

	/**
	 * Sends a message that was not delivered once more, as the same message; again and again while the server is away.
	 *
	 * @param person the other's id: of whom it was said to nothing else may be known any more.
	 */
	async resend(person: string, message: Message): Promise<void> {
		const { reason: _, clientId = crypto.randomUUID(), ...rest } = message;
		const { text, html } = rest;
		const update = this.#updating();
		const show = (one: Message) => update((live) => withMessages(live, person, [one]));
		if (this.#busy.has(message.id)) {
			// It failed, and the answer that it was taken is on its way still: it goes once more after that.
			if (message.delivery === "failed") {
				this.#due.set(message.id, person);
				show({ ...rest, clientId, delivery: "sending" });
			}
			return;
		}
		this.#busy.add(message.id);
		show({ ...rest, clientId, delivery: "sending" });
		try {
			const sent = await this.#send(person, { clientId, text, ...(html === undefined ? {} : { html }) });
			this.#busy.delete(message.id);
			update((live) => answered(live, person, sent));
			if (this.#due.has(message.id)) this.flush();
		} catch (error) {
			if (isLater(error)) {
				setTimeout(() => {
					this.#busy.delete(message.id);
					this.#due.set(message.id, person);
					this.flush();
				}, waitOf(error));
				return;
			}
			this.#busy.delete(message.id);
			this.#due.delete(message.id);
			show({ ...rest, clientId, delivery: "failed", reason: reasonOf(error) });
		}
	}

	/** What became of messages that were under way when the stream broke is found by sending them again: nothing goes twice. */
	settle(): void {
		for (const [person, { messages }] of this.#live.get().talks) {
			for (const message of messages) if (isOpen(message)) void this.resend(person, message);
		}
	}

	/** Says what is on the person's mind. Until the server has it, it stands in `live`, with why not. */
	async setNote(text: string): Promise<void> {
		await this.#tell(newNote(this.#live.get(), text, Date.now()));
	}

	/** Says a note that has waited, unless another one was set elsewhere meanwhile: that is the later one. */
	#sayLate(note: Note, stands: string): void {
		const now = met(note, stands);
		if (now?.state === "late") void this.#tell(now);
		else this.#live.update((live) => noted(live, now));
	}

	async #tell(note: Note): Promise<void> {
		const update = this.#updating();
		// Another one may have been written meanwhile, which counts.
		const replace = (before: Note, after: Note | undefined) =>
			update((live) => (live.note === before ? noted(live, after) : live));
		this.#live.update((live) => noted(live, note));
		try {
			const me = await this.#client.setNote(note.text);
			update((live) => apply(live, { type: "me", me }, Date.now()));
			replace(note, undefined);
		} catch (error) {
			if (!isLater(error)) return replace(note, { ...note, state: "refused", reason: reasonOf(error) });
			const late: Note = { ...note, state: "late" };
			replace(note, late);
			setTimeout(() => replace(late, { ...late, state: "waiting" }), waitOf(error));
		}
	}

	async #deliver({ clientId, to, text, html }: Waiting): Promise<void> {
		const update = this.#updating();
		try {
			const sent = await this.#send(to.id, { clientId, text, ...(html === undefined ? {} : { html }) });
			update((live) => answered(live, to.id, sent));
		} catch (error) {
			this.#notDelivered(clientId, error, update);
		}
	}

	/** Sends a message in the conversation that is going on, or in another; so, too, if the server knows that one no more. */
	async #send(person: string, message: { clientId: string; text: string; html?: string }): Promise<Message> {
		const there = conversationWith(this.#live.get(), person);
		if (there && isGoing(there)) {
			try {
				if (there.state === "ringing") await this.#client.openConversation(there.id);
				return await this.#client.send(there.id, message);
			} catch (error) {
				if (!(error instanceof Refused && error.problem.code === "not-found")) throw error;
			}
		}
		const conversation = await this.#client.converse(person);
		return this.#client.send(conversation.id, message);
	}

	#notDelivered(clientId: string, error: unknown, update: Update): void {
		if (isLater(error)) {
			// It stays under way until then, so that nothing sends it in a circle.
			setTimeout(() => update((live) => postponed(live, clientId)), waitOf(error));
			return;
		}
		update((live) => failed(live, clientId, reasonOf(error)));
	}
}

/** Whether it isn't known what became of a message of ours. */
function isOpen({ direction, delivery, clientId }: Message): boolean {
	return direction === "out" && delivery === "sending" && clientId !== undefined;
}

function reasonOf(error: unknown): Reason {
	if (!(error instanceof Refused)) return { code: "internal", title: String(error) };
	const { code, title } = error.problem;
	return { code, title };
}

/** What says that it could be done at another time; by 502 and 504 it is what stands before a server that is away. */
const LATER: readonly number[] = [401, 429, 502, 503, 504];

/** Whether it could be done at another time. */
function isLater(error: unknown): boolean {
	return error instanceof Unreachable || (error instanceof Refused && LATER.includes(error.problem.status));
}

/** When to try again, in milliseconds. */
function waitOf(error: unknown): number {
	return error instanceof Refused ? (error.problem.retryAfterSecs ?? RETRY / 1000) * 1000 : RETRY;
}
