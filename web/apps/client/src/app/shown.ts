/** What lies over the pages for a while: the card of a person, the keys, a word that can be taken back. */

import { Store } from "@rapport/live/store";

export interface Said {
	readonly id: number;
	readonly text: string;
	readonly intent: "done" | "error";
	readonly undo?: () => void;
}

/** How long a word stays, in milliseconds; a move can be taken back as long. */
export const STAYS = 10_000;

export class Shown {
	readonly card = new Store<string | undefined>(undefined);
	readonly keys = new Store(false);
	readonly said = new Store<Said | undefined>(undefined);
	/** Whose coming back is awaited. */
	readonly awaited = new Store<ReadonlySet<string>>(new Set());
	#next = 1;

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
		this.said.set(undefined);
	}

	say(what: Omit<Said, "id">): void {
		const said = { ...what, id: this.#next++ };
		this.said.set(said);
		setTimeout(() => {
			if (this.said.get()?.id === said.id) this.said.set(undefined);
		}, STAYS);
	}
}
