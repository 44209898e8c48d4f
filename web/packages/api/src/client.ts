/** Every request that the pages make. What each takes and gives is what the server's description says ({@link Operation}). */

import type { Answered, Given, Operation, PathOf } from "./described";
import { type Method, Refused, type Transport } from "./transport";
import type {
	AccessLevel,
	ChosenState,
	HistoryConversations,
	HistoryMessages,
	ProblemBody,
	Session,
	Settings,
} from "./types";

/** Where the browser itself loads the whole history from: of any length, and never held here. */
export const EXPORT = "/api/v1/history/export";

/** What a status means where an answer has no body to say so. */
const BODILESS: Readonly<Record<number, string>> = {
	401: "not-signed-in",
	403: "history-off",
	429: "too-many-requests",
	503: "unavailable",
};

/** The longest that an answer may take by which clocks are compared, in milliseconds. */
const QUICK = 5_000;

/** The server says the second that has begun, which is half over on average: in milliseconds. */
const HALF_A_SECOND = 500;

type Values = Readonly<Record<string, string | number | boolean | null | undefined>>;
/** Nothing has to be given where a request takes nothing. */
type Arguments<O> = Record<never, never> extends Given<O> ? [given?: Given<O>] : [given: Given<O>];

function isProblem(body: unknown): body is ProblemBody {
	return typeof body === "object" && body !== null && "code" in body && "title" in body;
}

export class Client {
	readonly transport: Transport;
	/**
	 * Is asked when the server doesn't know the token of the session any more, as after signing in anew in another tab: it
	 * answers whether there is another by now, with which the same person may ask again.
	 */
	renew: () => Promise<boolean> = async () => false;
	#csrf: string | undefined;
	/** By whom is asked: an id. */
	#user: string | undefined;
	/** By how much the server's clock is ahead of this one, in milliseconds. */
	#ahead = 0;

	constructor(transport: Transport) {
		this.transport = transport;
	}

