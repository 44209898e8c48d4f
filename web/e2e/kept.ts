/** What is written outlives its page, goes out from another, and is said not to be kept where nothing can be. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { box, isSent, type Journey, said, settled, soon } from "./journey.ts";
import { turnTo } from "./mixed.ts";

const unkept = (page: Page) => page.getByText("This browser can’t keep what you write", { exact: false });

export const KEPT: readonly Journey[] = [
	[
		"what waits in a tab that is closed goes out from the one that stays, once there is a connection",
		"still",
		async (page) => {
			const other = await page.context().newPage();
			await other.goto(page.url());
			await other.locator('[data-row="g1/ben"]').click();
			await box(other).waitFor();
			for (const one of [page, other]) await one.evaluate("mock.lose()");
			await box(other).fill("written in the tab that goes");
			await other.keyboard.press("Enter");
			await other.getByText("Waiting for connection").waitFor();
			await other.close();
			await turnTo(page, "/im/c/ben");
			await box(page).waitFor();
			assert.equal(await said(page, "written in the tab that goes").count(), 0);
			await page.evaluate('mock.reachable = true, void dispatchEvent(new Event("online"))');
			await said(page, "written in the tab that goes").waitFor();
			await isSent(page);
			// A page that begins finds nothing of it.
			await page.reload();
			await box(page).waitFor();
			await settled(page, 2_500);
			assert.equal(await said(page, "written in the tab that goes").count(), 0);
		},
	],
	[
		"where nothing can be kept one signs in and writes all the same, and is told that it isn't kept",
		"still",
		async (page) => {
			await page.addInitScript(`for (const name of ["localStorage", "sessionStorage"]) {
				Object.defineProperty(window, name, { get() { throw new DOMException("it is forbidden", "SecurityError"); } });
			}`);
			await page.goto(`${new URL(page.url()).origin}/im/?theme=light&still&signed-out`);
			await page.getByLabel("Address").fill("ana@lindblad.example");
			await page.getByLabel("Password").fill("rapport");
			await page.keyboard.press("Enter");
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).fill("half a sentence");
			await unkept(page).waitFor();
			await box(page).fill("a whole one");
			await page.keyboard.press("Enter");
			await said(page, "a whole one").waitFor();
			await isSent(page);
			await unkept(page).waitFor({ state: "detached" });
		},
	],
	[
		"what is far too long for a message is refused as it is pasted or dropped, says so, and takes nothing of what stood there",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).fill("as it was");
			await page.evaluate(`(() => {
				const data = new DataTransfer();
				data.setData("text/plain", "x".repeat(5000000));
				document.querySelector("main [role=textbox]").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
			})()`);
			await page.getByRole("alert").getByText("5,000,000 of 8,192 bytes").waitFor();
			assert.equal(await box(page).innerText(), "as it was");
			// What a browser puts in by itself.
			await page.evaluate(`(() => {
				const box = document.querySelector("main [role=textbox]");
				box.prepend("y".repeat(40000));
				box.dispatchEvent(new InputEvent("input", {bubbles: true}));
			})()`);
			await page.getByRole("alert").getByText("40,009 of 8,192 bytes").waitFor();
			assert.equal(await box(page).innerText(), "as it was");
			await page.keyboard.type(", and more");
			await page.getByRole("alert").waitFor({ state: "detached" });
			assert.equal(await box(page).innerText(), "as it was, and more");
			await page.keyboard.press("Enter");
			await said(page, "as it was, and more").waitFor();
			await soon(async () => assert.equal(await box(page).innerText(), ""));
		},
	],
];
