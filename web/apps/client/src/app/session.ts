/**
 * Drives the live model: who is here, what the server tells, what they ask for. What is written goes by `sending`, what
 * comes by `connection`.
 *
 * It owns the order of requests; what an event means is `live`'s, what a request looks like is `api`'s.
 */

import type { Client } from "@rapport/api/client";
import type { Change } from "@rapport/api/events";
import { Refused } from "@rapport/api/transport";
import type {
	AccessLevel,
	AccessOf,
	ExplicitAccess,
	Message,
	PersonRef,
	Settings,
	Session as Signed,
} from "@rapport/api/types";
import {
	apply,
	letGo,
	typingAt,
	withEntry,
	withMessages,
	without,
	withoutMessages,
	withPage,
} from "@rapport/live/apply";
import { isCaughtUp, type Link } from "@rapport/live/link";
import { discarded, drafted, isFarTooLong, isUnderWay, isWritten, noted, retried } from "@rapport/live/outbox";
import { conversationWith, EMPTY, type Live } from "@rapport/live/state";
import { Store } from "@rapport/live/store";
import type { Heard } from "@rapport/live/telling";
import { Connection, isNobody, SESSION_OVER } from "./connection";
import { forgetKept, isAnythingKept, Keeper } from "./keeper";
import { forgetLanguage, keepLook, lookKept } from "./look";
import { Sending } from "./sending";
import { ofBrowser } from "./storage";
import { NO_TABS, type Tabs, type Told } from "./tabs";

export type Standing =
	| { readonly at: "starting"; readonly unreachable: boolean }
	| { readonly at: "signedOut"; readonly reason?: string }
	| { readonly at: "signedIn"; readonly session: Signed };

/** Before the id of a person: where they said to be with this browser. */
const PLACE = "rapport.place.";

/** By how many minutes this browser's clock is ahead of UTC. */
function utcOffsetMinutes(): number {
	return -new Date().getTimezoneOffset();
}

/** Of how many people it is asked when they were talked to last: more than are shown, since favourites stand elsewhere. */
const RECENTS = 25;

/** How long to wait before what could not be done is tried again, in milliseconds. */
const RETRY = 3_000;

/** How long another tab may take to tell of the session that follows a change of password, in milliseconds. */
const WORD = 1_000;

/** Why a session ends of which the person leaves nothing behind in this browser. */
const LEAVES_NOTHING: ReadonlySet<string> = new Set(["ended-by-you", "removed"]);

export class Session {
	readonly client: Client;
	readonly live = new Store<Live>(blank());
	readonly standing = new Store<Standing>({ at: "starting", unreachable: false });
	/** Levels of access that were set by hand, by person; nothing until they have been asked for. */
	readonly levels = new Store<ReadonlyMap<string, AccessLevel> | undefined>(undefined);
	/** The last message that came in while this page was listening. */
	readonly heard = new Store<Heard | undefined>(undefined);
	/** Whether something was written that this browser can't keep. */
	readonly unkept = new Store(false);
	#keeper: Keeper | undefined;
	/** The settings whose look is kept. */
	#kept: Settings | undefined;
	#isSayingPlace = false;
	/** Where the person said to be, where this browser can't keep it. */
	#placeUnkept: string | undefined;
	/** Counts who has come and gone here: what was asked for before is nothing for whoever is here now. */
	#era = 0;
	/** Finding out once more who is signed in. */
	#again: ReturnType<typeof setTimeout> | undefined;
	/** Whether somebody is signing out on this page. */
	#isByHand = false;
	/** A change of password that is under way. */
	#changing: Promise<unknown> | undefined;
	#renewing: Promise<boolean> | undefined;
	readonly #tabs: Tabs;
	readonly #sending: Sending;
	readonly #connection: Connection;

