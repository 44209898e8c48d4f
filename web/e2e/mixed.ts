/** People and words of scripts that run from right to left among those that run the other way, on pages of either kind. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { box, type Journey, said, soon, until } from "./journey.ts";

const ADDRESS = "https://intranet.lindblad.example/finance/2026/q3-summary";

/** What is said in it: numbers, marks, addresses and faces at the ends of either script. */
const LINES: readonly (readonly [direction: "in" | "out", text: string, html?: string])[] = [
	["in", `ראית את ${ADDRESS}? :)`],
	["out", "Yes, see page 3 (the second table)."],
	["in", "شكرا! سأرسلها إلى ben@lindblad.example قبل 17:30 ;)"],
	["in", "שורה ראשונה: 100%.\nSecond line: OK!\nالسطر الثالث، 3/5."],
	[
		"in",
		"דחוף: please read המסמך (v2.1)!",
		'<b>דחוף:</b> please read <a href="https://intranet.lindblad.example/a">המסמך</a> (v2.1)!<ul><li>לפני 15:00</li><li>after that: (maybe)</li></ul>',
	],
	["out", "אשלח את report_v2.pdf עד 16:00 (אולי)."],
];

/** Has the server in memory know them. */
export async function mix(page: Page): Promise<void> {
	await page.evaluate(`(async () => {
		const csrf = "csrf-1";
		const ask = (method, path, body) => mock.request({ method, path, body, csrf });
		const like = mock.people.get("ben");
		const put = async (id, displayName, more, availability, presence) => {
			mock.people.set(id, { ...like, id, displayName, address: id + "@lindblad.example", mail: id + "@lindblad.example", ...more });
			await ask("PUT", "/contacts/" + id, { groups: ["g1"] });
			mock.become(id, availability, { known: true, noteKind: "personal", ...presence });
		};
		await ask("PATCH", "/groups/g1", { name: "פרויקט Aurora (2)" });
		await put("noa", "נועה כהן (Finance)", { title: "מנהלת תפעול – Head of Ops", department: "תפעול, EMEA", office: "קומה 3, room 7" },
			"busy", { note: "חוזרת ב-15:00 :) – ראו https://intranet.lindblad.example/יומן?x=1", location: "תל אביב (office)", device: "web" });
		await put("yusuf", "يوسف الخطيب", { title: "مدير المشاريع" },
			"away", { note: "In a meeting until 3 — بعد ذلك متاح!", location: "دبي, floor 3" });
		await put("dana", "Dana Levi (דנה)", { title: "Engineer" }, "available", { note: "At my desk, חדר 12" });
		await ask("PUT", "/contacts/ben", { groups: ["g1"], alias: "בן (Ben), 2" });
		mock.tell({ type: "adder", adder: { person: { id: "lior", address: "lior@lindblad.example", displayName: "ליאור לוי" } } });
		await ask("PUT", "/me/note", { text: "אחזור ב-15:00 (maybe)" });
		const { body: conversation } = await ask("POST", "/conversations", { person: "noa" });
		for (const [direction, text, html] of ${JSON.stringify(LINES)}) {
			if (direction === "in") mock.hear("noa", text, html);
			else await ask("POST", "/conversations/" + conversation.id + "/messages", { clientId: text, text });
		}
		mock.hear("yusuf", "OK, أراك في 17:30!");
	})()`);
}

/** Goes to a page without loading it anew. */
export async function turnTo(page: Page, path: string): Promise<void> {
	await page.evaluate(
		`history.pushState(null, "", ${JSON.stringify(path)} + location.search); dispatchEvent(new PopStateEvent("popstate"))`,
	);
	await page.locator(":is(main, [role=main]):visible").first().waitFor();
}

/** The middle of some words within an element, from the left, in pixels. */
async function at(page: Page, selector: string, words: string): Promise<number> {
	const found = await page.evaluate(`(() => {
		for (const element of document.querySelectorAll(${JSON.stringify(selector)})) {
			const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
			for (let node = walker.nextNode(); node; node = walker.nextNode()) {
				const start = node.data.indexOf(${JSON.stringify(words)});
				if (start < 0) continue;
				const range = document.createRange();
				range.setStart(node, start);
				range.setEnd(node, start + ${words.length});
				const { left, right } = range.getBoundingClientRect();
				return (left + right) / 2;
			}
		}
	})()`);
	if (typeof found !== "number") throw new Error(`there is no ${words} in ${selector}`);
	return found;
}

/** That words stand in this order, from the left to the right. */
async function inOrder(page: Page, selector: string, ...words: readonly string[]): Promise<void> {
	await soon(async () => {
		const places: number[] = [];
		for (const one of words) places.push(await at(page, selector, one));
		assert.deepEqual(
			places,
			[...places].sort((a, b) => a - b),
			`${words.join(" | ")} in ${selector}`,
		);
	});
}

async function listed(page: Page): Promise<void> {
	await mix(page);
	await page.locator('[data-row="g1/yusuf"]').waitFor();
}

const BUBBLE = "[role=log] [data-line]";

export const MIXED: readonly Journey[] = [
	[
		"on a page from left to right what is written in Hebrew and Arabic runs within itself and moves nothing around it",
		"still",
		async (page) => {
			await listed(page);
			await inOrder(page, '[data-row="g1/noa"]', "Busy", "חוזרת");
			await turnTo(page, "/im/c/noa");
			await said(page, "Yes, see page 3 (the second table).").waitFor();
			// In a sentence: the name first, then the time, though digits would go with the name.
			await inOrder(page, "[role=log] [class]", "נועה", ":");
			await inOrder(page, "#talk-state", "Busy", "In a browser", "חוזרת");
			// In the text of others: the address as it is read, the mark of the question behind it, on the left.
			await inOrder(page, BUBBLE, "?", "https", "summary", "ראית");
			// Each line by its own direction.
			await inOrder(page, BUBBLE, "100", "שורה");
			await inOrder(page, BUBBLE, "Second", "OK!");
			await inOrder(page, BUBBLE, "3/5", "السطر");
			await box(page).fill("שלום (hello) 12");
			await inOrder(page, "[data-composer]", "12", "hello", "שלום");
			await box(page).fill("");
		},
	],
	[
		"on a page from right to left names, notes and messages in English stand as they are read",
		"still&language=x-arabic",
		async (page) => {
			await until(page, 'document.documentElement.lang + document.documentElement.dir === "arrtl"');
			await listed(page);
			await inOrder(page, '[data-row="g1/dana"]', "At my desk", "חדר");
			await inOrder(page, '[data-row="g1/dana"]', "Dana", "Levi", "דנה");
			await turnTo(page, "/im/c/ben");
			await page.locator("[role=log] a").first().waitFor();
			await inOrder(page, BUBBLE, "travel line", " of VAT");
			await inOrder(page, BUBBLE, "https", "q3-summary");
			await turnTo(page, "/im/c/noa");
			await said(page, "Yes, see page 3 (the second table).").waitFor();
			await inOrder(page, BUBBLE, "Yes", "page 3", "table).");
			await inOrder(page, BUBBLE, "?", "https", "summary", "ראית");
		},
	],
];
