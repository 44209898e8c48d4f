/** Who people are, and where one has them on the list: their card, favourites, and the ways to look at all of them. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { type Journey, soon, toFind, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";
import { menuOf, row, takes } from "./moving.ts";

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
	[
		"whoever is made a favourite by the menu stands among the favourites, and where they stood, until that is taken back",
		"still",
		async (page) => {
			const kept = (is: boolean) =>
				until(page, `mock.snapshot().contacts.find((one) => one.person.id === "kavya").isFavourite === ${is}`);
			await menuOf(page, "g2/kavya");
			await takes(page, "Add to Favourites");
			await row(page, "favourites/kavya").waitFor();
			await row(page, "g2/kavya").waitFor();
			await kept(true);
			await menuOf(page, "favourites/kavya");
			await takes(page, "Remove from Favourites");
			await row(page, "favourites/kavya").waitFor({ state: "detached" });
			await row(page, "g2/kavya").waitFor();
			await kept(false);
			await until(page, 'document.activeElement.closest("[role=tree] [data-row]") !== null');
		},
	],
	[
		"the list is looked at by name, availability, level of access and group, follows what changes, and a reload keeps the view",
		"still",
		async (page) => {
			const heads = page.locator('[role=tree] [aria-level="1"]');
			const has = (...names: string[]) =>
				soon(async () => {
					const all = await heads.evaluateAll((some) => some.map((one) => one.getAttribute("data-name")));
					assert.deepEqual(all, names);
				});
			await view(page, "Name");
			await has("Everyone");
			await soon(async () => assert.equal(await page.locator("[role=tree] [aria-level='2']").count(), 14));
			assert.equal(await page.locator("[role=tree] [aria-level='2']").first().getAttribute("data-row"), "everyone/ben");

			await view(page, "Availability");
			await has("Available or busy", "Away", "Offline or unknown");
			await row(page, "reachable/kavya").waitFor();
			await row(page, "away/chloe").waitFor();
			await row(page, "offline/jon").waitFor();
			await page.evaluate('mock.become("kavya", "away")');
			await row(page, "away/kavya").waitFor();
			await row(page, "reachable/kavya").waitFor({ state: "detached" });

			await view(page, "Group");
			await has("Favourites", "Recent", "Finance", "Project Aurora", "Other Contacts");

			await view(page, "Level of Access");
			await has("Personal", "Team", "Company", "Blocked");
			await row(page, "personal/hugo").waitFor();
			await row(page, "team/maya").waitFor();
			await row(page, "blocked/jon").waitFor();
			await page.evaluate('mock.choose("kavya", "public")');
			await row(page, "public/kavya").waitFor();
			await row(page, "company/kavya").waitFor({ state: "detached" });
			await has("Personal", "Team", "Company", "Public", "Blocked");

			// The server has it, for any browser.
			await until(page, 'mock.snapshot().settings.view === "access"');
			await page.reload();
			await row(page, "personal/hugo").waitFor();
			await has("Personal", "Team", "Company", "Blocked");
			await page.getByRole("button", { name: "View and new group" }).click();
			const chosen = page.getByRole("group", { name: "View by" }).getByRole("menuitemradio", { checked: true });
			await chosen.waitFor();
			assert.equal(await chosen.innerText(), "Level of Access");
		},
	],
	[
		"whoever finds themselves finds their own card, and nobody to add or to write to",
		"still",
		async (page) => {
			await toFind(page);
			await page.keyboard.type("ana lind", { delay: 20 });
			const own = page.locator("[data-found] [data-row=ana]");
			await own.getByText("Ana Lind (you)").waitFor();
			assert.equal(await page.getByRole("button", { name: "Add Ana Lind" }).count(), 0);
			const card = page.getByRole("dialog", { name: "Card of Ana Lind" });
			const isCard = async () => {
				await card.getByText("Head of Finance").waitFor();
				assert.equal(await card.getByRole("button", { name: "Send a message" }).count(), 0);
				await page.keyboard.press("Escape");
				await card.waitFor({ state: "detached" });
				assert.equal(new URL(page.url()).pathname, "/im/");
			};
			await own.click();
			await isCard();
			await own.press("Enter");
			await isCard();
			// By the address of such a conversation one is told that there is none.
			await turnTo(page, "/im/c/ana");
			await page.getByRole("heading", { level: 1, name: "Ana Lind (you)" }).waitFor();
			await page.getByText("This is you. Nobody can write to themselves here.").waitFor();
			assert.equal(await page.locator("main [role=textbox]").count(), 0);
			await page.getByRole("main").getByRole("button", { name: "Contact card" }).click();
			await card.getByText("Head of Finance").waitFor();
		},
	],
];

/** Chooses how the list is looked at, by its menu. */
async function view(page: Page, by: string): Promise<void> {
	await page.getByRole("button", { name: "View and new group" }).click();
	const item = page.getByRole("group", { name: "View by" }).getByRole("menuitemradio", { name: by, exact: true });
	await item.click();
	await page.keyboard.press("Escape");
	await item.waitFor({ state: "detached" });
}
