/** What a key in the box asks of the people found: it is done by the answer to what was typed, and by no earlier one. */

export interface Wish {
	/** What was typed when the key was pressed. */
	readonly query: string;
	/** To talk to the first of them, or to go to the first row. */
	readonly to: "talk" | "move";
}

export interface Answered {
	/** What was asked. */
	readonly query: string;
	readonly people: readonly { readonly id: string }[];
}

/** For whom a wish can be granted now: the first of the answer that belongs to it; nobody while that isn't here. */
export function grantedTo(wish: Wish | undefined, typed: string, answer: Answered | undefined): string | undefined {
	if (!wish || wish.query !== typed || answer?.query !== typed) return undefined;
	return answer.people[0]?.id;
}
