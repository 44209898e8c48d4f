/**
 * Formatted text as a tree of what we show: bold, italic, underlined, struck, lists, quotes, code, links. It is made from
 * the nodes of a parsed document by a list of what is allowed; everything else gives its text or nothing. Colours, sizes
 * and fonts of others are left out: they can't be read in every theme. Pure.
 */

export type Tag = "b" | "i" | "u" | "s" | "code" | "pre" | "blockquote" | "ul" | "ol" | "li" | "p" | "br" | "a";

export type Piece =
	| { readonly text: string }
	| { readonly tag: Tag; readonly href?: string; readonly children: readonly Piece[] };

/** What is needed of a node: so much that a test can make one. */
export interface NodeLike {
	readonly nodeType: number;
	readonly nodeName: string;
	readonly nodeValue: string | null;
	readonly childNodes: ArrayLike<NodeLike>;
	getAttribute?(name: string): string | null;
}

const ELEMENT = 1;
const TEXT = 3;

/** Deeper nesting than this, and more nodes, nobody writes. */
const DEEPEST = 40;
const MOST = 4000;

const TAGS: Readonly<Record<string, Tag>> = {
	B: "b",
	STRONG: "b",
	I: "i",
	EM: "i",
	U: "u",
	INS: "u",
	S: "s",
	STRIKE: "s",
	DEL: "s",
	CODE: "code",
	TT: "code",
	KBD: "code",
	PRE: "pre",
	BLOCKQUOTE: "blockquote",
	UL: "ul",
	OL: "ol",
	LI: "li",
	P: "p",
	DIV: "p",
	H1: "p",
	H2: "p",
	H3: "p",
	TR: "p",
	BR: "br",
	A: "a",
};

/** What has no text for a reader, whatever stands in it. */
const SILENT = new Set([
	"SCRIPT",
	"STYLE",
	"HEAD",
	"TITLE",
	"META",
	"LINK",
	"TEMPLATE",
	"NOSCRIPT",
	"IFRAME",
	"OBJECT",
	"EMBED",
	"SVG",
	"MATH",
	"AUDIO",
	"VIDEO",
	"CANVAS",
	"SELECT",
	"TEXTAREA",
	"INPUT",
	"BUTTON",
	"FORM",
]);

/** The address of a link, if it is one that we follow. */
export function safeHref(href: string | null | undefined): string | undefined {
	if (!href || href.length > 2048) return undefined;
	try {
		const url = new URL(href);
		return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

export function piecesOf(node: NodeLike): readonly Piece[] {
	let left = MOST;

	function inside(parent: NodeLike, depth: number): Piece[] {
		return Array.from(parent.childNodes).flatMap((child) => one(child, depth));
	}

	function one(child: NodeLike, depth: number): Piece[] {
		if (left-- <= 0) return [];
		if (child.nodeType === TEXT) return child.nodeValue ? [{ text: child.nodeValue }] : [];
		if (child.nodeType !== ELEMENT) return [];
		const name = child.nodeName.toUpperCase();
		if (SILENT.has(name)) return [];
		const children = depth < DEEPEST ? inside(child, depth + 1) : [];
		const tag = TAGS[name];
		if (tag === "br") return [{ tag, children: [] }];
		if (tag === "a") {
			const href = safeHref(child.getAttribute?.("href"));
			return href === undefined ? children : [{ tag, href, children }];
		}
		return wrapped(tag ? [{ tag, children }] : children, child.getAttribute?.("style"));
	}

	return inside(node, 0);
}

/** Desktop clients say by style what has an element. */
function wrapped(pieces: Piece[], style: string | null | undefined): Piece[] {
	if (!style || pieces.length === 0) return pieces;
	let made = pieces;
	const says = (pattern: RegExp) => pattern.test(style);
	if (says(/font-weight\s*:\s*(bold|[6-9]00)/i)) made = [{ tag: "b", children: made }];
	if (says(/font-style\s*:\s*italic/i)) made = [{ tag: "i", children: made }];
	if (says(/text-decoration[^;]*:[^;]*underline/i)) made = [{ tag: "u", children: made }];
	if (says(/text-decoration[^;]*:[^;]*line-through/i)) made = [{ tag: "s", children: made }];
	return made;
}

/** Whether there is more to it than text. */
export function isFormatted(pieces: readonly Piece[]): boolean {
	return pieces.some(
		(piece) => "tag" in piece && ((piece.tag !== "br" && piece.tag !== "p") || isFormatted(piece.children)),
	);
}

/** As HTML, for others: what is allowed, and nothing else. */
export function htmlOf(pieces: readonly Piece[]): string {
	return pieces
		.map((piece) => {
			if ("text" in piece) return escaped(piece.text);
			if (piece.tag === "br") return "<br>";
			const href = piece.href === undefined ? "" : ` href="${escaped(piece.href)}"`;
			return `<${piece.tag}${href}>${htmlOf(piece.children)}</${piece.tag}>`;
		})
		.join("");
}

function escaped(text: string): string {
	const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
	return text.replace(/[&<>"]/g, (letter) => names[letter] ?? letter);
}

/** As nodes of a document, made one by one. */
export function nodesOf(pieces: readonly Piece[], document: Document): DocumentFragment {
	const fragment = document.createDocumentFragment();
	for (const piece of pieces) {
		if ("text" in piece) {
			fragment.append(piece.text);
			continue;
		}
		const element = document.createElement(piece.tag);
		if (piece.href !== undefined) element.setAttribute("href", piece.href);
		element.append(nodesOf(piece.children, document));
		fragment.append(element);
	}
	return fragment;
}
