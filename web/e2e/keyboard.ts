/** A day by keyboard alone: what has the focus is seen, comes in the order of the page, and is never lost. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import {
	box,
	focused,
	focuses,
	holdsFocus,
	type Journey,
	said,
	settled,
	soon,
	toFind,
	typesAtOnce,
	until,
} from "./journey.ts";

/** Whether what has the focus looks otherwise than without it. */
async function isSeen(page: Page): Promise<boolean> {
	const clip = (await page.evaluate(`(() => {
		const { x, y, width, height } = document.activeElement.getBoundingClientRect();
		const left = Math.max(0, x - 6), top = Math.max(0, y - 6);
		return { x: left, y: top, width: Math.min(innerWidth - left, width + 12), height: Math.min(innerHeight - top, height + 12) };
	})()`)) as { x: number; y: number; width: number; height: number };
	const shoot = () => page.screenshot({ clip, caret: "hide", animations: "disabled" });
	const with_ = await shoot();
	await page.evaluate("window.__focused = document.activeElement; document.activeElement.blur()");
	const without = await shoot();
	await page.evaluate("window.__focused.focus()");
	return !with_.equals(without);
}

/** Goes on by Tab until something of a name has the focus; what comes on the way comes in the order of the page. */
async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
	const passed: string[] = [];
	await page.evaluate("window.__before = document.activeElement");
	for (let n = 0; n < 40; n++) {
		await page.keyboard.press(key);
		const now = await focused(page);
		passed.push(now);
		const isLater = await page.evaluate(`(() => {
			const before = window.__before, now = document.activeElement;
			window.__before = now;
			return before === document.body || now === document.body || (before.compareDocumentPosition(now) & 4) !== 0;
		})()`);
		if (key === "Tab") assert.ok(isLater, `${now} comes before ${passed.at(-2)} on the page, and after it by Tab`);
		assert.ok(await isSeen(page), `one doesn't see that ${now} has the focus`);
		if (name.test(now)) return;
	}
	assert.fail(`${name} wasn't reached: ${passed.join(" · ")}`);
}

