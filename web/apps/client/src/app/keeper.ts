/**
 * Keeps what was written beside the page: each tab under a name of its own, and a tab that is gone leaves what it had to
 * another that looks. Whose name it is, a lock says, which the browser takes back when the tab goes. Where a browser has no
 * locks, what is kept says when it was, and each tab says so again and again.
 */

import {
	halfWrittenIn,
	isUnderWay,
	isWritten,
	kept,
	keptAt,
	leftOver,
	restored,
	waitingIn,
} from "@rapport/live/outbox";
import type { Live } from "@rapport/live/state";
import { Store } from "@rapport/live/store";
import { ofBrowser, ofTab } from "./storage";

const TAB = "rapport.tab";

/** How long the page before a reload may take to let go of its name, in milliseconds. */
const PATIENCE = 1_000;

/** How long tabs that begin at the same time may take to say which names are theirs, in milliseconds. */
const ALL_HERE = 2_000;

/** How long a name has to be nobody's until another tab takes what is under it, in milliseconds: it may be reloading. */
const GONE = 8_000;

/** How often a tab says that it is there where there are no locks, in milliseconds. */
const SIGN = 60 * 60 * 1000;

/**
 * For how long nothing may be heard of a tab there until it is taken for gone, in milliseconds. One that sleeps longer has
 * what another took from it still: each message goes once all the same, for one so old goes only by hand.
 */
const SILENT = 24 * 60 * 60 * 1000;

export class Keeper {
	readonly #prefix: string;
	readonly #live: Store<Live>;
	readonly #unkept: Store<boolean>;
	/** The name of this tab, once it has one. */
	#own: string | undefined;
	#stopListening: (() => void) | undefined;
	#last: Pick<Live, "outbox" | "drafts" | "note" | "talks"> | undefined;
	#text: string | undefined;
	#keptAt = 0;
	#release: (() => void) | undefined;
	#isStopped = false;
	/** Whether those that began with this tab have said which names are theirs. */
	#isSettled = false;
	#isLooking = false;
	/** Names that are nobody's, and since when that is known. */
	#free = new Map<string, number>();

	/** @param unkept whether something is written that can't be kept: told as it becomes so and ceases to be. */
	constructor(user: string, live: Store<Live>, unkept = new Store(false)) {
		this.#prefix = prefixOf(user);
		this.#live = live;
		this.#unkept = unkept;
		void this.#begin();
	}

	/** What is kept stays, for when they come back. */
	stop(): void {
		this.#isStopped = true;
		this.#stopListening?.();
		this.#release?.();
		this.#unkept.set(false);
	}

	/**
	 * Takes over what tabs that have gone meanwhile left to be sent; what is half written is for the next page that begins,
	 * and comes to nobody who writes. It is called again and again.
	 *
	 * @param isUp whether a connection stands: a tab that reloads without one may take as long as it is away.
	 */
	async look(isUp: boolean): Promise<void> {
		if (!isUp) this.#free.clear();
		if (!isUp || this.#isStopped || !this.#isSettled || this.#isLooking) return;
		this.#sign();
		this.#isLooking = true;
		try {
			await this.#adopt(GONE, waitingIn, halfWrittenIn);
		} finally {
			this.#isLooking = false;
		}
	}

	async #begin(): Promise<void> {
		const { locks } = navigator;
		let tab = ofTab.read(TAB) ?? crypto.randomUUID();
		if (locks && !(await this.#claim(locks, this.#prefix + tab))) {
			// The tab was made as the double of another, which goes on to use the name.
			tab = crypto.randomUUID();
			await this.#claim(locks, this.#prefix + tab);
		}
		if (this.#isStopped) {
			this.#release?.();
			return;
		}
		ofTab.write(TAB, tab);
		const own = this.#prefix + tab;
		this.#own = own;
		this.#live.update((live) => restored(live, ofBrowser.read(own), Date.now()));
		this.#keep(own);
		this.#stopListening = this.#live.subscribe(() => this.#keep(own));
		await new Promise((resolve) => setTimeout(resolve, ALL_HERE));
		await this.#adopt(
			0,
			(text) => text,
			(text) => leftOver(this.#live.get(), text),
		);
		this.#isSettled = true;
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
		const isKept = this.#write(own, text);
		this.#text = isKept ? text : undefined;
		this.#unkept.set(!isKept);
	}

	#write(own: string, text: string): boolean {
		if (text === "") {
			ofBrowser.remove(own);
			return true;
		}
		this.#keptAt = Date.now();
		return ofBrowser.write(own, navigator.locks ? text : kept(this.#live.get(), this.#keptAt));
	}

	/** Tries anew what couldn't be kept, for there may be room by now; and says that this tab is there, where no lock does. */
	#sign(): void {
		if (this.#own === undefined) return;
		const isDue = !navigator.locks && this.#text && Date.now() - this.#keptAt >= SIGN;
		if (isDue) this.#write(this.#own, this.#text ?? "");
		if (!this.#unkept.get()) return;
		this.#last = undefined;
		this.#keep(this.#own);
	}

	/**
	 * @param after for how long a name has to have been nobody's.
	 * @param taken what of it is taken.
	 * @param left what of it is kept on; nothing if it is gone then.
	 */
	async #adopt(after: number, taken: (text: string) => string, left: Left): Promise<void> {
		const { locks } = navigator;
		const names = ofBrowser.keys(this.#prefix).filter((key) => key !== this.#own);
		for (const key of this.#free.keys()) if (!names.includes(key)) this.#free.delete(key);
		for (const key of names) {
			if (!locks) {
				const at = keptAt(ofBrowser.read(key));
				if (at !== undefined && Date.now() - at >= SILENT) this.#take(key, taken, left);
				continue;
			}
			await locks.request(key, { ifAvailable: true }, (lock) => {
				const since = this.#free.get(key) ?? Date.now();
				if (!lock) this.#free.delete(key);
				else if (Date.now() - since >= after) this.#take(key, taken, left);
				else this.#free.set(key, since);
			});
		}
	}

	#take(key: string, taken: (text: string) => string, left: Left): void {
		const text = ofBrowser.read(key);
		if (this.#isStopped || text === null) return;
		const rest = left(text);
		if (rest === text) return;
		if (rest === undefined) ofBrowser.remove(key);
		else ofBrowser.write(key, rest);
		this.#live.update((live) => restored(live, taken(text), Date.now()));
	}
}

type Left = (text: string) => string | undefined;

/** Whether anything is kept of what a person has written, by whichever tab. */
export function isAnythingKept(user: string): boolean {
	return ofBrowser.keys(prefixOf(user)).length > 0;
}

/** Deletes what is kept of what a person has written, by whichever tab. */
export function forgetKept(user: string): void {
	for (const key of ofBrowser.keys(prefixOf(user))) ofBrowser.remove(key);
}

function prefixOf(user: string): string {
	return `rapport.kept.${user}.`;
}
