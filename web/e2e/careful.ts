/** Where haste, a refusal or a second window could do harm: what was meant happens, and nothing that was typed is lost. */

import { strict as assert } from "node:assert";
import { type Journey, until } from "./journey.ts";

export const CAREFUL: readonly Journey[] = [
	[
		"who types fast and presses Enter writes to whom they typed, not to who was found for the letters before",
		"still&delay=300",
		async (page) => {
			const box = page.locator('input[type="search"]:focus');
			const rows = page.locator("[data-found] [data-row]");
			await page.keyboard.press("/");
			await box.waitFor();
			await page.keyboard.type("a");
			await rows.nth(1).waitFor();
			assert.notEqual(await rows.first().getAttribute("data-row"), "olga");
			await page.keyboard.type(" petrova");
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Olga Petrova" }).waitFor();
			// The arrow goes to the row that was meant as well.
			await page.keyboard.press("Control+k");
			await box.waitFor();
			await page.keyboard.type("a");
			await rows.nth(1).waitFor();
			await page.keyboard.type(" petrova");
			await page.keyboard.press("ArrowDown");
			await page.locator('[data-found] [data-row="olga"]:focus').waitFor();
		},
	],
	[
		"allowing somebody who is on the list leaves them in their groups, and more than three who added one are told of",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				for (const id of ["ben", "nils", "olga2", "p1", "p2"]) {
					const displayName = mock.people.get(id)?.displayName ?? "Person " + id;
					mock.tell({ type: "adder", adder: { person: { id, address: id + "@lindblad.example", displayName } } });
				}
			})()`);
			const box = (name: string) => page.getByRole("region", { name: `${name} added you` });
			await box("Nils Berg").getByRole("button", { name: "Allow and add" }).waitFor();
			const ben = box("Ben Okafor");
			await ben.getByRole("button", { name: "Allow", exact: true }).waitFor();
			assert.equal(await ben.getByRole("button", { name: "Allow and add" }).count(), 0);
			assert.equal(await box("Person p2").count(), 0);
			await page.getByRole("button", { name: "3 more have added you" }).click();
			await box("Person p2").waitFor();
		},
	],
	[
		"notifications are offered once, after the first message; who is awaited is told of after a reload, never in Do Not Disturb",
		"still",
		async (page) => {
			await page.addInitScript(`(() => {
				window.shown = [];
				window.asked = 0;
				window.Notification = class {
					static permission = "default";
					static async requestPermission() { window.asked++; return (this.permission = "granted"); }
					constructor(title) { window.shown.push(title); }
					close() {}
				};
			})()`);
			await page.reload();
			const list = page.getByRole("tree");
			await list.waitFor();
			const allow = page.getByRole("button", { name: "Allow notifications" });
			assert.equal(await allow.count(), 0);
			await page.evaluate('mock.hear("hugo", "One")');
			await allow.click();
			await allow.waitFor({ state: "detached" });
			assert.equal(await page.evaluate("window.asked"), 1);
			await page.evaluate('mock.hear("hugo", "Two")');
			await until(page, "window.shown.length === 1");

			// Awaited, and still so after a reload.
			await page.locator('[data-row="g2/dmitri"]').click({ button: "right" });
			await page.getByRole("menuitem", { name: "Tell me when available" }).click();
			await page.reload();
			await list.waitFor();
			await page.evaluate('window.Notification.permission = "granted"');
			await page.keyboard.press("Alt+Shift+D");
			await page.getByRole("button", { name: "My status: Do Not Disturb" }).waitFor();
			await page.evaluate('mock.become("dmitri", "available")');
			await page.waitForTimeout(200);
			assert.deepEqual(await page.evaluate("window.shown"), []);
			await page.keyboard.press("Alt+Shift+A");
			await until(page, 'window.shown.join() === "Dmitri Volkov is available"');
			await page.getByText("Dmitri Volkov is available").waitFor();
		},
	],
	[
		"of two windows one alone speaks, and of what either shows neither does",
		"still",
		async (page) => {
			const init = `(() => {
				window.shown = [];
				window.Notification = class {
					static permission = "granted";
					constructor(title) { window.shown.push(title); }
					close() {}
				};
			})()`;
			// Here each page has the focus, whichever is in front.
			await page.addInitScript(`${init}; document.hasFocus = () => false;`);
			await page.reload();
			await page.getByRole("tree").waitFor();
			const other = await page.context().newPage();
			await other.addInitScript(init);
			await other.goto(page.url());
			await other.locator('[data-row="g2/hugo"]').click();
			await other.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			const told = async () => [
				await page.evaluate("window.shown.length"),
				await other.evaluate("window.shown.length"),
			];
			for (const from of ["ben", "hugo"]) {
				for (const one of [page, other]) await one.evaluate(`mock.hear("${from}", "Hello")`);
				await page.waitForTimeout(200);
				// Of Ben the first alone tells; what Hugo says is on screen in the second.
				assert.deepEqual(await told(), [1, 0], from);
			}
			await other.close();
		},
	],
];
