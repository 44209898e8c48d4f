/** Writing with an input method, and on a Mac: keys that are the method's, or write letters, do nothing else. */

import { strict as assert } from "node:assert";
import type { Locator, Page } from "playwright-core";
import { box, type Journey, settled, soon, toFind } from "./journey.ts";

/** Presses a key as an input method has it while it offers something: as most browsers tell it, and as Safari does. */
async function whileComposing(page: Page, field: Locator, key: string): Promise<void> {
	for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
		await field.evaluate((element, init) => element.dispatchEvent(new KeyboardEvent("keydown", init)), {
			key,
			bubbles: true,
			cancelable: true,
			...how,
		});
	}
	await settled(page);
}

export const METHOD: readonly Journey[] = [
	[
		"a key that only chooses what an input method offers finds, keeps, sends, closes and takes back nothing",
		"still",
		async (page) => {
			const find = page.locator('input[type="search"]');
			await toFind(page);
			await page.keyboard.type("okaf");
			await page.locator("[data-found] [data-row=ben]").waitFor();
			for (const key of ["Enter", "ArrowDown", "Escape"]) await whileComposing(page, find, key);
			assert.equal(await find.inputValue(), "okaf");
			await page.locator('input[type="search"]:focus').waitFor();
			assert.match(page.url(), /\/im\/\?/);
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();

			// The composer: neither sent nor left.
			await page.locator("main [role=textbox]:focus").waitFor();
			await page.keyboard.type("half");
			for (const key of ["Enter", "Escape"]) await whileComposing(page, box(page), key);
			assert.equal(await box(page).innerText(), "half");
			assert.match(page.url(), /\/im\/c\/ben/);

			// One's own words.
			const note = page.getByRole("textbox", { name: "Note" });
			await note.focus();
			await page.keyboard.press("Control+a");
			await page.keyboard.type("half too");
			for (const key of ["Enter", "Escape"]) await whileComposing(page, note, key);
			assert.equal(await note.inputValue(), "half too");
			assert.notEqual(await page.evaluate("mock.snapshot().me.note"), "half too");
			await page.keyboard.press("Enter");
			await soon(async () => assert.equal(await page.evaluate("mock.snapshot().me.note"), "half too"));

			// A dialog.
			await page.locator('[data-row="g1"]').focus();
			await page.keyboard.press("Shift+F10");
			await page.getByRole("menuitem", { name: "Rename group" }).click();
			const name = page.getByRole("dialog").getByRole("textbox");
			await name.waitFor();
			await whileComposing(page, name, "Escape");
			await name.waitFor();
		},
	],
	[
		"on a Mac Option and Shift write letters, and do something else only where nothing is written",
		"still",
		async (page) => {
			await page.addInitScript('Object.defineProperty(navigator, "platform", { get: () => "MacIntel" })');
			await page.reload();
			await page.locator('[data-row="g1/ben"]').click();
			await page.locator("main [role=textbox]:focus").waitFor();
			for (const key of ["Alt+Shift+B", "Alt+Shift+Digit2"]) await page.keyboard.press(key);
			await settled(page);
			await page.getByRole("button", { name: "My status: Available" }).waitFor();
			assert.match(page.url(), /\/im\/c\/ben/);
			await page.locator('[data-row="g1/ben"]').focus();
			await page.keyboard.press("Alt+Shift+B");
			await page.getByRole("button", { name: /^My status: Busy/ }).waitFor();
		},
	],
];
