/** Where the focus goes when what was pressed is gone, and what is said of it: to the next of its kind, and by keyboard alone. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { focuses, holdsFocus, type Journey, settled, soon, toFind, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

/** Presses a button by keyboard. */
async function press(page: Page, name: string): Promise<void> {
	const button = page.getByRole("button", { name, exact: true });
	await button.focus();
	await button.press("Enter");
}

/** What is said at the foot of the page. */
const says = (page: Page, words: string) => page.locator("[data-pane=saying]").getByText(words).waitFor();

export const ONWARD: readonly Journey[] = [
	[
		"whoever ends a session, or all others, or signs a program out is told so, and goes on with the next, or at the heading",
		"still",
		async (page) => {
			await turnTo(page, "/im/settings/devices");
			await press(page, "Sign out Communicator on ANAS-PC");
			await says(page, "Communicator on ANAS-PC was signed out");
			await focuses(page, "Sign out Firefox on Android");
			await page.keyboard.press("Enter");
			await says(page, "Firefox on Android was signed out");
			// This browser has no such button.
			await focuses(page, "Devices");
			await press(page, "End the session of Firefox on Android");
			await says(page, "The session of Firefox on Android has ended");
			await page.getByRole("button", { name: "End the session of Firefox on Android" }).waitFor({ state: "detached" });
			await focuses(page, "Devices");

			await page.reload();
			await press(page, "End all others");
			await says(page, "All other sessions have ended");
			await page.getByRole("button", { name: "End all others" }).waitFor({ state: "detached" });
			await focuses(page, "Browser sessions");
		},
	],
	[
		"a new app password is where whoever made it goes on; one that can't be copied says so and is selected; a revoked one is told of",
		"still",
		async (page) => {
			await turnTo(page, "/im/settings/app-passwords");
			await page.getByRole("textbox", { name: "What is it for?" }).focus();
			await page.keyboard.type("My laptop");
			await page.keyboard.press("Enter");
			await focuses(page, "Password for My laptop");
			const secret = await page.locator("bdi[dir=ltr]").first().innerText();
			await page.evaluate(
				'navigator.clipboard.writeText = async () => { throw new DOMException("no", "NotAllowedError"); }',
			);
			await press(page, "Copy");
			await says(page, "Your browser didn’t let it be copied. It is selected: copy it by hand.");
			assert.equal(await page.evaluate("String(getSelection())"), secret);
			await page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
			await press(page, "Copy");
			await says(page, "Copied");
			assert.equal(await page.evaluate("window.copied"), secret);

			await press(page, "Revoke the password for Pidgin at home");
			await says(page, "The password for Pidgin at home was revoked");
			await focuses(page, "Revoke the password for My laptop");
			await page.keyboard.press("Enter");
			await says(page, "The password for My laptop was revoked");
			await focuses(page, "App passwords");
			// What is good for nothing isn't there to be copied.
			await page.getByText(secret).waitFor({ state: "detached" });
		},
	],
	[
		"whoever deletes what was said with one person is told so, and goes on with the next, or at the heading",
		"still",
		async (page) => {
			await turnTo(page, "/im/history");
			const rows = page.getByRole("list", { name: "Conversations" }).getByRole("listitem");
			await rows.first().waitFor();
			const deletes = rows.getByRole("button", { name: /^Delete what was said with/ });
			const names = await deletes.evaluateAll((all) =>
				all.map((one) => one.getAttribute("aria-label")?.replace("Delete what was said with ", "") ?? ""),
			);
			assert.ok(names.length > 2);
			// The first, and then the last, after which comes the one before it.
			for (const [name, next] of [
				[names[0] ?? "", names[1] ?? ""],
				[names.at(-1) ?? "", names.at(-2) ?? ""],
			] as const) {
				await press(page, `Delete what was said with ${name}`);
				await page.getByRole("dialog").waitFor();
				await holdsFocus(page, "dialog");
				await press(page, "Delete");
				await says(page, `What was said with ${name} was deleted`);
				await rows.filter({ hasText: name }).waitFor({ state: "detached" });
				await until(
					page,
					`document.activeElement.matches("main li button") && document.activeElement.textContent.includes(${JSON.stringify(next)})`,
				);
			}
			// The same where one reads it, whose page is gone then.
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { name: `History with ${names.at(-2)}` }).waitFor();
			await press(page, `Delete what was said with ${names.at(-2)}`);
			await holdsFocus(page, "dialog");
			await press(page, "Delete");
			await says(page, `What was said with ${names.at(-2)} was deleted`);
			await page.getByRole("heading", { name: "History", exact: true, level: 1 }).waitFor();
			await focuses(page, "History");
		},
	],
	[
		"whoever adds somebody on their card hears it there, and goes on with what else can be done",
		"still",
		async (page) => {
			await toFind(page);
			await page.keyboard.type("nils", { delay: 20 });
			await page.locator("[data-found] [data-row=nils]").waitFor();
			await page.keyboard.press("ArrowDown");
			await page.locator("[data-found] [data-row=nils]:focus").waitFor();
			await page.keyboard.press("Alt+Enter");
			const card = page.getByRole("dialog", { name: "Card of Nils Berg" });
			await card.getByText("Nils Berg sees you like this").waitFor();
			await holdsFocus(page, "dialog");
			await card.getByRole("button", { name: "Add", exact: true }).focus();
			await page.keyboard.press("Enter");
			await card.getByRole("status").filter({ hasText: "Nils Berg is on your Contact List" }).waitFor();
			await card.getByRole("button", { name: "Add", exact: true }).waitFor({ state: "detached" });
			await focuses(page, "Send a message");
		},
	],
	[
		"whoever adds the first of all, or all that are offered, is told so, can take it back, and goes on in the list",
		"still&empty",
		async (page) => {
			await page.getByRole("button", { name: "Add Maya Cohen" }).waitFor();
			await press(page, "Add Maya Cohen");
			await says(page, "Maya Cohen is on your Contact List");
			await page.locator('[data-row="g0/maya"]:focus').waitFor();
			await press(page, "Undo");
			await page.getByRole("button", { name: "Add Maya Cohen" }).waitFor();
			await settled(page);
			await press(page, "Add all");
			await says(page, "3 people are on your Contact List");
			await soon(async () => assert.equal(await page.locator("[role=tree] [aria-level='2']").count(), 3));
			await until(page, 'document.activeElement.closest("[role=tree] [data-row]") !== null');
			await press(page, "Undo");
			await page.getByRole("button", { name: "Add all" }).waitFor();
			await until(page, "mock.snapshot().contacts.length === 0");
		},
	],
];
