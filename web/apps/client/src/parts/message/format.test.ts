import { describe, expect, it } from "vitest";
import { htmlOf, isFormatted, type NodeLike, piecesOf, safeHref } from "./pieces";
import { isEmojiOnly, plainPieces, withLinks } from "./plain";
import { rtfPieces } from "./rtf";

/** An element as a parser would make it. */
function h(name: string, attributes: Record<string, string>, ...children: (NodeLike | string)[]): NodeLike {
	return {
		nodeType: 1,
		nodeName: name.toUpperCase(),
		nodeValue: null,
		childNodes: children.map((child) =>
			typeof child === "string" ? { nodeType: 3, nodeName: "#text", nodeValue: child, childNodes: [] } : child,
		),
		getAttribute: (attribute) => attributes[attribute] ?? null,
	};
}
const html = (...children: (NodeLike | string)[]) => htmlOf(piecesOf(h("body", {}, ...children)));

describe("the HTML of desktop clients", () => {
	it("keeps what is allowed and the text of what isn't", () => {
		expect(html(h("font", { color: "red" }, h("b", {}, "bold"), " and ", h("marquee", {}, "moving")))).toBe(
			"<b>bold</b> and moving",
		);
		expect(html(h("span", { style: "font-weight:bold; font-style: italic" }, "x"))).toBe("<i><b>x</b></i>");
	});

	it("does nothing that was meant to be done", () => {
		expect(html(h("script", {}, "alert(1)"), h("style", {}, "*{}"), h("iframe", { src: "//e" }, "x"))).toBe("");
		expect(html(h("img", { src: "x", onerror: "alert(1)" }))).toBe("");
		expect(html(h("b", { onclick: "alert(1)" }, "x"))).toBe("<b>x</b>");
		expect(html(h("a", { href: "javascript:alert(1)" }, "x"))).toBe("x");
		expect(html(h("a", { href: 'https://e.example/"onclick=x' }, "<img>"))).toBe(
			'<a href="https://e.example/%22onclick=x">&lt;img&gt;</a>',
		);
		for (const href of ["JaVaScRiPt:1", "data:text/html,x", "vbscript:x", "file:///etc", "//e.example", "", null]) {
			expect(safeHref(href), String(href)).toBeUndefined();
		}
	});

	it("is bounded, however deep and long", () => {
		let deep: NodeLike = h("b", {}, "x");
		for (let n = 0; n < 1000; n++) deep = h("b", {}, deep);
		expect(html(deep).length).toBeLessThan(1000);
		expect(html(...Array.from({ length: 10_000 }, () => "x")).length).toBe(4000);
	});

	it("knows what is only text", () => {
		expect(isFormatted(piecesOf(h("body", {}, h("p", {}, "x", h("br", {})))))).toBe(false);
		expect(isFormatted(piecesOf(h("body", {}, h("p", {}, h("i", {}, "x")))))).toBe(true);
	});
});

describe("the RTF of Communicator", () => {
	const rtf = (text: string) => htmlOf(rtfPieces(text));

	it("gives its text with its formatting", () => {
		const text = String.raw`{\rtf1\fbidis\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 MS Shell Dlg 2;}}
{\colortbl ;\red0\green0\blue0;}
{\*\generator Msftedit 5.41.15.1507;}\viewkind4\uc1\pard\ltrpar\cf1\b\f0\fs20 bold\b0  and \i it\ul al\ulnone ic\i0\par
}`;
		expect(rtf(text)).toBe("<b>bold</b> and <i>it</i><i><u>al</u></i><i>ic</i>");
	});

	it("reads every way to write a character", () => {
		expect(rtf(String.raw`{\rtf1 caf\'e9 \u8364? \{x\}\~y\emdash z}`)).toBe("café € {x}\u00a0y—z");
		expect(rtf(String.raw`{\rtf1\uc0 \u9731 snow}`)).toBe("☃snow");
	});

	it("takes any text", () => {
		for (const text of [
			"",
			"{",
			"}}}}",
			"\\",
			"{\\*",
			"{\\rtf1",
			"\\u",
			"\\'zz",
			"{".repeat(5000),
			"\\b".repeat(5000),
		]) {
			expect(() => rtf(text)).not.toThrow();
		}
	});
});

describe("plain text", () => {
	it("has links where addresses are, without the marks around them", () => {
		expect(htmlOf(plainPieces("see https://e.example/a(b) (or http://f.example). Bye"))).toBe(
			'see <a href="https://e.example/a(b)">https://e.example/a(b)</a> (or <a href="http://f.example/">http://f.example</a>). Bye',
		);
	});

	it("leaves alone what a filter has broken", () => {
		expect(htmlOf(plainPieces("_http://e.example and hxxp://f.example"))).toBe(
			"_http://e.example and hxxp://f.example",
		);
	});

	it("shows faces that stand alone", () => {
		expect(htmlOf(plainPieces("hi :) call(y) (y)"))).toBe("hi 🙂 call(y) 👍");
		expect([isEmojiOnly("🙏"), isEmojiOnly("👍🏽 👩‍💻"), isEmojiOnly("ok 🙏"), isEmojiOnly("12")]).toEqual([
			true,
			true,
			false,
			false,
		]);
	});
});

describe("formatted text", () => {
	const shown = (...children: (NodeLike | string)[]) => htmlOf(withLinks(piecesOf(h("body", {}, ...children))));

	it("has the links and the faces of its words, however deep they stand", () => {
		expect(shown("see ", h("b", {}, "this: ", h("i", {}, "https://e.example/a.")), h("p", {}, "ok :)"))).toBe(
			'see <b>this: <i><a href="https://e.example/a">https://e.example/a</a>.</i></b><p>ok 🙂</p>',
		);
		expect(htmlOf(withLinks(rtfPieces(String.raw`{\rtf1 \b bold\b0  http://e.example (y)}`)))).toBe(
			'<b>bold</b> <a href="http://e.example/">http://e.example</a> 👍',
		);
	});

	it("leaves alone what is a link, what is code, and what a filter has broken", () => {
		const link = '<a href="https://e.example/">http://f.example :)</a>';
		expect(shown(h("a", { href: "https://e.example/" }, "http://f.example :)"))).toBe(link);
		for (const tag of ["code", "pre"]) {
			expect(shown(h(tag, {}, h("b", {}, "http://e.example"), " :)"))).toBe(
				`<${tag}><b>http://e.example</b> :)</${tag}>`,
			);
		}
		expect(shown(h("b", {}, "_http://e.example"))).toBe("<b>_http://e.example</b>");
	});
});
