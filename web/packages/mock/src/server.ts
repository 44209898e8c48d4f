/**
 * A server that lives in memory, for development, pictures and tests: it keeps the same contract as the real one, and is
 * typed from the same description. What it leaves out is everything that a server protects.
 */

import type { Change, ClientFrame, Frame } from "@rapport/api/events";
import type { Answer, EventHandlers, EventStream, Request, Transport } from "@rapport/api/transport";
import { Unreachable } from "@rapport/api/transport";
import type {
	AccessLevel,
	AccessOf,
	Adder,
	AppPassword,
	Availability,
	ChosenState,
	Contact,
	Conversation,
	Endpoint,
	Group,
	Me,
	Message,
	Person,
	PersonRef,
	Presence,
	Settings,
	Snapshot,
	WebSession,
} from "@rapport/api/types";
import { done, folded, more, octets, ok, Problem, text } from "./answers";
import { devices } from "./devices";
import { address, ME, people, presenceOf } from "./people";
import { script } from "./script";

const MINUTE = 60_000;

/** How long a browser waits for an answer, in milliseconds. */
const PATIENCE = 20_000;

/** The group that is always there, and the first as long as nobody has put them in order. */
const OTHERS = "g0";

/** Whoever is in no other group is in that one. */
const inSome = (groups: readonly string[]): readonly string[] => (groups.length > 0 ? groups : [OTHERS]);

const group = (id: string, name: string, order: number): Group => ({ id, name, order, isFixed: id === OTHERS });

export interface MockOptions {
	readonly now: () => number;
	/** How long an answer takes, in milliseconds. */
	readonly delay: number;
	readonly signedIn: boolean;
	/** A contact list with nobody on it, as on the first day. */
	readonly empty: boolean;
	/** Whether people live: come, go, answer. */
	readonly alive: boolean;
	/** Whether the company keeps what is said. */
	readonly keeps: boolean;
	readonly settings?: Partial<Settings>;
	/** Every how many seconds an open stream gets a sign of life; none, and none is promised, where it isn't said. */
	readonly beat?: number;
}

type Handler = (parts: readonly string[], body: Record<string, unknown>, query: URLSearchParams) => Answer;

