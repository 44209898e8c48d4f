/** Conversations as they are shown: what was said in them, what became of it, and which of them are open. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { type Journey, said } from "./journey.ts";

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
];

/** Ben writes, with a form. */
function hears(page: Page, html: string): Promise<void> {
	return page.evaluate(`mock.hear("ben", "x", ${JSON.stringify(html)})`);
}
