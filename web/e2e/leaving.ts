/** Signing out, and what is left of it on the page and in the browser: nothing. */

import { strict as assert } from "node:assert";
import { box, type Journey, settled, soon, until } from "./journey.ts";

export const LEAVING: readonly Journey[] = [
	[
		"the double of a tab keeps what is written in it beside what is written in the other",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).fill("in the first");
			const name = "sessionStorage.getItem('rapport.tab')";
			await until(page, `${name} !== null`);
			// A tab that another opens begins with its storage, as a double does.
			const [double] = await Promise.all([page.waitForEvent("popup"), page.evaluate("void open(location.href)")]);
			await box(double).waitFor();
			await until(double, `${name} !== ${JSON.stringify(await page.evaluate(name))}`);
			assert.equal(await box(double).innerText(), "");
			await box(double).fill("in the double");
			await box(double).fill("");
			// One at a time: who is away for longer than a moment leaves what they had to the other.
			for (const one of [page, double]) {
				await one.reload();
				await box(one).waitFor();
				await box(page).getByText("in the first").waitFor();
			}
			await settled(double);
			assert.equal(await box(double).innerText(), "");
			assert.equal(await box(page).innerText(), "in the first");
			await double.close();
		},
	],
	[
		"a page looks from its first moment on as the one before it, and so does the one on which one signs in, in its own language",
		"still",
		async (page) => {
			const address = new URL(page.url());
			const open = (theme: string, more: string) => page.goto(`${address.origin}/im/?theme=${theme}&still&${more}`);
			const ground = () =>
				page.evaluate(`[
					getComputedStyle(document.querySelector(".fui-FluentProvider")).getPropertyValue("--colorNeutralBackground1"),
					getComputedStyle(document.documentElement).colorScheme,
				]`);
			const light = await ground();
			await open("dark", "");
			await page.getByRole("tree").waitFor();
			const dark = await ground();
			assert.notDeepEqual(dark, light);
			// Nothing is known yet of who is signed in.
			await open("light", "delay=60000");
			await page.getByText("Loading").waitFor();
			assert.deepEqual(await ground(), dark);
			// By its language as well, until nobody is signed in.
			await page.evaluate(`localStorage.setItem("rapport.look", '{"theme":"dark","language":"de"}')`);
			await open("light", "delay=60000");
			await page.getByText("Wird geladen").waitFor();
			await open("light", "signed-out");
			await page.getByLabel("Password").waitFor();
			assert.deepEqual(await ground(), dark);
		},
	],
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
			await soon(async () => assert.equal(await box(page).innerText(), "half a sen"));
			await soon(async () => assert.equal(await kept(), 1));
			await signOut();
			await asking.getByRole("button", { name: "Sign out" }).click();
			await page.getByLabel("Password").fill("rapport");
			await soon(async () => assert.equal(await kept(), 0));
			await soon(() => assert.equal(new URL(page.url()).pathname, "/im/"));
			await page.getByLabel("Address").fill("ana@lindblad.example");
			await page.keyboard.press("Enter");
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).waitFor();
			await settled(page);
			assert.equal(await box(page).innerText(), "");
			await signOut();
			await page.getByLabel("Password").waitFor();
		},
	],
];
