/**
 * The RTF that Communicator sends, as pieces: characters, paragraphs, bold, italic, underlined, struck. Octets are read by
 * the code page of their font, else by that of the text. Whatever else a document says is skipped, destinations that
 * aren't text with all that is in them. Bounded, without recursion; any text gives some pieces.
 *
 * Source: Rich Text Format Specification 1.9.1: "Conventions of an RTF Reader", "Unicode RTF", "Font Table",
 * "Font (Character) Formatting". The server reads the words alone (`crates/imtext`); both go through the same examples.
 */

import { codePage, codePageOf, decoded, isLead, WESTERN } from "./code-pages";
import type { Piece } from "./pieces";

interface State {
	readonly b: boolean;
	readonly i: boolean;
	readonly u: boolean;
	readonly s: boolean;
	readonly hidden: boolean;
	/** Whether this says what the fonts are. */
	readonly isFontTable: boolean;
	readonly font: number | undefined;
	/** How many characters follow an `\u` for readers that don't know it. */
	readonly skip: number;
}

const FIRST: State = {
	b: false,
	i: false,
	u: false,
	s: false,
	hidden: false,
	isFontTable: false,
	font: undefined,
	skip: 1,
};

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
	_: "-",
	"{": "{",
	"}": "}",
	"\\": "\\",
};

/** Deeper nesting than this, longer text, and more fonts, nobody writes. */
const DEEPEST = 100;
const LONGEST = 200_000;
const MOST_FONTS = 256;

const TOKEN = /\\([a-z]+)(-?\d+)? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/gi;

export function rtfPieces(rtf: string): readonly Piece[] {
	const pieces: Piece[] = [];
	const stack: State[] = [];
	const fonts = new Map<number, number>();
	let state = FIRST;
	let page = WESTERN;
	let defaultFont = 0;
	let run = "";
	/** Octets one after the other, which may be parts of one character; whether the last is the first of two. */
	let octets: number[] = [];
	let isLed = false;
	let toSkip = 0;
	let isStart = false;

	const pageHere = () => fonts.get(state.font ?? defaultFont) ?? page;
	/** Whatever may go on ends here: a run of octets, what is left out behind an `\u`. */
	const settle = () => {
		if (octets.length > 0) run += decoded(pageHere(), octets);
		octets = [];
		isLed = false;
		toSkip = 0;
	};
	const close = () => {
		settle();
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
		settle();
		if (!state.hidden) run += text;
	};
	const putOctet = (octet: number) => {
		if (state.hidden) return;
		octets.push(octet);
		isLed = !isLed && isLead(pageHere(), octet);
	};
	/** Characters that stand for themselves, the first maybe for the second octet of one. */
	const putPlain = (text: string) => {
		let rest = text.slice(toSkip);
		toSkip = Math.max(0, toSkip - text.length);
		if (isLed && /^[@-~]/.test(rest)) {
			putOctet(rest.charCodeAt(0));
			rest = rest.slice(1);
		}
		if (rest !== "") put(rest);
	};
	const endLine = () => {
		close();
		if (!state.hidden) pieces.push({ tag: "br", children: [] });
	};
	const define = (of: number | undefined) => {
		if (!state.isFontTable || state.font === undefined || of === undefined) return;
		if (fonts.size < MOST_FONTS || fonts.has(state.font)) fonts.set(state.font, of);
	};
	const control = (word: string, value: number | undefined) => {
		const on = value !== 0;
		settle();
		if (isStart && ASIDE.has(word)) become({ hidden: true, isFontTable: word === "fonttbl" });
		else if (word === "b") become({ b: on });
		else if (word === "i") become({ i: on });
		else if (word === "ul" || word === "ulnone") become({ u: word === "ul" && on });
		else if (word === "strike") become({ s: on });
		else if (word === "plain") become({ b: false, i: false, u: false, s: false, font: undefined });
		else if (word === "v") become({ hidden: on });
		else if (word === "f") state = { ...state, font: value };
		else if (word === "deff") defaultFont = value ?? 0;
		else if (word === "fcharset") define(codePageOf(value));
		else if (word === "cpg") define(codePage(value));
		else if (word === "ansicpg") page = codePage(value) ?? page;
		else if (word === "mac") page = codePage(10000) ?? page;
		else if (word === "uc") state = { ...state, skip: Math.min(8, Math.max(0, value ?? 1)) };
		else if (word === "u" && value !== undefined) {
			put(String.fromCharCode(value & 0xffff));
			toSkip = state.skip;
		} else if (word === "par" || word === "line") endLine();
		else put(SYMBOLS[word] ?? "");
	};

	for (const match of rtf.slice(0, LONGEST).matchAll(TOKEN)) {
		const [, word, number, hex, symbol, brace, plain] = match;
		if (brace === "{") {
			settle();
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
			control(word, number === undefined ? undefined : Number(number));
		} else if (hex !== undefined) {
			if (toSkip > 0) toSkip--;
			else putOctet(Number.parseInt(hex, 16));
		} else if (symbol === "\n" || symbol === "\r") {
			endLine();
		} else if (symbol === "\\" || symbol === "{" || symbol === "}") {
			putPlain(symbol);
		} else if (symbol !== undefined) {
			if (toSkip > 0) toSkip--;
			else put(SYMBOLS[symbol] ?? "");
		} else if (plain !== undefined) {
			putPlain(plain);
		}
		if (!/^\s*$/.test(match[0])) isStart = false;
	}
	close();
	while (isBreak(pieces.at(-1))) pieces.pop();
	return pieces;
}

function isBreak(piece: Piece | undefined): boolean {
	return piece !== undefined && "tag" in piece && piece.tag === "br";
}
