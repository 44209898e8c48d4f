/**
 * Keeps what was written beside the page: each tab under a name of its own, and a tab that is gone leaves what it had to
 * the next one that looks. Whose name it is, a lock says, which the browser takes back when the tab goes.
 */

import { isUnderWay, isWritten, kept, leftOver, restored } from "@rapport/live/outbox";
import type { Live } from "@rapport/live/state";
import type { Store } from "@rapport/live/store";

const TAB = "rapport.tab";

/** How long the page before a reload may take to let go of its name, in milliseconds. */
const PATIENCE = 1_000;

/** How long tabs that begin at the same time may take to say which names are theirs, in milliseconds. */
const ALL_HERE = 2_000;

export class Keeper {
	readonly #prefix: string;
	readonly #live: Store<Live>;
	#stopListening: (() => void) | undefined;
	#last: Pick<Live, "outbox" | "drafts" | "note" | "talks"> | undefined;
	#text: string | undefined;
	#release: (() => void) | undefined;
	#isStopped = false;

	constructor(user: string, live: Store<Live>) {
		this.#prefix = prefixOf(user);
		this.#live = live;
		void this.#begin();
	}

	/** What is kept stays, for when they come back. */
	stop(): void {
		this.#isStopped = true;
		this.#stopListening?.();
		this.#release?.();
	}

	async #begin(): Promise<void> {
		const { locks } = navigator;
		let tab = sessionStorage.getItem(TAB) ?? crypto.randomUUID();
		if (locks && !(await this.#claim(locks, this.#prefix + tab))) {
			// The tab was made as the double of another, which goes on to use the name.
			tab = crypto.randomUUID();
			await this.#claim(locks, this.#prefix + tab);
		}
		if (this.#isStopped) {
			this.#release?.();
			return;
		}
		sessionStorage.setItem(TAB, tab);
		const own = this.#prefix + tab;
		this.#live.update((live) => restored(live, localStorage.getItem(own), Date.now()));
		this.#keep(own);
		this.#stopListening = this.#live.subscribe(() => this.#keep(own));
		if (locks) await this.#adopt(locks, own);
	}

	/** Takes a name for as long as this page is there; tells whether it was to be had. */
	#claim(locks: LockManager, key: string): Promise<boolean> {
		const waiting = new AbortController();
		const timer = setTimeout(() => waiting.abort(), PATIENCE);
		return new Promise((resolve) => {
			const held = () => {
				clearTimeout(timer);
				resolve(true);
				return new Promise<void>((release) => {
					this.#release = release;
				});
			};
			locks.request(key, { signal: waiting.signal }, held).catch(() => resolve(false));
		});
	}

	#keep(own: string): void {
		const now = this.#live.get();
		const { outbox, drafts, note, talks } = this.#last ?? {};
		if (now.outbox === outbox && now.drafts === drafts && now.note === note && now.talks === talks) return;
		this.#last = now;
		const text = isWritten(now) || isUnderWay(now) ? kept(now) : "";
		// What is said changes nothing of it, mostly.
		if (text === this.#text) return;
		this.#text = text;
		if (text) localStorage.setItem(own, text);
		else localStorage.removeItem(own);
	}

	async #adopt(locks: LockManager, own: string): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, ALL_HERE));
		for (const key of keysOf(this.#prefix)) {
			if (key === own) continue;
			await locks.request(key, { ifAvailable: true }, (lock) => {
				if (!lock || this.#isStopped) return;
				const text = localStorage.getItem(key);
				const left = leftOver(this.#live.get(), text);
				if (left === undefined) localStorage.removeItem(key);
				else localStorage.setItem(key, left);
				this.#live.update((live) => restored(live, text, Date.now()));
			});
		}
	}
}

/** Whether anything is kept of what a person has written, by whichever tab. */
export function isAnythingKept(user: string): boolean {
	return keysOf(prefixOf(user)).length > 0;
}

/** Deletes what is kept of what a person has written, by whichever tab. */
export function forgetKept(user: string): void {
	for (const key of keysOf(prefixOf(user))) localStorage.removeItem(key);
}

function prefixOf(user: string): string {
	return `rapport.kept.${user}.`;
}

function keysOf(prefix: string): readonly string[] {
	return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}