export class MockServer implements Transport {
	readonly people = people();
	/** Who is nobody here any more, or never was, but was talked with. */
	readonly gone = new Map<string, PersonRef>();
	presence: Map<string, Presence>;
	reachable = true;
	/** Whether every way is as it was, and nothing goes through. */
	isStalled = false;
	/** Whether somebody loads the whole history: only one may. */
	isExporting = false;
	#options: MockOptions;
	/** The sessions that are good, and whose they are. */
	#known = new Map<number, string>();
	#lastSession = 1;
	/** The one that the browser names in each request, in whichever tab. */
	#cookie = 1;
	#stream = "stream-0";
	#seq = 1;
	#log: Frame[] = [];
	#sockets = new Map<EventHandlers, number>();
	#me: Me;
	#groups: Group[] = [];
	#contacts = new Map<string, Contact>();
	#incoming: Adder[] = [];
	#conversations = new Map<string, Conversation>();
	/** With whom each conversation was, those that are closed too. */
	#whose = new Map<string, PersonRef>();
	#messages: Message[] = [];
	#settings: Settings;
	#historyMark = "";
	#access = new Map<string, AccessLevel>([
		["jon", "blocked"],
		["maya", "team"],
		["hugo", "personal"],
	]);
	#passwords: AppPassword[];
	#sessions: WebSession[];
	#endpoints: Endpoint[];
	/** How many there are of each kind: what is heard in two windows has one id in both, whatever else they do. */
	#made = new Map<string, number>();

	constructor(options: MockOptions) {
		this.#options = options;
		if (options.signedIn) this.#known.set(this.#cookie, ME);
		const now = options.now();
		this.presence = presenceOf(now);
		const { id, address, displayName } = this.#person(ME);
		const own = this.presence.get(ME);
		this.#me = {
			id,
			address,
			displayName,
			availability: "available",
			chosen: "automatic",
			note: own?.note ?? "",
			location: "",
			...(own?.since ? { since: own.since } : {}),
		};
		this.#settings = {
			theme: "system",
			language: "",
			density: "comfortable",
			view: "groups",
			sounds: true,
			notifications: true,
			showWordsInNotifications: true,
			enterSends: true,
			showOffline: true,
			sortBy: "availability",
			version: 1,
			...options.settings,
		};
		const { passwords, sessions, endpoints } = devices(now);
		this.#passwords = passwords;
		this.#sessions = sessions;
		this.#endpoints = endpoints;
		this.#groups = [group(OTHERS, "~", 0)];
		if (!options.empty) this.#furnish(now);
	}

	#furnish(now: number): void {
		this.#groups = [...this.#groups, group("g1", "Finance", 1), group("g2", "Project Aurora", 2)];
		const put = (id: string, groups: string[], isFavourite = false) =>
			this.#contacts.set(id, { person: this.#ref(id), groups, isFavourite, gone: id === "liam" });
		put("ben", ["g1"], true);
		put("chloe", ["g1", "g2"], true);
		put("maya", ["g1"]);
		put("grace", ["g1"]);
		for (const id of ["dmitri", "emi", "farid", "hugo", "ines", "kavya"]) put(id, ["g2"]);
		for (const id of ["mueller1", "mueller2", "jon", "liam"]) put(id, [OTHERS]);
		this.#incoming = [{ person: this.#ref("olga") }];
		for (const talk of script()) {
			const conversation: Conversation = {
				id: `c-${talk.with}`,
				with: this.#ref(talk.with),
				state: talk.state ?? "open",
				startedAt: new Date(now - 2000 * MINUTE).toISOString(),
				unread: talk.unread ?? 0,
			};
			this.#conversations.set(conversation.id, conversation);
			this.#whose.set(conversation.id, conversation.with);
			for (const line of talk.lines) {
				const message: Message = {
					id: this.#id("m"),
					conversation: conversation.id,
					from: line.out ? ME : talk.with,
					at: new Date(now - line.minutesAgo * MINUTE).toISOString(),
					direction: line.out ? "out" : "in",
					text: line.text,
					delivery: line.failed ? "failed" : "sent",
					...(line.html ? { html: line.html } : {}),
					...(line.failed ? { reason: { code: line.failed, title: line.failed } } : {}),
				};
				this.#messages.push(message);
				this.#conversations.set(conversation.id, { ...conversation, lastMessage: message });
			}
		}
	}

	#id(kind: string): string {
		const next = (this.#made.get(kind) ?? 0) + 1;
		this.#made.set(kind, next);
		return `${kind}${next}`.padStart(6, "0");
	}

	#person(id: string): Person {
		const key = id.startsWith("sip:") ? [...this.people.values()].find((one) => `sip:${one.address}` === id)?.id : id;
		const person = this.people.get(key ?? "");
		if (!person) throw new Problem(404, "not-found");
		return person;
	}

	#ref(id: string): PersonRef {
		const { id: own, address, displayName } = this.#person(id);
		return { id: own, address, displayName };
	}

	/** Somebody with whom something was said: who is gone is called by their address. */
	#was(id: string): PersonRef {
		return this.gone.get(id) ?? this.#ref(id);
	}

	#presence(id: string): Presence {
		const kept = this.presence.get(id) ?? { person: id, availability: "unknown", capabilities: [], known: false };
		const { availability, note } = this.#me;
		return id === ME ? { ...kept, availability, note } : kept;
	}

	snapshot(): Snapshot {
		return {
			stream: this.#stream,
			seq: this.#seq,
			me: this.#me,
			groups: this.#groups,
			contacts: [...this.#contacts.values()],
			presence: [...this.#contacts.keys()].map((id) => this.#presence(id)),
			incoming: this.#incoming,
			conversations: [...this.#conversations.values()],
			endpoints: this.#endpoints,
			settings: this.#settings,
			historyMark: this.#historyMark,
			limits: {
				contacts: 250,
				groups: 64,
				watchers: 1000,
				messageBytes: 8192,
				note: 500,
				idleMinutes: 3,
				awayMinutes: 18,
			},
		};
	}

	/** Tells every open stream of a change. */
	tell(change: Change): void {
		const frame: Frame = { ...change, seq: ++this.#seq };
		this.#log.push(frame);
		if (!this.isStalled) for (const socket of this.#sockets.keys()) socket.onFrame(frame);
	}

	/** Hears what a browser says on its socket. */
	said(frame: ClientFrame): void {
		if (frame.type !== "seen") return;
		const { conversation, message } = frame;
		const its = this.#messages.filter((one) => one.conversation === conversation);
		const later = its.slice(its.findIndex((one) => one.id === message) + 1).filter((one) => one.direction === "in");
		this.#change(conversation, { unread: message ? later.length : 0 });
	}

	/** Forgets what was said, but not what of it is unread, as a server does that begins anew. */
	loseMessages(): void {
		this.#messages = [];
		for (const [id, { lastMessage: _, ...conversation }] of this.#conversations)
			this.#conversations.set(id, conversation);
	}

	/** What a change asks for, as another browser of this person has it. */
	get csrf(): string {
		return `csrf-${this.#cookie}`;
	}

	/** Deletes everything that was said, as another browser does. */
	forgets(): void {
		this.#handlers["DELETE history"]?.([], {}, new URLSearchParams());
	}

	/** Sets the note, as another program of this person does. */
	notes(note: string): void {
		this.#setMe({ note });
	}

	/** Begins another stream: nobody can go on where they were. */
	renew(): void {
		this.#stream = this.#id("stream-");
		this.#log = [];
	}

	/** Loses every connection, as a network does. */
	lose(): void {
		this.reachable = false;
		this.#close([...this.#sockets.keys()], 1006, "");
	}

	/** Ends every session. */
	endSessions(reason: string): void {
		this.#known.clear();
		this.#close([...this.#sockets.keys()], 4001, reason);
	}

	/** Ends the streams of a person, whose sessions stay. */
	endSocketsOf(user: string, reason: string): void {
		const its = [...this.#sockets].flatMap(([socket, session]) => (this.#known.get(session) === user ? [socket] : []));
		this.#close(its, 4001, reason);
	}

	/** Of which session each open socket is. */
	get open(): readonly number[] {
		return [...this.#sockets.values()];
	}

	#close(sockets: readonly EventHandlers[], code: number, reason: string): void {
		for (const socket of sockets) if (this.#sockets.delete(socket)) socket.onClosed(code, reason);
	}

	/** Begins a session; the browser learns of it with the answer. */
	#begin(user: string): Answer {
		this.#known.set(++this.#lastSession, user);
		return ok(this.#session(this.#lastSession));
	}

	async request({ method, path, body, csrf }: Request): Promise<Answer> {
		await new Promise((resolve) => setTimeout(resolve, this.#options.delay));
		// Browsers don't wait for ever.
		if (this.isStalled) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
		if (!this.reachable || this.isStalled) throw new Unreachable();
		const [route = "", words] = path.split("?");
		const parts = route.split("/").slice(1).map(decodeURIComponent);
		const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
		try {
			const isSigningIn = method === "POST" && route === "/session";
			if (!isSigningIn && !this.#known.has(this.#cookie)) throw new Problem(401, "not-signed-in");
			if (!isSigningIn && method !== "GET" && method !== "HEAD" && csrf !== `csrf-${this.#cookie}`)
				throw new Problem(403, "csrf");
			const handler = this.#handlers[`${method} ${parts[0]}`];
			if (!handler) throw new Problem(404, "not-found");
			const before = this.#lastSession;
			const answer = handler(parts, fields, new URLSearchParams(words));
			if (this.#lastSession === before) return answer;
			const begun = this.#lastSession;
			// What ends by it is told before the answer is there.
			await new Promise((resolve) => setTimeout(resolve, 5 * this.#options.delay));
			this.#cookie = begun;
			return answer;
		} catch (error) {
			if (error instanceof Problem) return error.answer;
			throw error;
		}
	}

	events(query: string, handlers: EventHandlers): EventStream {
		const words = new URLSearchParams(query);
		const after = Number(words.get("after") ?? "-1");
		const resumed = words.get("stream") === this.#stream && after >= 0;
		const session = this.#cookie;
		let isClosed = false;
		setTimeout(() => {
			if (isClosed) return;
			if (!this.reachable || !this.#known.has(session)) return handlers.onClosed(1006, "");
			this.#sockets.set(handlers, session);
			const { beat } = this.#options;
			handlers.onFrame({ type: "hello", stream: this.#stream, seq: this.#seq, resumed, ...(beat ? { beat } : {}) });
			if (beat) this.#keepTelling(handlers, beat * 1000);
			if (resumed) for (const frame of this.#log.filter((one) => one.seq > after)) handlers.onFrame(frame);
			else handlers.onFrame({ type: "snapshot", seq: this.#seq, snapshot: this.snapshot() });
		}, this.#options.delay);
		return {
			// A browser, too, drops what is said on a socket that isn't open yet, or isn't any more.
			send: (frame) => {
				const isOpen = this.#sockets.has(handlers);
				if (isOpen && !this.isStalled) this.said(frame);
				return isOpen;
			},
			close: () => {
				if (isClosed) return;
				isClosed = true;
				this.#sockets.delete(handlers);
				setTimeout(() => handlers.onClosed(1006, ""), 0);
			},
		};
	}

	#keepTelling(handlers: EventHandlers, every: number): void {
		const timer = setInterval(() => {
			if (!this.#sockets.has(handlers)) clearInterval(timer);
			else if (!this.isStalled) handlers.onFrame({ type: "beat", seq: 0 });
		}, every);
	}

	/** Somebody writes. */
	hear(from: string, words: string, html?: string): void {
		const conversation = this.#conversationWith(from, "ringing");
		const message: Message = {
			id: this.#id("m"),
			conversation: conversation.id,
			from,
			at: new Date(this.#options.now()).toISOString(),
			direction: "in",
			text: words,
			delivery: "sent",
			...(html ? { html } : {}),
		};
		this.#messages.push(message);
		this.#change(conversation.id, { unread: conversation.unread + 1, lastMessage: message });
		this.tell({ type: "message", message });
	}

	/** This person writes to somebody with another program of theirs. */
	says(person: string, words: string): void {
		const conversation = [...this.#conversations.values()].find((one) => one.with.id === person);
		if (!conversation) throw new Error(`there is no conversation with ${person}`);
		this.#messages.push({
			id: this.#id("m"),
			conversation: conversation.id,
			from: ME,
			at: new Date(this.#options.now()).toISOString(),
			direction: "out",
			text: words,
			delivery: "sent",
		});
		this.tell({ type: "historyMore", person });
	}

	/** Somebody's state changes. */
	become(person: string, availability: Availability, more: Partial<Presence> = {}): void {
		const { activity: _, ...rest } = this.#presence(person);
		const since = new Date(this.#options.now()).toISOString();
		const presence: Presence = { ...rest, availability, since, ...more };
		this.presence.set(person, presence);
		// Of others who aren't looked for the server tells nothing.
		if (this.#isWatched(person)) this.tell({ type: "presence", presence: [presence] });
	}

	/** Somebody is deleted: what was said with them stays. */
	leaves(person: string): void {
		const { id, address } = this.#person(person);
		this.people.delete(id);
		this.gone.set(id, { id, address, displayName: address });
		this.presence.set(id, { person: id, availability: "offline", capabilities: [], known: true });
		const contact = this.#contacts.get(id);
		if (contact) this.#setContact({ ...contact, gone: true });
		for (const one of [...this.#conversations.values()]) if (one.with.id === id) this.#endConversation(one.id);
	}

	#isWatched(person: string): boolean {
		return this.#contacts.has(person) || [...this.#conversations.values()].some((one) => one.with.id === person);
	}

	#conversationWith(person: string, state: "open" | "ringing"): Conversation {
		const there = [...this.#conversations.values()].find((one) => one.with.id === person && one.state !== "ended");
		if (there) return there;
		const startedAt = new Date(this.#options.now()).toISOString();
		const made: Conversation = { id: this.#id("c"), with: this.#was(person), state, startedAt, unread: 0 };
		this.#conversations.set(made.id, made);
		this.#whose.set(made.id, made.with);
		this.tell({ type: "conversation", conversation: made });
		return made;
	}

	#change(id: string, change: Partial<Conversation>): Conversation {
		const there = this.#conversations.get(id);
		if (!there) throw new Problem(404, "not-found");
		const conversation = { ...there, ...change };
		this.#conversations.set(id, conversation);
		this.tell({ type: "conversation", conversation });
		return conversation;
	}

	#endConversation(id: string): Answer {
		this.#conversations.delete(id);
		this.tell({ type: "conversationGone", conversation: id });
		return done;
	}

	#setMe(change: Partial<Me>): Answer {
		this.#me = { ...this.#me, ...change };
		this.tell({ type: "me", me: this.#me });
		return ok(this.#me);
	}

	#setGroups(groups: Group[]): void {
		this.#groups = groups;
		this.tell({ type: "groups", groups });
	}

	#setContact(contact: Contact): Answer {
		const { id } = contact.person;
		const isNew = !this.#contacts.has(id);
		if (isNew && this.#contacts.size >= 250) throw new Problem(409, "contact-list-full", { limit: 250 });
		this.#contacts.set(id, contact);
		if (isNew) this.tell({ type: "presence", presence: [this.#presence(id)] });
		this.tell({ type: "contactSet", contact });
		return ok(contact);
	}

	readonly #handlers: Readonly<Record<string, Handler>> = {
		"POST session": (_, body) => {
			if (body["password"] !== "rapport") throw new Problem(401, "sign-in-failed");
			const person = [...this.people.values()].find((one) => one.address === body["address"]);
			return this.#begin(person?.id ?? ME);
		},
		"GET session": () => ok(this.#session(this.#cookie)),
		"DELETE session": () => {
			const session = this.#cookie;
			this.#known.delete(session);
			const its = [...this.#sockets].flatMap(([socket, of]) => (of === session ? [socket] : []));
			this.#close(its, 4001, "ended-by-you");
			return done;
		},
		"GET sessions": () => ok({ sessions: this.#sessions }),
		"DELETE sessions": ([, id]) => {
			this.#sessions = this.#sessions.filter((one) => one.isThis || (id !== undefined && one.id !== id));
			return done;
		},
		"DELETE endpoints": ([, id]) => {
			this.#endpoints = this.#endpoints.filter((one) => one.id !== id);
			this.tell({ type: "endpoints", endpoints: this.#endpoints });
			return done;
		},
		"POST password": (_, body) => {
			if (body["current"] !== "rapport") throw new Problem(422, "wrong-password", { field: "current" });
			const weak = (reason: string) => new Problem(422, "weak-password", { field: "new", reason });
			if (text(body["new"]).length < 15) throw weak("too-short");
			if (/password/i.test(text(body["new"]))) throw weak("common");
			const user = this.#known.get(this.#cookie) ?? ME;
			this.endSessions("password-changed");
			return this.#begin(user);
		},
		"GET app-passwords": () => ok({ appPasswords: this.#passwords }),
		"POST app-passwords": (_, body) => {
			if (this.#passwords.length >= 7) throw new Problem(409, "too-many-app-passwords", { limit: 7 });
			const createdAt = new Date(this.#options.now()).toISOString();
			const made: AppPassword = { id: this.#id("ap"), label: text(body["label"]), createdAt };
			this.#passwords = [...this.#passwords, made];
			return ok({ ...made, password: "kestrel-7f3q-ambo-92xd-lume" });
		},
		"DELETE app-passwords": ([, id]) => {
			this.#passwords = this.#passwords.filter((one) => one.id !== id);
			return done;
		},
		"POST events": () => ok({ ticket: this.#id("t") }),
		"GET snapshot": () => ok(this.snapshot()),
		"GET people": (parts, _, query) => this.#people(parts, query),
		"PUT people": ([, person = ""], body) => {
			this.choose(person, body["level"] as AccessLevel);
			return this.#accessOf(person);
		},
		"GET access": () => ok({ levels: this.#levels() }),
		"PUT me": ([, what], body) => {
			if (what === "note") {
				if (octets(text(body["text"])) > 500) throw new Problem(422, "invalid-field", { field: "text" });
				return this.#setMe({ note: text(body["text"]) });
			}
			if (what === "place") {
				const ahead = body["utcOffsetMinutes"];
				if (octets(text(body["location"])) > 100) throw new Problem(422, "invalid-field", { field: "location" });
				const { utcOffsetMinutes: _, ...rest } = this.#me;
				this.#me = rest;
				return this.#setMe({
					location: text(body["location"]),
					...(typeof ahead === "number" ? { utcOffsetMinutes: ahead } : {}),
				});
			}
			const chosen = body["chosen"] as ChosenState;
			const availability = chosen === "automatic" ? "available" : chosen === "appearOffline" ? "offline" : chosen;
			const { chosenUntil: _, until: __, ...rest } = this.#me;
			this.#me = { ...rest, since: new Date(this.#options.now()).toISOString() };
			const end = text(body["until"] ?? "");
			// Who appears offline shows others no end.
			const until = end && chosen !== "appearOffline" ? { until: end } : {};
			return this.#setMe({ chosen, availability, ...(end && { chosenUntil: end }), ...until });
		},
		"POST groups": (_, body) => {
			const name = text(body["name"]).trim();
			if (octets(name) > 256) throw new Problem(422, "too-large", { field: "name", limit: 256 });
			if (name === "") throw new Problem(422, "invalid-field", { field: "name" });
			if (this.#groups.some((one) => one.name === name)) throw new Problem(409, "taken", { field: "name" });
			const made = group(this.#id("g"), name, this.#groups.length);
			this.#setGroups([...this.#groups, made]);
			return ok(made);
		},
		"PATCH groups": ([, id], body) => {
			this.#setGroups(this.#groups.map((one) => (one.id === id ? { ...one, name: text(body["name"]) } : one)));
			return ok(this.#groups.find((one) => one.id === id));
		},
		"PUT groups": (_, body) => {
			const ids = Array.isArray(body["ids"]) ? body["ids"] : [];
			// Those that aren't named come last.
			const place = (one: Group) => (ids.includes(one.id) ? ids.indexOf(one.id) : ids.length);
			const groups = [...this.#groups].sort((a, b) => place(a) - place(b));
			this.#setGroups(groups.map((one, order) => ({ ...one, order })));
			return ok({ groups: this.#groups });
		},
		"DELETE groups": ([, id]) => {
			this.#setGroups(this.#groups.filter((one) => one.id !== id));
			for (const contact of this.#contacts.values()) {
				if (id !== undefined && contact.groups.includes(id)) {
					this.#setContact({ ...contact, groups: inSome(contact.groups.filter((one) => one !== id)) });
				}
			}
			return done;
		},
		"PUT contacts": ([, person = "", favourite], body) => {
			const ref = this.#ref(person);
			const there = this.#contacts.get(ref.id) ?? { person: ref, groups: [], isFavourite: false, gone: false };
			if (favourite) return this.#setContact({ ...there, isFavourite: body["isFavourite"] === true });
			const groups = inSome(Array.isArray(body["groups"]) ? body["groups"].map(text) : there.groups);
			const { alias: before = "", ...rest } = there;
			const alias = typeof body["alias"] === "string" ? body["alias"].trim() : before;
			return this.#setContact({ ...rest, groups, ...(alias === "" ? {} : { alias }) });
		},
		"DELETE contacts": ([, person = ""]) => {
			this.#contacts.delete(person);
			this.tell({ type: "contactGone", person });
			if (!this.#isWatched(person)) this.tell({ type: "presenceGone", person });
			return done;
		},
		"POST adders": ([, person = "", verb]) => {
			this.#incoming = this.#incoming.filter((one) => one.person.id !== person);
			if (verb === "block") this.choose(person, "blocked");
			this.tell({ type: "adderGone", person });
			return done;
		},
		"POST conversations": (parts, body) => this.#converse(parts, body),
		"GET conversations": ([, id]) =>
			ok({ messages: this.#messages.filter((one) => one.conversation === id).slice(-100) }),
		"DELETE conversations": ([, id = ""]) => this.#endConversation(id),
		"HEAD history": () => {
			if (!this.#options.keeps) throw new Problem(403, "history-off");
			return this.isExporting ? { status: 429, body: undefined } : ok(undefined);
		},
		"GET history": (_parts, _body, query) => this.#history(query),
		"DELETE history": ([, id], _, query) => {
			const person = query.get("with");
			const isMeant = (one: Message) =>
				id !== undefined ? one.id === id : person === null || this.#withOf(one).id === person;
			const left = this.#messages.filter((one) => !isMeant(one));
			if (id !== undefined && left.length === this.#messages.length) throw new Problem(404, "not-found");
			this.#messages = left;
			this.#historyMark = `mark-${this.#seq + 1}`;
			const what = { ...(person !== null && { person }), ...(id !== undefined && { message: id }) };
			this.tell({ type: "historyGone", ...what, mark: this.#historyMark });
			for (const { lastMessage, ...rest } of [...this.#conversations.values()]) {
				if (!lastMessage || !isMeant(lastMessage)) continue;
				this.#conversations.set(rest.id, rest);
				const last = left.findLast((one) => one.conversation === rest.id);
				this.#change(rest.id, last ? { lastMessage: last } : {});
			}
			return done;
		},
		"GET settings": () => ok(this.#settings),
		"PUT settings": (_, body) => {
			const { version = 1 } = this.#settings;
			if (body["version"] !== undefined && body["version"] !== version) throw new Problem(409, "stale-version");
			this.#settings = { ...(body as unknown as Settings), version: version + 1 };
			this.tell({ type: "settings", settings: this.#settings });
			return ok(this.#settings);
		},
	};

	#session(id: number) {
		const expiresAt = new Date(this.#options.now() + 30 * 1440 * MINUTE).toISOString();
		return {
			csrf: `csrf-${id}`,
			user: { ...this.#ref(this.#known.get(id) ?? ME), company: "Lindblad & Okafor" },
			expiresAt,
			client: { epid: "e1" },
		};
	}

	#people([, id, what]: readonly string[], query: URLSearchParams): Answer {
		if (id !== undefined) {
			if (what === "access") return this.#accessOf(id);
			const person = this.#person(id);
			if (what === "presence") return ok(this.#presence(person.id));
			return ok({ ...person, accessLevel: this.#access.get(person.id) ?? person.accessLevel });
		}
		const wanted = folded(query.get("q") ?? "").split(/\s+/);
		const found = [...this.people.values()]
			.filter((one) => {
				const text = folded(`${one.displayName} ${one.address} ${one.title} ${one.department}`);
				return wanted.every((word) => text.includes(word));
			})
			.sort((a, b) => Number(this.#contacts.has(b.id)) - Number(this.#contacts.has(a.id)));
		const limit = Number(query.get("limit") ?? "20");
		return ok({
			people: found.slice(0, limit).map((one) => ({
				...this.#ref(one.id),
				title: one.title,
				department: one.department,
				isContact: this.#contacts.has(one.id),
				presence: this.#presence(one.id),
			})),
			more: found.length > limit,
		});
	}

	/** A level is chosen for somebody, here or by another program. */
	choose(person: string, level: AccessLevel): void {
		this.#access.set(person, level);
		this.tell({ type: "levels", levels: this.#levels() });
	}

	/** The level that was chosen for somebody. */
	levelOf(person: string): AccessLevel | undefined {
		return this.#access.get(person);
	}

	#levels() {
		const all: readonly AccessLevel[] = ["personal", "team", "company", "public", "blocked"];
		return all.map((level) => ({
			level,
			people: [...this.#access].filter(([, one]) => one === level).map(([person]) => this.#was(person)),
		}));
	}

	#accessOf(id: string): Answer {
		const level = this.#access.get(id) ?? "company";
		const known = ["name", "mail"];
		const sees: Readonly<Record<AccessLevel, readonly string[]>> = {
			personal: [...known, "availability", "activity", "note", "contactCard", "phones"],
			team: [...known, "availability", "activity", "note", "contactCard", "phones"],
			company: [...known, "availability", "activity", "note", "contactCard", "phones"],
			public: [...known, "availability", "contactCard"],
			blocked: known,
		};
		const own = this.#presence(ME);
		const preview: Presence =
			level === "blocked" ? { person: ME, availability: "offline", capabilities: [], known: true } : own;
		const phones = level === "blocked" || level === "public" ? [] : this.#person(ME).phones;
		const answer: AccessOf = {
			level,
			isExplicit: this.#access.has(id),
			preview: { presence: preview, sees: sees[level], phones },
		};
		return ok(answer);
	}

	#converse([, id, verb]: readonly string[], body: Record<string, unknown>): Answer {
		if (id === undefined) {
			const { id: person } = this.#ref(text(body["person"]));
			if (person === ME) throw new Problem(422, "invalid-field", { field: "person" });
			return ok(this.#conversationWith(person, "open"));
		}
		switch (verb) {
			case "open":
				return ok(this.#change(id, { state: "open", unread: 0 }));
			case "decline":
				this.#change(id, { state: "ended" });
				return done;
			case "typing":
				return done;
			case "messages":
				return this.#take(id, body);
			default:
				throw new Problem(404, "not-found");
		}
	}

	#take(id: string, body: Record<string, unknown>): Answer {
		const clientId = text(body["clientId"]);
		const there = this.#messages.find((one) => one.clientId === clientId);
		// One that has failed is tried again, as the same message.
		if (there && there.delivery !== "failed") return ok(there);
		const conversation = this.#conversations.get(id);
		if (!conversation) throw new Problem(404, "not-found");
		const person = conversation.with.id;
		const isAway = this.#presence(person).availability === "offline";
		const message: Message = {
			id: there?.id ?? this.#id("m"),
			conversation: id,
			from: ME,
			at: new Date(this.#options.now()).toISOString(),
			direction: "out",
			text: text(body["text"]),
			clientId,
			delivery: isAway ? "failed" : "sent",
			...(isAway ? { reason: { code: "offline", title: "offline" } } : {}),
			...(body["html"] ? { html: text(body["html"]) } : {}),
		};
		this.#messages = [...this.#messages.filter((one) => one.id !== message.id), message];
		this.tell({ type: "message", message });
		if (this.#options.alive && !isAway) this.#answer(conversation, message);
		return ok(message);
	}

	#answer({ id, with: person }: Conversation, { text }: Message): void {
		const typing = (typing: boolean) => this.tell({ type: "typing", conversation: id, person: person.id, typing });
		setTimeout(() => typing(true), 600);
		setTimeout(() => this.hear(person.id, text.endsWith("?") ? "Let me look, one moment." : "Got it, thanks!"), 2200);
	}

	#withOf(message: Message): PersonRef {
		const { id } = this.#whose.get(message.conversation) ?? { id: message.from };
		return this.#was(id);
	}

	#history(query: URLSearchParams): Answer {
		if (!this.#options.keeps) throw new Problem(403, "history-off");
		const all = [...this.#messages].sort((a, b) => (a.at < b.at ? -1 : 1));
		const limit = Number(query.get("limit") ?? "50");
		const before = query.get("before");
		const person = query.get("with");
		const q = query.get("q");
		if (person === null && q === null) return this.#conversationsKept(all, before, limit);
		const words = folded(q ?? "").split(/\s+/);
		const found = all
			.slice(
				0,
				before === null
					? all.length
					: Math.max(
							0,
							all.findIndex((one) => one.id === before),
						),
			)
			.filter((one) => person === null || this.#withOf(one).id === person)
			.filter((one) => words.every((word) => folded(one.text).includes(word)));
		return ok({
			messages: found.slice(-limit).map((one) => ({ ...one, with: this.#withOf(one) })),
			...more(found.length > limit, found.at(-limit)?.id),
		});
	}

	#conversationsKept(messages: readonly Message[], before: string | null, limit: number): Answer {
		const byPerson = new Map<string, Message[]>();
		for (const one of [...messages].reverse()) {
			const { id } = this.#withOf(one);
			byPerson.set(id, [...(byPerson.get(id) ?? []), one]);
		}
		const all = [...byPerson].map(([id, theirs]) => ({
			id,
			with: this.#was(id),
			messages: theirs.length,
			...(theirs[0] ? { lastMessage: theirs[0] } : {}),
		}));
		const start = before === null ? 0 : all.findIndex((one) => one.id === before) + 1;
		const conversations = all.slice(start, start + limit);
		return ok({ conversations, ...more(all.length > start + limit, conversations.at(-1)?.id) });
	}

	/** The address that signs in, for the sign-in page of a demonstration. */
	static readonly account = address(ME);
}
