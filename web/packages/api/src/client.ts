/** Every request that the pages make, with what it takes and what it gives. */

import { type Method, Refused, type Transport } from "./transport";
import type {
	AccessLevel,
	AccessOf,
	AppPassword,
	ChosenState,
	Contact,
	Conversation,
	ExplicitAccess,
	FoundPeople,
	Group,
	HistoryConversations,
	HistoryMessages,
	IssuedAppPassword,
	Me,
	Message,
	Person,
	Presence,
	ProblemBody,
	Session,
	Settings,
	WebSession,
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

type Query = Readonly<Record<string, string | number | undefined>>;

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

	constructor(transport: Transport) {
		this.transport = transport;
	}

	async #ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
		const user = this.#user;
		try {
			return await this.#askOnce(method, path, body);
		} catch (error) {
			// Nothing was done: a request is looked at after its token.
			if (!(error instanceof Refused && error.problem.code === "csrf")) throw error;
			if (!(await this.renew()) || user !== this.#user) throw error;
			return this.#askOnce(method, path, body);
		}
	}

	async #askOnce<T>(method: Method, path: string, body?: unknown): Promise<T> {
		const answer = await this.transport.request({
			method,
			path,
			...(body === undefined ? {} : { body }),
			...(this.#csrf === undefined || method === "GET" || method === "HEAD" ? {} : { csrf: this.#csrf }),
		});
		if (answer.status >= 200 && answer.status < 300) return answer.body as T;
		if (isProblem(answer.body)) throw new Refused(answer.body);
		// Something between us and the server has answered.
		throw new Refused({
			type: "about:blank",
			status: answer.status,
			code: "unexpected-answer",
			title: `the answer was ${answer.status}`,
		});
	}

	async signIn(address: string, password: string, label: string): Promise<Session> {
		return this.#keep(await this.#ask<Session>("POST", "/session", { address, password, label }));
	}

	async session(): Promise<Session> {
		return this.#keep(await this.#ask<Session>("GET", "/session"));
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

	signOut = () => this.#ask<void>("DELETE", "/session");
	sessions = () => this.#ask<{ sessions: readonly WebSession[] }>("GET", "/sessions");
	endSession = (id: string) => this.#ask<void>("DELETE", `/sessions/${segment(id)}`);
	endOtherSessions = () => this.#ask<void>("DELETE", "/sessions");
	signOutEndpoint = (id: string) => this.#ask<void>("DELETE", `/endpoints/${segment(id)}`);

	/** The session stays, under a new id. */
	async changePassword(current: string, next: string): Promise<Session> {
		return this.#keep(await this.#ask<Session>("POST", "/password", { current, new: next }));
	}

	appPasswords = () => this.#ask<{ appPasswords: readonly AppPassword[] }>("GET", "/app-passwords");
	issueAppPassword = (label: string) => this.#ask<IssuedAppPassword>("POST", "/app-passwords", { label });
	revokeAppPassword = (id: string) => this.#ask<void>("DELETE", `/app-passwords/${segment(id)}`);

	ticket = () => this.#ask<{ ticket: string }>("POST", "/events/ticket");

	find = (q: string, limit = 20) => this.#ask<FoundPeople>("GET", `/people${query({ q, limit })}`);
	person = (id: string) => this.#ask<Person>("GET", `/people/${segment(id)}`);
	presence = (person: string) => this.#ask<Presence>("GET", `/people/${segment(person)}/presence`);
	access = (person: string) => this.#ask<AccessOf>("GET", `/people/${segment(person)}/access`);
	setAccess = (person: string, level: AccessLevel) =>
		this.#ask<AccessOf>("PUT", `/people/${segment(person)}/access`, { level });
	explicitAccess = () => this.#ask<ExplicitAccess>("GET", "/access");

	setStatus = (chosen: ChosenState, until?: string) =>
		this.#ask<Me>("PUT", "/me/status", { chosen, ...(until === undefined ? {} : { until }) });
	setNote = (text: string) => this.#ask<Me>("PUT", "/me/note", { text });
	setPlace = (location: string, utcOffsetMinutes: number) =>
		this.#ask<Me>("PUT", "/me/place", { location, utcOffsetMinutes });

	addGroup = (name: string) => this.#ask<Group>("POST", "/groups", { name });
	renameGroup = (id: string, name: string) => this.#ask<Group>("PATCH", `/groups/${segment(id)}`, { name });
	removeGroup = (id: string) => this.#ask<void>("DELETE", `/groups/${segment(id)}`);
	orderGroups = (ids: readonly string[]) => this.#ask<void>("PUT", "/groups/order", { ids });

	setContact = (person: string, groups: readonly string[], alias?: string) =>
		this.#ask<Contact>("PUT", `/contacts/${segment(person)}`, {
			groups,
			...(alias === undefined ? {} : { alias }),
		});
	removeContact = (person: string) => this.#ask<void>("DELETE", `/contacts/${segment(person)}`);
	setFavourite = (person: string, isFavourite: boolean) =>
		this.#ask<Contact>("PUT", `/contacts/${segment(person)}/favourite`, { isFavourite });

	allowAdder = (person: string, level?: AccessLevel) =>
		this.#ask<void>("POST", `/adders/${segment(person)}/allow`, level === undefined ? {} : { level });
	blockAdder = (person: string) => this.#ask<void>("POST", `/adders/${segment(person)}/block`);
	ignoreAdder = (person: string) => this.#ask<void>("POST", `/adders/${segment(person)}/ignore`);

	converse = (person: string) => this.#ask<Conversation>("POST", "/conversations", { person });
	openConversation = (id: string) => this.#ask<Conversation>("POST", `/conversations/${segment(id)}/open`);
	declineConversation = (id: string) => this.#ask<void>("POST", `/conversations/${segment(id)}/decline`);
	leaveConversation = (id: string) => this.#ask<void>("DELETE", `/conversations/${segment(id)}`);
	send = (conversation: string, message: { clientId: string; text: string; html?: string }) =>
		this.#ask<Message>("POST", `/conversations/${segment(conversation)}/messages`, message);
	/** What the server has of a conversation since it began to keep it for this browser, history or not. */
	messagesOf = (conversation: string) =>
		this.#ask<{ messages: readonly Message[] }>("GET", `/conversations/${segment(conversation)}/messages`);
	typing = (conversation: string, typing: boolean) =>
		this.#ask<void>("POST", `/conversations/${segment(conversation)}/typing`, { typing });

	/** What was said with a person, in which words occur, or both; the latest of it, or what lies before a place in it. */
	history = (of: { with?: string; q?: string }, before: string | undefined, limit = 50) =>
		this.#ask<HistoryMessages>("GET", `/history${query({ ...of, before, limit })}`);
	/** With whom there is a history, the latest first. */
	conversationsKept = (before?: string, limit = 50) =>
		this.#ask<HistoryConversations>("GET", `/history${query({ before, limit })}`);
	/** Finds out whether {@link EXPORT} can be loaded now: who loads it isn't told why not. */
	async mayExport(): Promise<void> {
		try {
			await this.#ask<void>("HEAD", "/history/export");
		} catch (error) {
			const code = error instanceof Refused ? BODILESS[error.problem.status] : undefined;
			throw error instanceof Refused && code ? new Refused({ ...error.problem, code }) : error;
		}
	}
	/** Of a person, or all of it. */
	deleteHistory = (person?: string) => this.#ask<void>("DELETE", `/history${query({ with: person })}`);
	deleteMessage = (message: string) => this.#ask<void>("DELETE", `/history/${segment(message)}`);

	settings = () => this.#ask<Settings>("GET", "/settings");
	saveSettings = (settings: Settings) => this.#ask<Settings>("PUT", "/settings", settings);
}

function segment(id: string): string {
	return encodeURIComponent(id);
}

function query(values: Query): string {
	const words = new URLSearchParams();
	for (const [name, value] of Object.entries(values)) {
		if (value !== undefined) words.set(name, String(value));
	}
	const text = words.toString();
	return text === "" ? "" : `?${text}`;
}
