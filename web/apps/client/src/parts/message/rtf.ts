/**
 * The RTF that Communicator sends, as pieces: characters, paragraphs, bold, italic, underlined, struck. Whatever else a
 * document says is skipped, destinations that aren't text with all that is in them. Bounded, without recursion; any text
 * gives some pieces.
 *
 * Source: Rich Text Format Specification 1.9.1: "Conventions of an RTF Reader", "Unicode RTF", "Font (Character) Formatting".
 */

import type { Piece } from "./pieces";

interface State {
	readonly b: boolean;
	readonly i: boolean;
	readonly u: boolean;
	readonly s: boolean;
	readonly hidden: boolean;
	/** How many characters follow an `\u` for readers that don't know it. */
	readonly skip: number;
}

const FIRST: State = { b: false, i: false, u: false, s: false, hidden: false, skip: 1 };

/** Groups that are not part of the text. */
const ASIDE = new Set([
	"fonttbl",
	"colortbl",
	"stylesheet",
	"info",
	"pict",
	"object",
	"header",
	"footer",
	"footnote",
	"themedata",
	"listtable",
	"listoverridetable",
	"generator",
	"fldinst",
]);

const SYMBOLS: Readonly<Record<string, string>> = {
	tab: "\t",
	emdash: "—",
	endash: "–",
	lquote: "‘",
	rquote: "’",
	ldblquote: "“",
	rdblquote: "”",
	bullet: "•",
	emspace: " ",
	enspace: " ",
	"~": "\u00a0",
	"-": "",
	_: "-",
	"{": "{",
	"}": "}",
	"\\": "\\",
};

/** Deeper nesting than this, and longer text, nobody writes. */
const DEEPEST = 100;
const LONGEST = 200_000;

const TOKEN = /\\([a-z]+)(-?\d+)? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/gi;

const bytes = new TextDecoder("windows-1252");

export function rtfPieces(rtf: string): readonly Piece[] {
	const pieces: Piece[] = [];
	const stack: State[] = [];
	let state = FIRST;
	let run = "";
	let toSkip = 0;
	let isStart = false;

	const close = () => {
		if (run === "") return;
		let piece: Piece = { text: run };
		for (const tag of ["s", "u", "i", "b"] as const) if (state[tag]) piece = { tag, children: [piece] };
		pieces.push(piece);
		run = "";
	};
	const become = (change: Partial<State>) => {
		close();
		state = { ...state, ...change };
	};
	const put = (text: string) => {
		if (!state.hidden) run += text;
	};

	for (const match of rtf.slice(0, LONGEST).matchAll(TOKEN)) {
		const [, word, number, hex, symbol, brace, plain] = match;
		const value = number === undefined ? undefined : Number(number);
		if (brace === "{") {
			if (stack.length < DEEPEST) stack.push(state);
			isStart = true;
			continue;
		}
		if (brace === "}") {
			close();
			state = stack.pop() ?? FIRST;
		} else if (symbol === "*" && isStart) {
			become({ hidden: true });
			continue;
		} else if (word !== undefined) {
			const on = value !== 0;
			if (isStart && ASIDE.has(word)) become({ hidden: true });
			else if (word === "b") become({ b: on });
			else if (word === "i") become({ i: on });
			else if (word === "ul" || word === "ulnone") become({ u: word === "ul" && on });
			else if (word === "strike") become({ s: on });
			else if (word === "plain") become({ b: false, i: false, u: false, s: false });
			else if (word === "v") become({ hidden: on });
			else if (word === "uc" && value !== undefined) state = { ...state, skip: Math.min(8, Math.max(0, value)) };
			else if (word === "u" && value !== undefined) {
				put(String.fromCharCode(value & 0xffff));
				toSkip = state.skip;
				isStart = false;
				continue;
			} else if (word === "par" || word === "line") {
				close();
				if (!state.hidden) pieces.push({ tag: "br", children: [] });
			} else put(SYMBOLS[word] ?? "");
		} else if (hex !== undefined) {
			if (toSkip > 0) {
				toSkip--;
				continue;
			}
			put(bytes.decode(new Uint8Array([Number.parseInt(hex, 16)])));
		} else if (symbol !== undefined) {
			if (symbol === "\n" || symbol === "\r") {
				close();
				if (!state.hidden) pieces.push({ tag: "br", children: [] });
			} else put(SYMBOLS[symbol] ?? "");
		} else if (plain !== undefined) {
			put(plain.slice(toSkip));
			toSkip = Math.max(0, toSkip - plain.length);
			isStart = false;
			continue;
		}
		if (!/^\s*$/.test(match[0])) isStart = false;
		toSkip = 0;
	}
	close();
	while (isBreak(pieces.at(-1))) pieces.pop();
	return pieces;
}

function isBreak(piece: Piece | undefined): boolean {
	return piece !== undefined && "tag" in piece && piece.tag === "br";
}
