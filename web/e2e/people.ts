/** Who people are, by their card. */

import { strict as assert } from "node:assert";
import { type Journey, toFind, until } from "./journey.ts";
import { row } from "./moving.ts";

export const PEOPLE: readonly Journey[] = [
	[
		"a card says who somebody is, how to reach them and whose they are, and who isn't on the list is added from it",
		"still",
		async (page) => {
			// Where somebody comes who is added isn't the first group.
			await page.evaluate(
				`mock.request({ method: "PUT", path: "/groups/order", body: { ids: ["g2", "g1", "g0"] }, csrf: mock.csrf })`,
			);
			await toFind(page);
			await page.keyboard.type("olga", { delay: 20 });
			await page.locator("[data-found] [data-row=olga]").waitFor();
			await page.keyboard.press("ArrowDown");
			await page.locator("[data-found] [data-row=olga]:focus").waitFor();
			await page.keyboard.press("Alt+Enter");
			const card = page.getByRole("dialog", { name: "Card of Olga Petrova" });
			await card.getByRole("heading", { name: "Olga Petrova" }).waitFor();
			await card.locator("header").getByText("Engineer", { exact: true }).waitFor();
			const fact = (name: string) =>
				card.locator("dt").getByText(name, { exact: true }).locator("xpath=following::dd[1]");
			const says = async (name: string, words: string) => assert.equal(await fact(name).innerText(), words);
			await says("Department", "Engineering");
			await says("Company", "Lindblad & Okafor");
			await says("Office", "Building 2, room 216");
			await says("Work", "+46 31 770 0116");
			await says("Mobile", "+46 70 555 0116");
			await says("Mail", "olga@lindblad.example");
			await says("Manager", "Ana Lind");
			const addresses = (selector: string) =>
				card.locator(selector).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
			assert.deepEqual(await addresses('a[href^="tel:"]'), ["tel:+46317700116", "tel:+46705550116"]);
			assert.deepEqual(await addresses('a[href^="mailto:"]'), ["mailto:olga@lindblad.example"]);
			await card.getByRole("link", { name: "Send mail" }).waitFor();
			// Added, there is nothing more to add.
			await card.getByRole("button", { name: "Add", exact: true }).click();
			await card.getByRole("button", { name: "Add", exact: true }).waitFor({ state: "detached" });
			await until(page, `mock.snapshot().contacts.find((one) => one.person.id === "olga").groups.join() === "g0"`);
			// Who leads them has a card, too.
			await card.getByRole("button", { name: "Ana Lind" }).click();
			await page.getByRole("dialog", { name: "Card of Ana Lind" }).getByText("Maya Cohen").waitFor();
			await page.keyboard.press("Escape");
			await page.getByRole("dialog").waitFor({ state: "detached" });
			await toFind(page);
			await page.keyboard.press("Escape");
			await row(page, "g0/olga").waitFor();
			assert.equal(
				await page.locator('[role=tree] [aria-level="1"]').last().getAttribute("data-name"),
				"Other Contacts",
			);
		},
	],
];
