/** Changes of the list by its menus: a move takes out of where it was, and the focus goes with what was changed, or on. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { focuses, holdsFocus, type Journey } from "./journey.ts";

const row = (page: Page, key: string) => page.locator(`[data-row="${key}"]`);

/** Opens the menu of a row by its key. */
async function menuOf(page: Page, key: string): Promise<void> {
	await row(page, key).focus();
	await page.keyboard.press("Shift+F10");
	await holdsFocus(page, "menu");
}

/** Goes to an item of the open menu by the first letters of its words, and takes it. */
async function takes(page: Page, item: string, into?: string): Promise<void> {
	await page.getByRole("menuitem", { name: item }).focus();
	await focuses(page, item);
	await page.keyboard.press(into === undefined ? "Enter" : "ArrowRight");
	if (into === undefined) return;
	await page.getByRole("menuitem", { name: into }).focus();
	await focuses(page, into);
	await page.keyboard.press("Enter");
}

export const MOVING: readonly Journey[] = [
	[
		"whoever is in one group is moved out of it from Favourites too; whoever is in several is copied there",
		"still",
		async (page) => {
			await menuOf(page, "favourites/ben");
			await takes(page, "Move to", "Project Aurora");
			await row(page, "g2/ben").waitFor();
			await row(page, "g1/ben").waitFor({ state: "detached" });
			await menuOf(page, "favourites/chloe");
			assert.equal(await page.getByRole("menuitem", { name: "Move to" }).count(), 0);
			await page.getByRole("menuitem", { name: "Copy to" }).waitFor();
		},
	],
];