export const KEYBOARD: readonly Journey[] = [
	[
		"by keyboard alone one signs in, finds somebody, adds them, talks, changes state and level of access, and signs out",
		"signed-out&still",
		async (page) => {
			await page.locator('input[autocomplete="username"]:focus').waitFor();
			await page.keyboard.type("ana@lindblad.example");
			await tabTo(page, /^Password/);
			await page.keyboard.type("rapport");
			await page.keyboard.press("Enter");
			await page.locator("[role=tree]").waitFor();

			// Find, and add.
			await settled(page);
			await toFind(page);
			await page.keyboard.type("nils", { delay: 20 });
			await page.getByText("1 person found").waitFor();
			await page.keyboard.press("ArrowDown");
			await focuses(page, /^Nils Berg/);
			await tabTo(page, /^Add Nils Berg/);
			await page.keyboard.press("Enter");
			await page.getByText("Nils Berg is on your Contact List").first().waitFor();
			// The button is gone, the focus isn't lost.
			await page.getByRole("button", { name: "Add Nils Berg" }).waitFor({ state: "detached" });
			await until(page, "document.activeElement !== document.body");
			await toFind(page);
			await page.keyboard.press("Escape");
			await page.locator('[data-row$="/nils"]').first().waitFor();

			// Talk.
			await page.keyboard.press("ArrowDown");
			await tabTo(page, /^(Favourites|Recent)/);
			await typesAtOnce(page, "nil");
			await focuses(page, /^Nils Berg/);
			await page.keyboard.press("Enter");
			await page.locator("[role=textbox]:focus").waitFor();
			await page.keyboard.type("Good morning");
			await page.keyboard.press("Enter");
			await said(page, "Good morning").waitFor();
			await soon(async () => assert.equal(await box(page).innerText(), ""));
			await tabTo(page, /^Emoji/);

			// A level of access, on the card.
			await page.keyboard.press("Shift+Tab");
			await page.locator("[role=textbox]:focus").waitFor();
			await page.keyboard.press("Alt+Enter");
			const card = page.getByRole("dialog");
			await card.getByText("Nils Berg sees you like this").waitFor();
			await holdsFocus(page, "dialog");
			await tabTo(page, /^Level of Access/);
			await typesAtOnce(page, "Personal");
			await until(page, 'document.activeElement.value === "personal"');
			await page.keyboard.press("Escape");
			await card.waitFor({ state: "detached" });
			await page.locator("[role=textbox]:focus").waitFor();

			// A state, by the menu and by its key.
			await page.keyboard.press("F6");
			await page.keyboard.press("F6");
			await tabTo(page, /^My status/);
			await page.keyboard.press("Enter");
			// The menu is there before its first item has the focus.
			await focuses(page, "Available");
			await page.keyboard.press("ArrowDown");
			await focuses(page, "Busy");
			await page.keyboard.press("Enter");
			await page.getByRole("button", { name: "My status: Busy" }).waitFor();
			await page.keyboard.press("Alt+Shift+A");
			await page.getByRole("button", { name: "My status: Available" }).waitFor();
			await focuses(page, /^My status/);

			await page.keyboard.press("Enter");
			await focuses(page, "Available");
			await page.keyboard.press("End");
			await focuses(page, "Sign out");
			await page.keyboard.press("Enter");
			await page.locator('input[type="password"]:focus').waitFor();
		},
	],
	[
		"who has an address with letters outside of ASCII signs in with it, and nothing is made of it while it is typed",
		"signed-out&still",
		async (page) => {
			await page.evaluate(`(() => {
				const ask = mock.request.bind(mock);
				mock.request = (one) => {
					if (one.method === "POST" && one.path === "/session") window.signedIn = one.body.address;
					return ask(one);
				};
			})()`);
			const address = page.getByRole("textbox", { name: "Address" });
			await page.locator("input[autocomplete=username]:focus").waitFor();
			for (const [name, value] of [
				["inputmode", "email"],
				["autocapitalize", "none"],
				["spellcheck", "false"],
			] as const) {
				assert.equal(await address.getAttribute(name), value);
			}
			await page.keyboard.type("jürgen@lindblad.example");
			await page.getByLabel("Password").fill("rapport");
			await page.keyboard.press("Enter");
			await page.locator("[role=tree]").waitFor();
			assert.equal(await page.evaluate("window.signedIn"), "jürgen@lindblad.example");
		},
	],
	[
		"a screen reader is told who writes, here and elsewhere, and that who is talked to has another state",
		"still",
		async (page) => {
			const aloud = page.locator("[role=status]").filter({ hasText: /./ });
			await page.locator('[data-row="g1/ben"]').press("Enter");
			await page.locator("[role=textbox]:focus").waitFor();
			await page.evaluate('mock.hear("ben", "At last.")');
			await aloud.getByText("Ben Okafor: At last.").waitFor({ state: "attached" });
			await page.evaluate('mock.hear("hugo", "A secret")');
			await aloud.getByText("New message from Hugo Sandström").waitFor({ state: "attached" });
			assert.equal(await aloud.getByText("A secret").count(), 0);
			await page.evaluate('mock.become("ben", "away")');
			await aloud.getByText("Ben Okafor is now: Away").waitFor({ state: "attached" });
			await page.evaluate('mock.become("chloe", "busy")');
			await settled(page);
			assert.equal(await aloud.getByText(/Chloé/).count(), 0);
		},
	],
	[
		"by keyboard alone one searches the history, deletes a message after a question, and goes on",
		"still",
		async (page) => {
			await page.evaluate("document.body.focus()");
			await tabTo(page, /^History/);
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { name: "History", level: 1 }).waitFor();
			await settled(page);
			await tabTo(page, /^Search what was said/);
			await page.keyboard.type("lisbon");
			await page.getByText(/messages found/).waitFor();
			// What was listed before gives way to what was found: nothing of it is to have the focus as it goes.
			await settled(page);
			await tabTo(page, /^Open$/);
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { name: /^History with/ }).waitFor();
			const line = page.locator("[data-line]").last();
			await line.getByRole("button").focus();
			await page.keyboard.press("Enter");
			await page.getByRole("dialog").getByText("It can’t be undone").waitFor();
			await holdsFocus(page, "dialog");
			await page.keyboard.press("Escape");
			await page.getByRole("dialog").waitFor({ state: "detached" });
			await line.locator("button:focus").waitFor();
			const gone = await line.getAttribute("data-line");
			await page.keyboard.press("Enter");
			await page.getByRole("dialog").waitFor();
			await holdsFocus(page, "dialog");
			await tabTo(page, /^Delete$/);
			await page.keyboard.press("Enter");
			await page.getByRole("dialog").waitFor({ state: "detached" });
			await page.locator(`[data-line="${gone}"]`).waitFor({ state: "detached" });
			await until(page, "document.activeElement !== document.body");
		},
	],
];
