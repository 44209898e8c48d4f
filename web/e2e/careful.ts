/** Where haste, a refusal or a second window could do harm: what was meant happens, and nothing that was typed is lost. */

import { strict as assert } from "node:assert";
import type { Journey } from "./journey.ts";

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
];
