/** What axe finds where the pages that are opened by their address aren't all: in menus and dialogs, and without a server. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { findings } from "./axe.ts";
import { box, holdsFocus, type Journey, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

const THEMES = ["light", "dark"] as const;

/** Has axe look at what is on screen, in either theme. */
async function isClean(page: Page, what: string): Promise<void> {
	for (const theme of THEMES) {
		await page.evaluate(`mock
			.request({ method: "PUT", path: "/settings", body: { ...mock.snapshot().settings, theme: "${theme}" }, csrf: mock.csrf })
			.then(() => undefined)`);
		await until(page, `getComputedStyle(document.documentElement).colorScheme === "${theme}"`);
		assert.deepEqual(await findings(page), [], `${what} in ${theme}`);
	}
}

/** Does what opens a dialog, has axe look at it, and closes it. */
async function dialog(page: Page, name: string, open: () => Promise<void>): Promise<void> {
	await open();
	const shown = page.getByRole("dialog", { name });
	await shown.waitFor();
	await holdsFocus(page, "dialog");
	await isClean(page, name);
	await page.keyboard.press("Escape");
	await shown.waitFor({ state: "detached" });
}

/** Does what opens a menu, and has axe look at it. */
async function menu(page: Page, name: string, open: () => Promise<void>): Promise<void> {
	await open();
	await page.getByRole("menu").waitFor();
	await holdsFocus(page, "menu");
	await isClean(page, name);
}

export const CLEAN: readonly Journey[] = [
	[
		"axe finds nothing in one person's history, in the questions before something is deleted, and without a server",
		"still",
		async (page) => {
			await turnTo(page, "/im/history/ben");
			await page.locator("main [data-line]").first().waitFor();
			await isClean(page, "the history of a person");
			await dialog(page, "Delete this message?", () =>
				page
					.getByRole("button", { name: /^Delete the message of/ })
					.first()
					.click(),
			);
			await dialog(page, "Delete this history?", () =>
				page.getByRole("button", { name: "Delete what was said with Ben Okafor" }).click(),
			);
			await turnTo(page, "/im/history");
			await menu(page, "the menu of the history", () => page.getByRole("button", { name: "More for History" }).click());
			await dialog(page, "Delete your whole history?", () =>
				page.getByRole("menuitem", { name: "Delete everything" }).click(),
			);
			for (const theme of THEMES) {
				await page.evaluate(`localStorage.setItem("rapport.look", '{"theme":"${theme}"}')`);
				await page.goto(`${new URL(page.url()).origin}/im/?theme=${theme}&still&unreachable`);
				await page.getByRole("heading", { name: "You are offline" }).waitFor();
				await until(page, `getComputedStyle(document.documentElement).colorScheme === "${theme}"`);
				assert.deepEqual(await findings(page), [], `without a server in ${theme}`);
			}
		},
	],
	[
		"axe finds nothing in the menus and the dialogs of the list, among the emoji, and in the question before signing out",
		"still",
		async (page) => {
			await dialog(page, "Keyboard shortcuts", () => page.keyboard.press("?"));
			await menu(page, "the menu of the view", () => page.getByRole("button", { name: "View and new group" }).click());
			await dialog(page, "New group", () => page.getByRole("menuitem", { name: "New group" }).click());
			await menu(page, "the menu of a group", () => page.locator('[data-row="g1"]').press("Shift+F10"));
			await dialog(page, "Rename group", () => page.getByRole("menuitem", { name: "Rename group" }).click());
			await menu(page, "the menu of a contact", () => page.locator('[data-row="g1/maya"]').press("Shift+F10"));
			await dialog(page, "Rename", () => page.getByRole("menuitem", { name: "Rename", exact: true }).click());
			await page.locator('[data-row="g1/ben"]').click();
			await dialog(page, "Emoji", () => page.getByRole("button", { name: "Emoji" }).click());
			await box(page).fill("half a sen");
			await dialog(page, "Sign out without sending?", async () => {
				await page.getByRole("button", { name: /^My status/ }).click();
				await page.getByRole("menuitem", { name: "Sign out" }).click();
			});
		},
	],
];
