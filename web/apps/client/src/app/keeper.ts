/**
 * Keeps what was written beside the page: each tab under a name of its own, and a tab that is gone leaves what it had to
 * the next one that looks.
 */

import { kept, restored } from "@rapport/live/outbox";
import type { Live } from "@rapport/live/state";
import type { Store } from "@rapport/live/store";

const TAB = "rapport.tab";

export class Keeper {
	readonly #prefix: string;
	readonly #own: string;
	readonly #live: Store<Live>;
	readonly #stop: () => void;
	#last: { outbox: Live["outbox"]; drafts: Live["drafts"] };
	#release: (() => void) | undefined;

	constructor(user: string, live: Store<Live>) {
		this.#prefix = `rapport.kept.${user}.`;
		this.#live = live;
		let tab = sessionStorage.getItem(TAB);
		// A tab that was duplicated has the name of the other; the lock tells.
		tab ??= crypto.randomUUID();
		sessionStorage.setItem(TAB, tab);
		this.#own = this.#prefix + tab;
		live.update((before) => restored(before, localStorage.getItem(this.#own)));
		this.#last = live.get();
		this.#stop = live.subscribe(() => this.#keep());
		void this.#adopt();
	}

	/** Whoever signs out has sent or given up what was theirs; it stays for when they come back. */
	stop(): void {
		this.#stop();
		this.#release?.();
	}

	#keep(): void {
		const now = this.#live.get();
		if (now.outbox === this.#last.outbox && now.drafts === this.#last.drafts) return;
		this.#last = now;
		if (now.outbox.length === 0 && now.drafts.size === 0) localStorage.removeItem(this.#own);
		else localStorage.setItem(this.#own, kept(now));
	}

	async #adopt(): Promise<void> {
		const { locks } = navigator;
		if (!locks) return;
		void locks.request(this.#own, () => new Promise<void>((resolve) => (this.#release = resolve)));
		const others = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix) && key !== this.#own);
		for (const key of others) {
			await locks.request(key, { ifAvailable: true }, (lock) => {
				if (!lock) return;
				const text = localStorage.getItem(key);
				localStorage.removeItem(key);
				this.#live.update((live) => restored(live, text));
			});
		}
	}
}
