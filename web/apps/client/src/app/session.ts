/**
 * Drives the live model: asks, listens, sends what waits, and keeps what was written beside the page.
 *
 * It owns the timers and the order of requests; what an event means is `live`'s, what a request looks like is `api`'s.
 */

import type { Client } from "@rapport/api/client";
import { type EventStream, Refused, Unreachable } from "@rapport/api/transport";
import type {
	AccessLevel,
	AccessOf,
	Message,
	PersonRef,
	Reason,
	Settings,
	Session as Signed,
} from "@rapport/api/types";
import {
	answered,
	apply,
	letGo,
	typingAt,
	withEntry,
	withMessages,
	without,
	withoutMessages,
	withPage,
} from "@rapport/live/apply";
import { type Idle, looked, used } from "@rapport/live/idle";
import { type Link, type LinkInput, type Position, step } from "@rapport/live/link";
import { discarded, drafted, failed, nextToSend, postponed, queued, retried, sending } from "@rapport/live/outbox";
import { conversationWith, EMPTY, isGoing, type Live, type Waiting } from "@rapport/live/state";
import { Store } from "@rapport/live/store";
import { Keeper } from "./keeper";

export type Standing =
	| { readonly at: "starting"; readonly unreachable: boolean }
	| { readonly at: "signedOut"; readonly reason?: string }
	| { readonly at: "signedIn"; readonly session: Signed };

export interface Heard {
	/** By whom: an id. */
	readonly person: string;
	readonly text: string;
}

/** How long a message waits that could not be sent although the connection is there, in milliseconds. */
const RETRY = 3_000;

export class Session {
	readonly client: Client;
	readonly live = new Store<Live>(EMPTY);
	readonly link = new Store<Link>({ phase: "down" });
	readonly standing = new Store<Standing>({ at: "starting", unreachable: false });
	/** Levels of access that were set by hand, by person; nothing until they have been asked for. */
	readonly levels = new Store<ReadonlyMap<string, AccessLevel> | undefined>(undefined);
	/** The last message that came in while this page was listening. */
	readonly heard = new Store<Heard | undefined>(undefined);
	#keeper: Keeper | undefined;
	#stream: EventStream | undefined;
	#idle: Idle = { usedAt: Date.now(), active: true };
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** A change of password that is under way. */
	#changing: Promise<void> | undefined;

	constructor(client: Client) {
		this.client = client;
		this.live.subscribe(() => this.#flush());
	}

	/** Finds out whether somebody is signed in, as after a reload. */
	async start(): Promise<void> {
		try {
			this.#enter(await this.client.session());
		} catch (error) {
			if (error instanceof Refused && error.problem.status < 500) {
				this.standing.set({ at: "signedOut" });
				return;
			}
			this.standing.set({ at: "starting", unreachable: true });
			setTimeout(() => void this.start(), RETRY);
		}
	}

	async signIn(address: string, password: string, label: string): Promise<void> {
		this.#enter(await this.client.signIn(address, password, label));
	}

	async signOut(): Promise<void> {
		await this.client.signOut();
		this.#leave("ended-by-you");
	}

	#enter(session: Signed): void {
		this.live.set(EMPTY);
		this.#keeper = new Keeper(session.user.id, this.live);
		this.standing.set({ at: "signedIn", session });
		this.#step({ type: "start" });
	}

