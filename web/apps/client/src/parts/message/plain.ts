/**
 * Text as it is shown: addresses become links, unless a filter has broken them, and faces are drawn. Pure. What is sent is
 * as it was written.
 */

import { type Piece, safeHref, type Tag } from "./pieces";

const ADDRESS = /(?<![\w_])https?:\/\/[^\s<>"“”]+/g;

const FACES: Readonly<Record<string, string>> = {
	":)": "🙂",
	":-)": "🙂",
	":(": "🙁",
	":-(": "🙁",
	";)": "😉",
	";-)": "😉",
	":D": "😃",
	":-D": "😃",
	":P": "😛",
	":-P": "😛",
	"(y)": "👍",
	"(n)": "👎",
};

/** Faces stand alone between spaces: `foo(y)` is a function. */
const FACE = /(?<=^|\s)(?::-?[)(DP]|;-?\)|\([yn]\))(?=\s|$)/g;

export function plainPieces(text: string): readonly Piece[] {
	const pieces: Piece[] = [];
	let at = 0;
	const put = (words: string) => {
		if (words !== "") pieces.push({ text: words.replace(FACE, (face) => FACES[face] ?? face) });
	};
	for (const match of text.matchAll(ADDRESS)) {
		const address = trimmed(match[0]);
		const href = safeHref(address);
		if (href === undefined) continue;
		put(text.slice(at, match.index));
		pieces.push({ tag: "a", href, children: [{ text: address }] });
		at = match.index + address.length;
	}
	put(text.slice(at));
	return pieces;
}

/** What is a link already, or is to be read letter by letter. */
const AS_IT_IS: ReadonlySet<Tag> = new Set(["a", "code", "pre"]);

/** Formatted text with the links and the faces of its words. */
export function withLinks(pieces: readonly Piece[]): readonly Piece[] {
	return pieces.flatMap((piece) => {
		if ("text" in piece) return plainPieces(piece.text);
		return AS_IT_IS.has(piece.tag) ? [piece] : [{ ...piece, children: withLinks(piece.children) }];
	});
}

/** Without the marks that end a sentence, and a bracket that nothing in it opens. */
function trimmed(address: string): string {
	let end = address.replace(/[.,;:!?'…]+$/, "");
	if (end.endsWith(")") && !end.includes("(")) end = end.slice(0, -1);
	return end;
}

/** Whether it is nothing but a few emoji, which are shown large. */
export function isEmojiOnly(text: string): boolean {
	return /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|\u200d\p{Extended_Pictographic})*\s*){1,3}$/u.test(
		text,
	);
}
