/** What a page has around it, for tests: a server in memory, storage, locks, and other tabs. */

import { Client } from "@rapport/api/client";
import { type MockOptions, MockServer } from "@rapport/mock/server";
import { beforeEach, vi } from "vitest";
import { Session } from "./session";
import type { Tabs, Told } from "./tabs";

/** Somebody who isn't on the list. */
export const olga = { id: "olga", address: "olga@lindblad.example", displayName: "Olga Petrova" };
export const ben = { id: "ben", address: "ben@lindblad.example", displayName: "Ben Okafor" };
const now = Date.UTC(2026, 0, 1);

/** Storage of a browser, whose keys are its properties. */
class Kept {
	readonly #values = new Map<string, string>();
	getItem(key: string): string | null {
		return this.#values.get(key) ?? null;
	}
	setItem(key: string, value: string): void {
		this.#values.set(key, value);
		Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
	}
	removeItem(key: string): void {
		this.#values.delete(key);
		Reflect.deleteProperty(this, key);
	}
}

interface Asking {
	readonly ifAvailable?: boolean;
	readonly signal?: AbortSignal;
}

/** Locks of a browser: one holds each, the others wait in turn. */
export class Locks {
	readonly #held = new Map<string, (() => void)[]>();

	async request<T>(name: string, asking: Asking, act: (lock: object | null) => Promise<T> | T): Promise<T> {
		const waiting = this.#held.get(name);
		if (waiting && asking.ifAvailable) return act(null);
		if (waiting) {
			await new Promise<void>((resolve, reject) => {
				waiting.push(resolve);
				asking.signal?.addEventListener("abort", () => {
					if (!waiting.includes(resolve)) return;
					waiting.splice(waiting.indexOf(resolve), 1);
					reject(new DOMException("gave up", "AbortError"));
				});
			});
		} else this.#held.set(name, []);
		try {
			return await act({ name });
		} finally {
			const next = this.#held.get(name)?.shift();
			if (next) next();
			else this.#held.delete(name);
		}
	}
}

/** Gives each test time that stands still, and storage, locks and languages of its own. */
export function inBrowser(): void {
	beforeEach(() => {
		vi.useFakeTimers({ now });
		vi.stubGlobal("localStorage", new Kept());
		vi.stubGlobal("sessionStorage", new Kept());
		vi.stubGlobal("navigator", { languages: ["en"], locks: new Locks() });
		return () => {
			vi.useRealTimers();
			vi.unstubAllGlobals();
		};
	});
}

/** The page goes: it lets go of what it held, and connects no more. */
export function unload(session?: Session): void {
	session?.network(false);
	if (session) vi.spyOn(session.client, "ticket").mockReturnValue(new Promise(() => undefined));
	vi.stubGlobal("navigator", { languages: ["en"], locks: new Locks() });
}

/** What is kept for as long as a tab is there, of a tab of its own. */
export function anotherTab(): void {
	vi.stubGlobal("sessionStorage", new Kept());
}

export function server(keeps = true, more: Partial<MockOptions> = {}): MockServer {
	return new MockServer({
		now: () => Date.now(),
		delay: 1,
		signedIn: true,
		empty: false,
		alive: false,
		keeps,
		...more,
	});
}

export async function started(mock: MockServer, tabs?: Tabs): Promise<Session> {
	const session = new Session(new Client(mock), tabs);
	void session.start();
	await vi.advanceTimersByTimeAsync(50);
	return session;
}

/** Does something while time goes on. */
export async function within<T>(milliseconds: number, act: Promise<T>): Promise<T> {
	const [done] = await Promise.all([act, vi.advanceTimersByTimeAsync(milliseconds)]);
	return done;
}

/** The tabs of a browser, each of which hears what the others tell, a little later. */
export function browser(): () => Tabs {
	const listeners: ((told: Told) => void)[] = [];
	return () => {
		let own: ((told: Told) => void) | undefined;
		return {
			tell: (told) => {
				for (const one of listeners) if (one !== own) setTimeout(() => one(told), 1);
			},
			listen: (listener) => {
				own = listener;
				listeners.push(listener);
			},
		};
	};
}