	#leave(reason: string | undefined): void {
		this.#step({ type: "refused" });
		this.#keeper?.stop();
		this.#keeper = undefined;
		this.live.set(EMPTY);
		this.levels.set(undefined);
		this.standing.set({ at: "signedOut", ...(reason ? { reason } : {}) });
	}

	/** Changes the password. The session goes on under a new id. */
	async changePassword(current: string, next: string): Promise<void> {
		this.#changing = this.client.changePassword(current, next);
		try {
			await this.#changing;
		} finally {
			this.#changing = undefined;
		}
	}

	/** The server has ended the stream for good. Whoever has changed their password here has a session all the same. */
	async #ended(reason: string | undefined): Promise<void> {
		// The stream ends before the answer with the new session is here.
		await this.#changing?.catch(() => undefined);
		try {
			const session = await this.client.session();
			this.standing.set({ at: "signedIn", session });
			this.#step({ type: "start" });
		} catch (error) {
			if (error instanceof Unreachable) setTimeout(() => void this.#ended(reason), RETRY);
			else this.#leave(reason ?? this.live.get().signedOut);
		}
	}

	/** The browser has found or lost the network, or the page has come back to the front. */
	network(online: boolean): void {
		this.#step({ type: "network", online });
	}

	reconnect(): void {
		this.#step({ type: "network", online: true });
	}

	used(): void {
		this.#tell(used(this.#idle, Date.now()));
	}

	/** Looks whether time has changed something. */
	tick(): void {
		const now = Date.now();
		this.live.update((live) => typingAt(live, now));
		const { idleMinutes } = this.live.get().limits;
		this.#tell(looked(this.#idle, now, idleMinutes * 60_000));
	}

	#tell({ idle, tell }: ReturnType<typeof used>): void {
		this.#idle = idle;
		if (tell !== undefined) this.#stream?.send({ type: "activity", active: tell });
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
					this.#stream?.close();
					this.#stream = undefined;
					break;
				case "take":
					if (effect.frame.type !== "hello") {
						const { frame } = effect;
						const before = this.live.get();
						this.live.update((live) => apply(live, frame, Date.now()));
						if (frame.type === "message") this.#heard(before, frame.message);
						// Whichever of the two comes first.
						if (frame.type === "conversation" && frame.conversation.unread > 0)
							this.#heard(before, frame.conversation.lastMessage);
						if (frame.type === "snapshot") this.#settle();
					}
					break;
			}
		}
		if (link.phase === "up") this.#flush();
	}

	#heard(before: Live, message: Message | undefined): void {
		if (message?.direction !== "in") return;
		const { id, text, from, conversation } = message;
		const person = this.live.get().conversations.get(conversation)?.with.id ?? from;
		const known = before.talks.get(person)?.messages.some((one) => one.id === id);
		if (!known) this.heard.set({ person, text });
	}

	async #connect(from: Position | undefined): Promise<void> {
		let ticket: string;
		try {
			ticket = (await this.client.ticket()).ticket;
		} catch (error) {
			if (error instanceof Refused && error.problem.status === 401) this.#leave(undefined);
			else this.#step({ type: "unreachable" });
			return;
		}
		const words = new URLSearchParams({ ticket });
		if (from) {
			words.set("stream", from.stream);
			words.set("after", String(from.seq));
		}
		// What an older stream still says is nobody's.
		const isCurrent = () => this.#stream === stream;
		const stream = this.client.transport.events(words.toString(), {
			onFrame: (frame) => isCurrent() && this.#step({ type: "frame", frame }),
			onClosed: (code, reason) => {
				if (!isCurrent()) return;
				this.#stream = undefined;
				this.#step({ type: "closed", code });
				if (this.link.get().phase === "ended") void this.#ended(reason === "" ? undefined : reason);
			},
		});
		this.#stream = stream;
		if (!this.#idle.active) stream.send({ type: "activity", active: false });
	}

	// Conversations

	write(to: PersonRef, text: string, html?: string): void {
		const clientId = crypto.randomUUID();
		const message = { clientId, to, text, at: Date.now(), ...(html === undefined ? {} : { html }) };
		this.live.update((live) => queued(live, message));
	}

	draft(person: string, text: string, html?: string): void {
		this.live.update((live) => drafted(live, person, text, html));
	}

	retry(clientId: string): void {
		this.live.update((live) => retried(live, clientId));
	}

	/** Sends a message that was not delivered once more, as the same message. */
	async resend(person: PersonRef, message: Message): Promise<void> {
		const { reason: _, ...again } = message;
		const show = (one: Message) => this.live.update((live) => withMessages(live, person.id, [one]));
		show({ ...again, delivery: "sending" });
		const { text, html, clientId = crypto.randomUUID() } = message;
		try {
			const sent = await this.#send(person.id, { clientId, text, ...(html === undefined ? {} : { html }) });
			this.live.update((live) => answered(live, person.id, sent));
		} catch (error) {
			if (!(error instanceof Refused)) return show(message);
			const { code, title } = error.problem;
			show({ ...message, delivery: "failed", reason: { code, title } });
		}
	}

	/** Sends a message in the conversation that is going on, or in another; so, too, if the server knows that one no more. */
	async #send(person: string, message: { clientId: string; text: string; html?: string }): Promise<Message> {
		const there = conversationWith(this.live.get(), person);
		if (there && isGoing(there)) {
			try {
				if (there.state === "ringing") await this.client.openConversation(there.id);
				return await this.client.send(there.id, message);
			} catch (error) {
				if (!(error instanceof Refused && error.problem.code === "not-found")) throw error;
			}
		}
		const conversation = await this.client.converse(person);
		return this.client.send(conversation.id, message);
	}

	/** What became of messages that were under way when the stream broke is found by sending them again: nothing goes twice. */
	#settle(): void {
		const live = this.live.get();
		for (const [id, { messages }] of live.talks) {
			const person = live.contacts.get(id)?.person ?? conversationWith(live, id)?.with;
			for (const message of messages) {
				const isOpen = message.direction === "out" && message.delivery === "sending" && message.clientId;
				if (isOpen && person) void this.resend(person, message);
			}
		}
	}

	discard(clientId: string): void {
		this.live.update((live) => discarded(live, clientId));
	}

	/** Everything of a person up to the last message has been read. */
	seen(person: string): void {
		for (const conversation of this.live.get().conversations.values()) {
			if (conversation.with.id !== person || conversation.unread === 0) continue;
			const last = this.live.get().talks.get(person)?.messages.at(-1);
			if (last) this.#stream?.send({ type: "seen", conversation: conversation.id, message: last.id });
			this.live.update((live) =>
				apply(live, { type: "conversation", conversation: { ...conversation, unread: 0 } }, Date.now()),
			);
		}
	}

	/** Answers what rings, when its person opens it. */
	async open(person: string): Promise<void> {
		const conversation = conversationWith(this.live.get(), person);
		if (conversation?.state !== "ringing") return;
		const opened = await this.client.openConversation(conversation.id);
		this.live.update((live) => apply(live, { type: "conversation", conversation: opened }, Date.now()));
	}

	/** Asks for what was said before the earliest message that is here, or for the latest where nothing is known yet. */
	async earlier(person: string): Promise<void> {
		const talk = this.live.get().talks.get(person);
		const isLatest = talk?.hasEarlier === undefined;
		try {
			const page = await this.client.history({ with: person }, isLatest ? undefined : talk?.messages[0]?.id);
			this.live.update((live) => withPage({ ...live, keepsNone: false }, person, page, isLatest));
		} catch (error) {
			const code = error instanceof Refused ? error.problem.code : undefined;
			if (code !== "not-found" && code !== "history-off") throw error;
			const messages = await this.#ofAgent(person);
			this.live.update((live) => withMessages({ ...live, keepsNone: code === "history-off" }, person, messages, false));
		}
	}

	/** What was said while this browser was away, where nothing of it is kept for longer. */
	async #ofAgent(person: string): Promise<readonly Message[]> {
		const conversation = conversationWith(this.live.get(), person);
		if (!conversation) return [];
		try {
			return (await this.client.messagesOf(conversation.id)).messages;
		} catch (error) {
			// It has gone meanwhile.
			if (error instanceof Refused && error.problem.code === "not-found") return [];
			throw error;
		}
	}

	/** A conversation is left: what was said long ago goes, to be asked for when it is read again. */
	letGo(person: string): void {
		this.live.update((live) => letGo(live, person));
	}

	/** Deletes for good one message, everything of a person, or everything. */
	async forget(which: { readonly message: string } | { readonly person: string } | "everything"): Promise<void> {
		if (which === "everything") await this.client.deleteHistory();
		else if ("person" in which) await this.client.deleteHistory(which.person);
		else await this.client.deleteMessage(which.message);
		this.live.update((live) => withoutMessages(live, which === "everything" ? {} : which));
	}

	// Settings

	/** Changes some of what is set: on screen at once, and once more on top where another browser was quicker. */
	async set(part: Partial<Settings>): Promise<void> {
		const show = (change: (settings: Settings) => Settings) =>
			this.live.update((live) => apply(live, { type: "settings", settings: change(live.settings) }, Date.now()));
		const before = this.live.get().settings;
		show((now) => ({ ...now, ...part }));
		try {
			const kept = await this.#save({ ...before, ...part }, part);
			show(() => kept);
		} catch (error) {
			const names = Object.keys(part);
			const undone = Object.fromEntries(Object.entries(before).filter(([name]) => names.includes(name)));
			show((now) => ({ ...now, ...undone }));
			throw error;
		}
	}

	async #save(settings: Settings, part: Partial<Settings>): Promise<Settings> {
		for (let turn = 1, wanted = settings; ; turn++) {
			try {
				return await this.client.saveSettings(wanted);
			} catch (error) {
				const isStale = error instanceof Refused && error.problem.code === "stale-version";
				if (!isStale || turn === 4) throw error;
				wanted = { ...(await this.client.settings()), ...part };
			}
		}
	}

	// Levels of access

	/** Asks who has a level of their own, once. */
	async learnLevels(): Promise<void> {
		if (this.levels.get()) return;
		const { levels } = await this.client.explicitAccess();
		const entries = levels.flatMap(({ level, people }) => people.map((person) => [person.id, level] as const));
		this.levels.set(new Map(entries));
	}

	async access(person: string): Promise<AccessOf> {
		const access = await this.client.access(person);
		this.#learn(person, access);
		return access;
	}

	async setAccess(person: string, level: AccessLevel): Promise<AccessOf> {
		const access = await this.client.setAccess(person, level);
		this.#learn(person, access);
		return access;
	}

	/** Lets somebody who has added me see nothing. */
	async blockAdder(person: string): Promise<void> {
		await this.client.blockAdder(person);
		this.#learn(person, { level: "blocked", isExplicit: true });
	}

	#learn(person: string, { level, isExplicit }: Pick<AccessOf, "level" | "isExplicit">): void {
		this.levels.update((levels) => levels && (isExplicit ? withEntry(levels, person, level) : without(levels, person)));
	}

	#flush(): void {
		if (this.link.get().phase !== "up") return;
		for (const message of nextToSend(this.live.get())) {
			this.live.update((live) => sending(live, message.clientId));
			void this.#deliver(message);
		}
	}

	async #deliver({ clientId, to, text, html }: Waiting): Promise<void> {
		try {
			const sent = await this.#send(to.id, { clientId, text, ...(html === undefined ? {} : { html }) });
			this.live.update((live) => answered(live, to.id, sent));
		} catch (error) {
			this.#notDelivered(clientId, error);
		}
	}

	#notDelivered(clientId: string, error: unknown): void {
		const isLater =
			error instanceof Unreachable || (error instanceof Refused && [401, 429, 503].includes(error.problem.status));
		if (isLater) {
			// It stays under way until then, so that nothing sends it in a circle.
			const wait = error instanceof Refused ? (error.problem.retryAfterSecs ?? RETRY / 1000) * 1000 : RETRY;
			setTimeout(() => this.live.update((live) => postponed(live, clientId)), wait);
			return;
		}
		const reason: Reason =
			error instanceof Refused
				? { code: error.problem.code, title: error.problem.title }
				: { code: "internal", title: String(error) };
		this.live.update((live) => failed(live, clientId, reason));
	}
}