	constructor(client: Client, tabs: Tabs = NO_TABS) {
		this.client = client;
		this.#tabs = tabs;
		this.#connection = new Connection({
			client,
			onTold: (frame) => this.#take(frame),
			onUp: () => this.#sending.flush(),
			onOver: (reason) => void this.#ended(reason),
		});
		this.#sending = new Sending({
			client,
			live: this.live,
			isUp: () => this.link.get().phase === "up",
			isCaughtUp: () => isCaughtUp(this.link.get()),
			updating: () => this.#updating(),
		});
		client.renew = () => this.#renew();
		tabs.listen((told) => this.#told(told));
		this.live.subscribe(() => {
			this.#keepLook();
			this.#sending.flush();
		});
		let wasUp = false;
		this.link.subscribe(() => {
			const isUp = this.link.get().phase === "up";
			if (isUp !== wasUp) this.#lookAround();
			wasUp = isUp;
		});
	}

	/** The connection for events. */
	get link(): Store<Link> {
		return this.#connection.link;
	}

	/** Finds out whether somebody is signed in, as after a reload. */
	async start(): Promise<void> {
		clearTimeout(this.#again);
		const isCurrent = this.#inThisEra();
		try {
			const session = await this.client.session();
			if (isCurrent()) this.#enter(session);
		} catch (error) {
			if (!isCurrent()) return;
			clearTimeout(this.#again);
			if (isNobody(error)) {
				this.#blank();
				this.standing.set({ at: "signedOut" });
				return;
			}
			this.standing.set({ at: "starting", unreachable: true });
			this.#again = setTimeout(() => void this.start(), RETRY);
		}
	}

	async signIn(address: string, password: string, label: string): Promise<void> {
		this.#enter(await this.client.signIn(address, password, label));
		this.#tabs.tell({ type: "signedIn" });
	}

	/** Signs out, in every tab of this browser; what was written and not sent is deleted. */
	async signOut(): Promise<void> {
		const standing = this.standing.get();
		const isCurrent = this.#inThisEra();
		// The stream ends before the answer is here: it is by this hand, all the same.
		this.#isByHand = true;
		try {
			await this.client.signOut();
		} catch (error) {
			// It was over already.
			if (!isNobody(error)) {
				this.#isByHand = false;
				throw error;
			}
		}
		if (standing.at === "signedIn") this.#tabs.tell({ type: "signedOut", user: standing.session.user.id });
		// That the session is over may have been found out before.
		if (isCurrent()) this.#leave("ended-by-you");
	}

	/** Whether something was written here, in whichever tab, that has not been sent, or not arrived as far as is known. */
	hasUnsent(): boolean {
		const standing = this.standing.get();
		const live = this.live.get();
		return (
			isWritten(live) || isUnderWay(live) || (standing.at === "signedIn" && isAnythingKept(standing.session.user.id))
		);
	}

	#enter(session: Signed): void {
		const standing = this.standing.get();
		if (standing.at === "signedIn") {
			if (standing.session.user.id === session.user.id) {
				this.#goOn(session);
				return;
			}
			this.#leave(undefined);
		}
		this.#era += 1;
		clearTimeout(this.#again);
		this.live.set(blank());
		this.#keeper = new Keeper(session.user.id, this.live, this.unkept);
		this.standing.set({ at: "signedIn", session });
		this.#connection.start();
	}

	/** The same person goes on, maybe under another session: events are told to each by itself. */
	#goOn(session: Signed): void {
		const standing = this.standing.get();
		const isSame = standing.at === "signedIn" && standing.session.csrf === session.csrf;
		this.standing.set({ at: "signedIn", session });
		if (!isSame) this.#connection.end();
		this.#connection.start();
	}

	#leave(reason: string | undefined): void {
		const standing = this.standing.get();
		this.#era += 1;
		clearTimeout(this.#again);
		this.#connection.end();
		this.#keeper?.stop();
		this.#keeper = undefined;
		this.#placeUnkept = undefined;
		// Whoever signs out here has been asked, whatever is heard of it first.
		if (standing.at === "signedIn" && (this.#isByHand || LEAVES_NOTHING.has(reason ?? ""))) {
			forgetKept(standing.session.user.id);
			ofBrowser.remove(PLACE + standing.session.user.id);
		}
		this.client.forget();
		this.#connection.forget();
		this.#blank();
		this.levels.set(undefined);
		this.heard.set(undefined);
		// Whoever signs out here needs no word of it.
		this.standing.set({ at: "signedOut", ...(reason && !this.#isByHand ? { reason } : {}) });
		this.#isByHand = false;
	}

	/** Nobody is here: whoever comes next reads what their browser asks for. */
	#blank(): void {
		forgetLanguage();
		this.live.set(blank());
	}

	#keepLook(): void {
		const { ready, settings } = this.live.get();
		if (!ready || settings === this.#kept) return;
		this.#kept = settings;
		keepLook(settings);
	}

	#inThisEra(): () => boolean {
		const era = this.#era;
		return () => era === this.#era;
	}

	/** What changes what is known of whoever is here now, and does nothing once they have gone. */
	#updating(): (change: (live: Live) => Live) => void {
		const isCurrent = this.#inThisEra();
		return (change) => isCurrent() && this.live.update(change);
	}

	/** Changes the password. The session goes on under a new id. */
	async changePassword(current: string, next: string): Promise<void> {
		const isCurrent = this.#inThisEra();
		const changing = this.client.changePassword(current, next);
		this.#changing = changing;
		try {
			const session = await changing;
			if (isCurrent()) this.#goOn(session);
			this.#tabs.tell({ type: "signedIn" });
		} finally {
			this.#changing = undefined;
		}
	}

	/**
	 * The server has ended the stream for good. Whoever has changed their password has a session all the same: at once in
	 * this tab, and by the word of another tab if it was changed there.
	 */
	async #ended(reason: string | undefined, isWaiting = reason === "password-changed"): Promise<void> {
		// The stream ends before the answer with the new session is here.
		await this.#changing?.catch(() => undefined);
		const isCurrent = this.#inThisEra();
		try {
			const session = await this.client.session();
			if (isCurrent()) this.#meet(session);
		} catch (error) {
			if (!isCurrent()) return;
			const isOver = isNobody(error);
			if (isOver && !isWaiting) return this.#leave(this.#whyOver(reason));
			clearTimeout(this.#again);
			this.#again = setTimeout(() => void this.#ended(reason, isWaiting && !isOver), isOver ? WORD : RETRY);
		}
	}

	/** Why the session is over, as the server has said it, or as far as is known. */
	#whyOver(reason: string | undefined): string | undefined {
		const { signedOut } = this.live.get();
		return reason === SESSION_OVER ? (signedOut ?? reason) : (reason ?? signedOut);
	}

	/** Goes on if it is the same person; tells whether it is. */
	#meet(session: Signed): boolean {
		const standing = this.standing.get();
		const isSame = standing.at === "signedIn" && standing.session.user.id === session.user.id;
		if (isSame) this.#goOn(session);
		else this.#leave("other-person");
		return isSame;
	}

	/** Finds out whether the person is still signed in, under another session; tells whether they are. */
	#renew(): Promise<boolean> {
		this.#renewing ??= this.#recognise().finally(() => {
			this.#renewing = undefined;
		});
		return this.#renewing;
	}

	async #recognise(): Promise<boolean> {
		if (this.standing.get().at !== "signedIn") return false;
		const isCurrent = this.#inThisEra();
		try {
			const session = await this.client.session();
			return isCurrent() && this.#meet(session);
		} catch (error) {
			if (isCurrent() && isNobody(error)) this.#leave(this.#whyOver(SESSION_OVER));
			return false;
		}
	}

	/** Another tab has told what concerns every tab. */
	#told(told: Told): void {
		const standing = this.standing.get();
		const isIn = standing.at === "signedIn";
		if (told.type === "signedOut") {
			if (isIn && standing.session.user.id === told.user) this.#leave("ended-by-you");
		} else if (isIn) void this.#renew();
		else if (standing.at === "starting") void this.start();
		else void this.#join();
	}

	/** Comes in where another tab has signed in. */
	async #join(): Promise<void> {
		const isCurrent = this.#inThisEra();
		const session = await this.client.session().catch(() => undefined);
		if (session && isCurrent()) this.#enter(session);
	}

	/** The browser has found or lost the network, or the page has come back to the front. */
	network(online: boolean): void {
		this.#connection.network(online);
	}

	reconnect(): void {
		this.#connection.network(true);
	}

	used(): void {
		this.#connection.used();
	}

	/** Looks whether time has changed something. */
	tick(): void {
		const now = Date.now();
		this.live.update((live) => typingAt(live, now));
		const { idleMinutes } = this.live.get().limits;
		this.#connection.look(idleMinutes * 60_000);
		if (this.link.get().phase === "up") void this.#sayPlace();
		this.#lookAround();
	}

	/** What a tab left that is closed is sent by one that is open, once there is a connection. */
	#lookAround(): void {
		void this.#keeper?.look(this.link.get().phase === "up");
	}

	/** Says where the person is with this browser, which keeps it. */
	async setLocation(words: string): Promise<void> {
		const { me } = this.live.get();
		if (!me) return;
		const key = PLACE + me.id;
		const before = this.#place(key);
		// Kept first: what can't be said now is said when there is a connection again, after a reload as well.
		this.#keepPlace(key, words);
		try {
			await this.client.setPlace(words, utcOffsetMinutes());
		} catch (error) {
			if (error instanceof Refused) this.#keepPlace(key, before);
			throw error;
		}
		this.live.update((live) => (live.me ? { ...live, me: { ...live.me, location: words } } : live));
	}

	#place(key: string): string {
		return this.#placeUnkept ?? ofBrowser.read(key) ?? "";
	}

	#keepPlace(key: string, words: string): void {
		this.#placeUnkept = ofBrowser.write(key, words) ? undefined : words;
	}

	/** The server forgets the place with the browser, and clocks are put forward, and journeys made. */
	async #sayPlace(): Promise<void> {
		const { me } = this.live.get();
		if (!me || this.#isSayingPlace) return;
		const location = this.#place(PLACE + me.id);
		const ahead = utcOffsetMinutes();
		if (me.location === location && me.utcOffsetMinutes === ahead) return;
		this.#isSayingPlace = true;
		await this.client.setPlace(location, ahead).catch(() => undefined);
		this.#isSayingPlace = false;
	}

	/** Takes in what the server tells. */
	#take(frame: Change): void {
		const before = this.live.get();
		this.live.update((live) => apply(live, frame, Date.now()));
		if (frame.type === "message") this.#heard(before, frame.message);
		// Whichever of the two comes first.
		if (frame.type === "conversation" && frame.conversation.unread > 0)
			this.#heard(before, frame.conversation.lastMessage);
		if (frame.type === "levels") this.#takeLevels(frame.levels);
		if (frame.type === "historyMore") void this.#learnRecents();
		if (frame.type === "snapshot") {
			this.#sending.settle();
			void this.#learnRecents();
			// What has changed while nothing was told.
			if (this.levels.get()) void this.#askLevels().catch(() => undefined);
			void this.#sayPlace();
		}
	}

	#heard(before: Live, message: Message | undefined): void {
		if (message?.direction !== "in") return;
		const { id, text, from, conversation } = message;
		const person = this.live.get().conversations.get(conversation)?.with.id ?? from;
		const known = before.talks.get(person)?.messages.some((one) => one.id === id);
		if (!known) this.heard.set({ id, person, text });
	}

	// Conversations

	write(to: PersonRef, text: string, html?: string): void {
		this.#sending.write(to, text, html);
	}

	/**
	 * Sends what somebody typed outside of the page, as soon as it is known to whom, and takes those messages as read.
	 * Whoever it is known of not at all finds it as a draft. Nobody else who has signed in meanwhile says it.
	 */
	reply(me: string, person: string, text: string): void {
		const send = (): boolean => {
			const live = this.live.get();
			if (!live.ready) return false;
			if (live.me?.id !== me) return true;
			const to = live.contacts.get(person)?.person ?? conversationWith(live, person)?.with;
			this.seen(person);
			if (to) this.write(to, text);
			else this.draft(person, text);
			return true;
		};
		if (send()) return;
		const stop = this.live.subscribe(() => {
			if (!this.live.get().ready) return;
			stop();
			send();
		});
	}

	/** Notes what is half written; tells whether it is taken: what is far too long to be sent is not. */
	draft(person: string, text: string, html?: string): boolean {
		if (isFarTooLong(this.live.get(), person, text, html)) return false;
		this.live.update((live) => drafted(live, person, text, html));
		return true;
	}

	retry(clientId: string): void {
		this.live.update((live) => retried(live, clientId));
	}

	/** Sends a message that was not delivered once more, as the same message. */
	resend(person: string, message: Message): Promise<void> {
		return this.#sending.resend(person, message);
	}

	/** Says what is on the person's mind; without a connection it waits. */
	setNote(text: string): Promise<void> {
		return this.#sending.setNote(text);
	}

	/** What the server hasn't taken of it isn't meant any more. */
	dropNote(): void {
		this.live.update((live) => noted(live, undefined));
	}

	discard(clientId: string): void {
		this.live.update((live) => discarded(live, clientId));
	}

	/** Everything of a person up to the last message has been read; all of it where no message of theirs is here. */
	seen(person: string): void {
		for (const conversation of this.live.get().conversations.values()) {
			if (conversation.with.id !== person || conversation.unread === 0) continue;
			const message = this.live.get().talks.get(person)?.messages.at(-1)?.id;
			// What the server isn't told of isn't shown as seen.
			if (!this.#connection.see(conversation.id, message)) continue;
			this.live.update((live) =>
				apply(live, { type: "conversation", conversation: { ...conversation, unread: 0 } }, Date.now()),
			);
		}
	}

	/** Answers what rings, when its person opens it. */
	async open(person: string): Promise<void> {
		const conversation = conversationWith(this.live.get(), person);
		if (conversation?.state !== "ringing") return;
		const update = this.#updating();
		const opened = await this.client.openConversation(conversation.id);
		update((live) => apply(live, { type: "conversation", conversation: opened }, Date.now()));
	}

	/** Asks for what was said before the earliest message that is here, or for the latest where nothing is known yet. */
	async earlier(person: string): Promise<void> {
		const talk = this.live.get().talks.get(person);
		const isLatest = talk?.hasEarlier === undefined;
		const update = this.#updating();
		try {
			const page = await this.client.history({ with: person }, isLatest ? undefined : talk?.messages[0]?.id);
			update((live) => withPage({ ...live, keepsNone: false }, person, page, isLatest));
		} catch (error) {
			const code = error instanceof Refused ? error.problem.code : undefined;
			if (code !== "not-found" && code !== "history-off") throw error;
			const messages = await this.#ofAgent(person);
			update((live) => withMessages({ ...live, keepsNone: code === "history-off" }, person, messages, false));
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
		const update = this.#updating();
		if (which === "everything") await this.client.deleteHistory();
		else if ("person" in which) await this.client.deleteHistory(which.person);
		else await this.client.deleteMessage(which.message);
		update((live) => withoutMessages(live, which === "everything" ? {} : which));
	}

	// Settings

	/** Changes some of what is set: on screen at once, and once more on top where another browser was quicker. */
	async set(part: Partial<Settings>): Promise<void> {
		const update = this.#updating();
		const show = (change: (settings: Settings) => Settings) =>
			update((live) => apply(live, { type: "settings", settings: change(live.settings) }, Date.now()));
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
		if (!this.levels.get()) await this.#askLevels();
	}

	async #askLevels(): Promise<void> {
		const isCurrent = this.#inThisEra();
		const { levels } = await this.client.explicitAccess();
		if (isCurrent()) this.#takeLevels(levels);
	}

	#takeLevels(levels: ExplicitAccess["levels"]): void {
		const entries = levels.flatMap(({ level, people }) => people.map((person) => [person.id, level] as const));
		this.levels.set(new Map(entries));
	}

	/** Asks the history who was talked to last, with whatever program. Where there is none, nobody was. */
	async #learnRecents(): Promise<void> {
		const isCurrent = this.#inThisEra();
		try {
			const { conversations } = await this.client.conversationsKept(undefined, RECENTS);
			const recents = new Map(conversations.map((one) => [one.with.id, one.lastMessage.at]));
			if (isCurrent()) this.live.update((live) => ({ ...live, recents }));
		} catch {
			// The list is as useful without.
		}
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
}

/** What is known before anything is: how it looked here last. */
function blank(): Live {
	return { ...EMPTY, settings: { ...EMPTY.settings, ...lookKept() } };
}
