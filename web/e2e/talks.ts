/** Conversations as they are shown: what was said in them, what became of it, and which of them are open. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { box, type Journey, said, settled, soon, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

export const TALKS: readonly Journey[] = [
	[
		"an address in a message with formatting is a link, and a face is drawn, but for code and what is a link already",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await hears(page, "see <b>this</b>: https://e.example/a. :)<p><code>http://f.example :)</code></p>");
			const log = page.locator("[role=log]");
			await log.getByRole("link", { name: "https://e.example/a", exact: true }).waitFor();
			await log.getByText(/🙂/).last().waitFor();
			assert.equal(await log.locator("code a").count(), 0);
			await said(page, "http://f.example :)").waitFor();
		},
	],
	[
		"what fails while a conversation is open is said at once; what had failed before is only read where it stands",
		"still",
		async (page) => {
			await turnTo(page, "/im/c/ben");
			await page.evaluate('mock.become("ben", "offline")');
			const failed = page.locator("[role=log] [data-failed]");
			await failed.first().waitFor();
			await settled(page);
			const before = await failed.count();
			assert.equal(await page.locator("[role=log] [role=alert]").count(), 0);
			await box(page).fill("and now?");
			await page.keyboard.press("Enter");
			const alert = page.locator("[role=log] [role=alert]");
			await alert.waitFor();
			await soon(async () => assert.equal(await failed.count(), before + 1));
			// Opened anew, it is one of those that had failed.
			await turnTo(page, "/im/c/maya");
			await page.getByRole("heading", { level: 1, name: "Maya Cohen" }).waitFor();
			await turnTo(page, "/im/c/ben");
			await said(page, "and now?").waitFor();
			assert.equal(await alert.count(), 0);
		},
	],
	[
		"open conversations are tabs: the arrows move, Enter opens, Delete closes, and who writes shows in theirs",
		"still",
		async (page) => {
			const tab = (name: RegExp) => page.getByRole("tab", { name });
			const has = (person: string) => page.locator(`[data-tab="${person}"]:focus`).waitFor();
			await page.locator('[data-row="g1/ben"]').click();
			await page.locator('[role=tab][aria-selected=true][data-tab="ben"]').waitFor();
			await page
				.getByRole("tabpanel", { name: /^Ben Okafor/ })
				.getByRole("heading", { level: 1 })
				.waitFor();
			await tab(/^Hugo Sandström, Available, 2 unread messages$/).waitFor();
			assert.deepEqual(await tabs(page), ["ben", "emi", "grace", "hugo"]);

			// The arrows move, and open nothing.
			await page.locator('[data-tab="ben"]').focus();
			await page.keyboard.press("ArrowRight");
			await has("emi");
			await page.keyboard.press("End");
			await has("hugo");
			await page.keyboard.press("ArrowRight");
			await has("ben");
			await page.keyboard.press("ArrowLeft");
			await has("hugo");
			await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			await tab(/^Hugo Sandström, Available$/).waitFor();
			await page.locator("[role=textbox]:focus").waitFor();

			// None moves when somebody writes.
			await page.evaluate('mock.hear("emi", "One more thing.")');
			await tab(/, 1 unread message$/).waitFor();
			assert.deepEqual(await tabs(page), ["ben", "emi", "grace", "hugo"]);

			// Closed: by Delete, the focus goes to the next; by its button, it stays where one writes.
			await page.locator('[data-tab="emi"]').focus();
			await page.keyboard.press("Delete");
			await page.locator('[data-tab="emi"]').waitFor({ state: "detached" });
			await has("grace");
			await box(page).click();
			await page.locator('[data-close="grace"]').click();
			await page.locator('[data-tab="grace"]').waitFor({ state: "detached" });
			await page.locator("[role=textbox]:focus").waitFor();
			await page.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();

			// The one that is open: its neighbour is opened, and in the end there is none.
			await page.locator('[data-close="hugo"]').click();
			await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();
			await page.locator('[data-tab="hugo"]').waitFor({ state: "detached" });
			await page.locator('[data-close="ben"]').click();
			await page.getByRole("tablist").waitFor({ state: "detached" });
			await page.waitForURL(/\/im\/\?/);
		},
	],
	[
		"tabs that don't fit are scrolled to and listed in a menu; where there is little room there are none",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await page.getByRole("tab", { name: /^Ben Okafor/ }).waitFor();
			const all = page.getByRole("main").getByRole("button", { name: "All conversations" });
			await settled(page);
			assert.equal(await all.count(), 0);
			await page.evaluate(
				'for (const id of ["kavya", "ines", "dmitri", "maya", "olga", "nils"]) mock.hear(id, "hello")',
			);
			await all.click();
			await page.getByRole("menuitem", { name: /^Olga Petrova/ }).click();
			await page.getByRole("heading", { level: 1, name: "Olga Petrova" }).waitFor();
			// It is in sight, whole.
			await until(
				page,
				`(() => {
					const tab = document.querySelector('[role=tab][aria-selected=true][data-tab="olga"]')?.getBoundingClientRect();
					const list = document.querySelector("[role=tablist]").getBoundingClientRect();
					return tab && tab.left >= list.left - 1 && tab.right <= list.right + 1;
				})()`,
			);
			await page.setViewportSize({ width: 800, height: 700 });
			await page.getByRole("tablist").waitFor({ state: "detached" });
			assert.equal(await page.getByRole("tabpanel").count(), 0);
			await page.getByRole("heading", { level: 1, name: "Olga Petrova" }).waitFor();
		},
	],
	[
		"who isn't on the list, and is talked to by nobody here, is awaited as well",
		"still",
		async (page) => {
			await turnTo(page, "/im/c/nils");
			await page.getByRole("heading", { level: 1, name: "Nils Berg" }).waitFor();
			await page.evaluate('mock.become("nils", "offline")');
			await page.getByRole("main").getByRole("button", { name: "More for Nils Berg" }).click();
			await page.getByRole("menuitem", { name: "Tell me when available" }).click();
			await turnTo(page, "/im/");
			await settled(page);
			assert.equal(await page.getByText("Nils Berg is available").count(), 0);
			await page.evaluate('mock.become("nils", "available")');
			// It is asked about at the latest when the connection is back.
			await page.evaluate("mock.lose()");
			await page.evaluate("mock.reachable = true");
			await page.getByText("Nils Berg is available").waitFor();
			await until(page, 'localStorage.getItem("rapport.awaited.ana") === null');
		},
	],
];

/** Whose tabs there are, in their order. */
function tabs(page: Page): Promise<string[]> {
	return page.locator("[role=tab]").evaluateAll((all) => all.map((one) => one.dataset["tab"] ?? ""));
}

/** Ben writes, with a form. */
function hears(page: Page, html: string): Promise<void> {
	return page.evaluate(`mock.hear("ben", "x", ${JSON.stringify(html)})`);
}
