/** Signing out, and what is left of it on the page and in the browser: nothing. */

import { strict as assert } from "node:assert";
import { box, type Journey } from "./journey.ts";

export const LEAVING: readonly Journey[] = [
	[
		"whoever signs out is asked about what isn't sent, and leaves nothing of it to the next one",
		"still",
		async (page) => {
			const kept = () =>
				page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('rapport.kept.')).length");
			const signOut = async () => {
				await page.getByRole("button", { name: /^My status/ }).click();
				await page.getByRole("menuitem", { name: "Sign out" }).click();
			};
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).fill("half a sen");
			await signOut();
			const asking = page.getByRole("dialog", { name: "Sign out without sending?" });
			await asking.getByRole("button", { name: "Cancel" }).click();
			await asking.waitFor({ state: "detached" });
			assert.equal(await box(page).innerText(), "half a sen");
			assert.equal(await kept(), 1);
			await signOut();
			await asking.getByRole("button", { name: "Sign out" }).click();
			await page.getByLabel("Password").fill("rapport");
			assert.equal(await kept(), 0);
			assert.equal(new URL(page.url()).pathname, "/im/");
			await page.getByLabel("Address").fill("ana@lindblad.example");
			await page.keyboard.press("Enter");
			await page.locator('[data-row="g1/ben"]').click();
			assert.equal(await box(page).innerText(), "");
			await signOut();
			await page.getByLabel("Password").waitFor();
		},
	],
];
