/** What lies over the pages for a while: the card of a person, the keys, a word that can be taken back. */

import { Store } from "@rapport/live/store";

export interface Said {
	readonly id: number;
	readonly text: string;
	readonly intent: "done" | "error";
	readonly undo?: () => void;
	/** Whether it stays until somebody has looked at the page, for whoever was elsewhere. */
	readonly waits?: boolean;
}

/** How long a word stays, in milliseconds; a move can be taken back as long. */
export const STAYS = 10_000;

export class Shown {
	readonly card = new Store<string | undefined>(undefined);
	readonly keys = new Store(false);
	readonly said = new Store<Said | undefined>(undefined);
	/** Whose coming back is awaited. */
	readonly awaited = new Store<ReadonlySet<string>>(new Set());
	/** Whether any window has the focus, as far as is known. */
	readonly lookedAt = new Store(true);
	#next = 1;
	/** What waited, and had to give way to a later word. */
	#unseen: readonly Said[] = [];

	/** Begins to await somebody, or no longer does. */
	await(person: string): void {
		this.awaited.update((before) => {
			const next = new Set(before);
			if (!next.delete(person)) next.add(person);
			return next;
		});
	}

	/** Whoever was here has gone: nothing of theirs can be seen or taken back. Whom they await is kept by their name. */
	clear(): void {
		this.card.set(undefined);
		this.keys.set(false);
		this.#unseen = [];
		this.said.set(undefined);
	}

	say(what: Omit<Said, "id">): void {
		const before = this.said.get();
		if (before && !this.#isSeen(before)) this.#unseen = [...this.#unseen, before];
		this.#show({ ...what, id: this.#next++ });
	}

	/** Has the word go that is on screen; one that it took the place of unseen comes back. */
	unsay(): void {
		const [next, ...others] = this.#unseen;
		this.#unseen = others;
		if (next) this.#show(next);
		else this.said.set(undefined);
	}

	#show(said: Said): void {
		this.said.set(said);
		this.#stay(said);
	}

	#stay(said: Said): void {
		const isOver = () => this.said.get() !== said;
		if (this.#isSeen(said)) {
			setTimeout(() => {
				if (isOver()) return;
				if (this.#isSeen(said)) this.unsay();
				else this.#stay(said);
			}, STAYS);
			return;
		}
		const stop = this.lookedAt.subscribe(() => {
			if (!isOver() && !this.#isSeen(said)) return;
			stop();
			if (!isOver()) this.#stay(said);
		});
	}

	#isSeen({ waits = false }: Said): boolean {
		return !waits || this.lookedAt.get();
	}
}