	async #ask<M extends Method, P extends PathOf<M>>(
		method: M,
		path: P,
		...[given]: Arguments<Operation<M, P>>
	): Promise<Answered<M, P>> {
		const parts: { path?: Values; query?: Values; body?: unknown } = given ?? {};
		const asked = `${filled(path, parts.path ?? {})}${query(parts.query ?? {})}`;
		const user = this.#user;
		try {
			return (await this.#askOnce(method, asked, parts.body)) as Answered<M, P>;
		} catch (error) {
			// Nothing was done: a request is looked at after its token.
			if (!(error instanceof Refused && error.problem.code === "csrf")) throw error;
			if (!(await this.renew()) || user !== this.#user) throw error;
			return (await this.#askOnce(method, asked, parts.body)) as Answered<M, P>;
		}
	}

	async #askOnce(method: Method, path: string, body: unknown): Promise<unknown> {
		const askedAt = Date.now();
		const answer = await this.transport.request({
			method,
			path,
			...(body === undefined ? {} : { body }),
			...(this.#csrf === undefined || method === "GET" || method === "HEAD" ? {} : { csrf: this.#csrf }),
		});
		if (answer.at !== undefined) this.#compare(answer.at, askedAt, Date.now());
		if (answer.status >= 200 && answer.status < 300) return answer.body;
		if (isProblem(answer.body)) throw new Refused(answer.body);
		throw unexpected(answer.status);
	}

	/** Learns how far the two clocks are apart. What took long says little of it. */
	#compare(theirs: number, askedAt: number, hereAt: number): void {
		if (hereAt - askedAt < QUICK) this.#ahead = theirs + HALF_A_SECOND - (askedAt + hereAt) / 2;
	}

	/** A time by the server's clock, so long from now: the one here may be wrong. */
	inTime(milliseconds: number): string {
		return new Date(Date.now() + this.#ahead + milliseconds).toISOString();
	}

	async signIn(address: string, password: string, label: string): Promise<Session> {
		return this.#keep(await this.#ask("POST", "/session", { body: { address, password, label } }));
	}

	async session(): Promise<Session> {
		return this.#keep(await this.#ask("GET", "/session"));
	}

	#keep(session: Session): Session {
		this.#csrf = session.csrf;
		this.#user = session.user.id;
		return session;
	}

	/** Nobody is signed in here any more. */
	forget(): void {
		this.#csrf = undefined;
		this.#user = undefined;
	}

	signOut = () => this.#ask("DELETE", "/session");
	sessions = () => this.#ask("GET", "/sessions");
	endSession = (id: string) => this.#ask("DELETE", "/sessions/{id}", { path: { id } });
	endOtherSessions = () => this.#ask("DELETE", "/sessions");
	signOutEndpoint = (id: string) => this.#ask("DELETE", "/endpoints/{id}", { path: { id } });

	/** The session stays, under a new id. */
	async changePassword(current: string, next: string): Promise<Session> {
		return this.#keep(await this.#ask("POST", "/password", { body: { current, new: next } }));
	}

	appPasswords = () => this.#ask("GET", "/app-passwords");
	issueAppPassword = (label: string) => this.#ask("POST", "/app-passwords", { body: { label } });
	revokeAppPassword = (id: string) => this.#ask("DELETE", "/app-passwords/{id}", { path: { id } });

	ticket = () => this.#ask("POST", "/events/ticket");

	find = (q: string, limit = 20) => this.#ask("GET", "/people", { query: { q, limit } });
	person = (person: string) => this.#ask("GET", "/people/{person}", { path: { person } });
	presence = (person: string) => this.#ask("GET", "/people/{person}/presence", { path: { person } });
	access = (person: string) => this.#ask("GET", "/people/{person}/access", { path: { person } });
	setAccess = (person: string, level: AccessLevel) =>
		this.#ask("PUT", "/people/{person}/access", { path: { person }, body: { level } });
	explicitAccess = () => this.#ask("GET", "/access");

	setStatus = (chosen: ChosenState, until?: string) =>
		this.#ask("PUT", "/me/status", { body: { chosen, ...(until === undefined ? {} : { until }) } });
	setNote = (text: string) => this.#ask("PUT", "/me/note", { body: { text } });
	setPlace = (location: string, utcOffsetMinutes: number) =>
		this.#ask("PUT", "/me/place", { body: { location, utcOffsetMinutes } });

	addGroup = (name: string) => this.#ask("POST", "/groups", { body: { name } });
	renameGroup = (id: string, name: string) => this.#ask("PATCH", "/groups/{id}", { path: { id }, body: { name } });
	removeGroup = (id: string) => this.#ask("DELETE", "/groups/{id}", { path: { id } });
	orderGroups = (ids: readonly string[]) => this.#ask("PUT", "/groups/order", { body: { ids } });

	setContact = (person: string, groups: readonly string[], alias?: string) =>
		this.#ask("PUT", "/contacts/{person}", {
			path: { person },
			body: { groups, ...(alias === undefined ? {} : { alias }) },
		});
	removeContact = (person: string) => this.#ask("DELETE", "/contacts/{person}", { path: { person } });
	setFavourite = (person: string, isFavourite: boolean) =>
		this.#ask("PUT", "/contacts/{person}/favourite", { path: { person }, body: { isFavourite } });

	allowAdder = (person: string, level?: AccessLevel) =>
		this.#ask("POST", "/adders/{person}/allow", { path: { person }, body: level === undefined ? {} : { level } });
	blockAdder = (person: string) => this.#ask("POST", "/adders/{person}/block", { path: { person } });
	ignoreAdder = (person: string) => this.#ask("POST", "/adders/{person}/ignore", { path: { person } });

	converse = (person: string) => this.#ask("POST", "/conversations", { body: { person } });
	openConversation = (id: string) => this.#ask("POST", "/conversations/{id}/open", { path: { id } });
	declineConversation = (id: string) => this.#ask("POST", "/conversations/{id}/decline", { path: { id } });
	leaveConversation = (id: string) => this.#ask("DELETE", "/conversations/{id}", { path: { id } });
	send = (id: string, message: { clientId: string; text: string; html?: string }) =>
		this.#ask("POST", "/conversations/{id}/messages", { path: { id }, body: message });
	/** What the server has of a conversation since it began to keep it for this browser, history or not. */
	messagesOf = (id: string) => this.#ask("GET", "/conversations/{id}/messages", { path: { id } });
	typing = (id: string, typing: boolean) =>
		this.#ask("POST", "/conversations/{id}/typing", { path: { id }, body: { typing } });

	/** What was said with a person, in which words occur, or both; the latest of it, or what lies before a place in it. */
	async history(of: { with?: string; q?: string }, before: string | undefined, limit = 50): Promise<HistoryMessages> {
		const part = await this.#ask("GET", "/history", { query: { ...of, before, limit } });
		if ("messages" in part) return part;
		throw unexpected(200);
	}
	/** With whom there is a history, the latest first. */
	async conversationsKept(before?: string, limit = 50): Promise<HistoryConversations> {
		const part = await this.#ask("GET", "/history", { query: { before, limit } });
		if ("conversations" in part) return part;
		throw unexpected(200);
	}
	/** Finds out whether {@link EXPORT} can be loaded now: who loads it isn't told why not. */
	async mayExport(): Promise<void> {
		try {
			await this.#ask("HEAD", "/history/export");
		} catch (error) {
			const code = error instanceof Refused ? BODILESS[error.problem.status] : undefined;
			throw error instanceof Refused && code ? new Refused({ ...error.problem, code }) : error;
		}
	}
	/** Of a person, or all of it. */
	deleteHistory = (person?: string) => this.#ask("DELETE", "/history", { query: { with: person } });
	deleteMessage = (message: string) => this.#ask("DELETE", "/history/{message}", { path: { message } });

	settings = () => this.#ask("GET", "/settings");
	saveSettings = (settings: Settings) => this.#ask("PUT", "/settings", { body: settings });
}

/** Something between us and the server has answered. */
function unexpected(status: number): Refused {
	return new Refused({
		type: "about:blank",
		status,
		code: "unexpected-answer",
		title: `the answer was ${status}`,
	});
}

/** A path with what varies in it. */
function filled(path: string, values: Values): string {
	return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function query(values: Values): string {
	const words = new URLSearchParams();
	for (const [name, value] of Object.entries(values)) {
		if (value !== undefined && value !== null) words.set(name, String(value));
	}
	const text = words.toString();
	return text === "" ? "" : `?${text}`;
}
