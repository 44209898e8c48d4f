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

/** Ben writes, with a form. */
function hears(page: Page, html: string): Promise<void> {
	return page.evaluate(`mock.hear("ben", "x", ${JSON.stringify(html)})`);
}
