/** Changes of the list, from the first on and by its menus: a move takes out of where it was, and the focus goes with what was changed, or on. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { fits } from "./fits.ts";
import { focuses, holdsFocus, type Journey, PATIENCE, settled, soon, toFind, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

export const row = (page: Page, key: string) => page.locator(`[data-row="${key}"]`);

/** A row once it has the focus. */
const focusedRow = (page: Page, key: string) => page.locator(`[data-row="${key}"]:focus`);

/** Opens the menu of a row by its key. */
export async function menuOf(page: Page, key: string): Promise<void> {
	await row(page, key).focus();
	await page.keyboard.press("Shift+F10");
	await holdsFocus(page, "menu");
}

/** Goes to an item of the open menu by the first letters of its words, and takes it. */
export async function takes(page: Page, item: string, into?: string): Promise<void> {
	await page.getByRole("menuitem", { name: item }).focus();
	await focuses(page, item);
	await page.keyboard.press(into === undefined ? "Enter" : "ArrowRight");
	if (into === undefined) return;
	await page.getByRole("menuitem", { name: into }).focus();
	await focuses(page, into);
	await page.keyboard.press("Enter");
}

export const MOVING: readonly Journey[] = [
	[
		"whoever is in one group is moved out of it from Favourites too; whoever is in several is copied there",
		"still",
		async (page) => {
			await menuOf(page, "favourites/ben");
			await takes(page, "Move to", "Project Aurora");
			await row(page, "g2/ben").waitFor();
			await row(page, "g1/ben").waitFor({ state: "detached" });
			await menuOf(page, "favourites/chloe");
			assert.equal(await page.getByRole("menuitem", { name: "Move to" }).count(), 0);
			await page.getByRole("menuitem", { name: "Copy to" }).waitFor();
		},
	],
	[
		"the focus goes with a contact that is moved, and to the next row from one that is taken away or back",
		"still",
		async (page) => {
			// Moved: under its new key, where the next arrow begins.
			await menuOf(page, "g2/kavya");
			await takes(page, "Move to", "Finance");
			await focusedRow(page, "g1/kavya").waitFor();
			// Taken back, by keyboard: with it again.
			await page.getByRole("button", { name: "Undo" }).waitFor();
			await page.keyboard.press("F6");
			await focuses(page, "Undo");
			await page.keyboard.press("Enter");
			await focusedRow(page, "g2/kavya").waitFor();
			// Taken out of one of two groups.
			const next = await after(page, "g1/chloe");
			await menuOf(page, "g1/chloe");
			await takes(page, "Remove from this group");
			await row(page, "g1/chloe").waitFor({ state: "detached" });
			await focusedRow(page, next).waitFor();
			// Taken off the list.
			const last = await after(page, "g2/hugo");
			await menuOf(page, "g2/hugo");
			await takes(page, "Remove from Contact List");
			await row(page, "g2/hugo").waitFor({ state: "detached" });
			await focusedRow(page, last).waitFor();
			// A group.
			await menuOf(page, "g1");
			await takes(page, "Remove group");
			await row(page, "g1").waitFor({ state: "detached" });
			await until(page, 'document.activeElement.closest("[role=tree] [data-row]") !== null');
			await page.keyboard.press("ArrowDown");
			await until(page, 'document.activeElement.closest("[role=tree] [data-row]") !== null');
		},
	],
	[
		"a group goes up and down by one place with each press, by its menu and by keyboard; those of no group stay last, where who is added comes",
		"still",
		async (page) => {
			await page.getByRole("button", { name: "View and new group" }).click();
			await page.getByRole("menuitem", { name: "New group" }).click();
			await page.getByRole("textbox", { name: "Name of the group" }).fill("Choir");
			await page.keyboard.press("Enter");
			const heads = page.locator('[role=tree] [aria-level="1"]');
			const stand = (...names: string[]) =>
				soon(async () => {
					const all = await heads.evaluateAll((some) => some.map((one) => one.getAttribute("data-name")));
					assert.deepEqual(all, ["Favourites", "Recent", ...names, "Other Contacts"]);
				});
			await stand("Finance", "Project Aurora", "Choir");
			const head = (name: string) => page.locator(`[role=tree] [aria-level="1"][data-name="${name}"]`);
			const item = (name: string) => page.getByRole("menuitem", { name });
			const more = async (name: string) => {
				await head(name).hover();
				await page.getByRole("button", { name: `More for ${name}` }).click();
				await item("Move up").waitFor();
			};
			const canMove = async (up: boolean, down: boolean) => {
				assert.equal(await item("Move up").isEnabled(), up);
				assert.equal(await item("Move down").isEnabled(), down);
			};
			// By the menu.
			await more("Choir");
			await canMove(true, false);
			await item("Move up").click();
			await stand("Finance", "Choir", "Project Aurora");
			// By keyboard, and on from where it stands then.
			const press = async (name: string, words: string) => {
				await head(name).focus();
				await page.keyboard.press("Shift+F10");
				await holdsFocus(page, "menu");
				await takes(page, words);
				await item(words).waitFor({ state: "detached" });
				await soon(() => assertHead(page, name));
			};
			await press("Choir", "Move up");
			await stand("Choir", "Finance", "Project Aurora");
			await more("Choir");
			await canMove(false, true);
			await page.keyboard.press("Escape");
			await item("Move up").waitFor({ state: "detached" });
			await press("Finance", "Move up");
			await stand("Finance", "Choir", "Project Aurora");
			await press("Finance", "Move down");
			await stand("Choir", "Finance", "Project Aurora");
			await page.keyboard.press("Shift+F10");
			await holdsFocus(page, "menu");
			await takes(page, "Rename group");
			await holdsFocus(page, "dialog");
			await page.keyboard.press("Escape");
			await soon(() => assertHead(page, "Finance"));
			await page.keyboard.press("ArrowDown");
			await until(page, 'document.activeElement.dataset.row?.startsWith("g1/")');
			// The server has them so, and with those of no group nothing can be done.
			const kept = "mock.snapshot().groups.map((one) => one.name).join()";
			await until(page, `${kept} === "Choir,Finance,Project Aurora,~"`);
			await head("Other Contacts").hover();
			assert.equal(await head("Other Contacts").getByRole("button").count(), 0);
			// Whoever is added comes to them, whichever group is the first.
			await toFind(page);
			await page.keyboard.type("nils", { delay: 20 });
			await page.getByRole("button", { name: "Add Nils Berg" }).click();
			await page.getByText("Nils Berg is on your Contact List").waitFor();
			await page.getByRole("button", { name: "Clear" }).click();
			await row(page, "g0/nils").waitFor();
		},
	],
	[
		"whoever begins is offered their manager and those of their department; who has neither is told so",
		"still&empty",
		async (page) => {
			// Somebody in whose name the department's letters occur.
			await page.evaluate(
				`void mock.people.set("finn", { ...mock.people.get("nils"), id: "finn", displayName: "Finn Finance" })`,
			);
			const offers = page.getByRole("button", { name: /^Add (?!all)/ });
			const comesBack = async () => {
				await turnTo(page, "/im/talks");
				await page.getByText("No conversations yet").waitFor();
				await turnTo(page, "/im/");
			};
			await comesBack();
			await page.getByText(/^These are the people you work with/).waitFor();
			await page.getByRole("button", { name: "Add Maya Cohen" }).waitFor();
			await page.getByRole("button", { name: "Add Ben Okafor" }).waitFor();
			await soon(async () => assert.equal(await offers.count(), 3));
			await page.evaluate(
				`void mock.people.set("ana", { ...mock.people.get("ana"), department: "", manager: undefined })`,
			);
			await comesBack();
			await page.getByText(/^The directory names nobody you work with/).waitFor();
			assert.equal(await page.getByText(/^These are the people you work with/).count(), 0);
			assert.equal(await offers.count(), 0);
		},
	],
	[
		"where nothing hovers each row has its menu: a contact is moved, made a favourite and removed by taps alone, and an empty group says how",
		"still",
		(page) =>
			onPhone(page, async (phone) => {
				const more = (key: string, name: string) => row(phone, key).getByRole("button", { name: `More for ${name}` });
				const item = (name: string) => phone.getByRole("menuitem", { name, exact: true });
				await more("g2/kavya", "Kavya Raman").tap();
				await item("Move to").tap();
				await item("Finance").tap();
				await row(phone, "g1/kavya").waitFor();
				await row(phone, "g2/kavya").waitFor({ state: "detached" });
				await phone.getByText("Kavya Raman is in Finance").waitFor();
				await more("g1/kavya", "Kavya Raman").tap();
				await item("Add to Favourites").tap();
				await row(phone, "favourites/kavya").waitFor();
				await more("favourites/kavya", "Kavya Raman").tap();
				await item("Remove from Contact List").tap();
				await row(phone, "g1/kavya").waitFor({ state: "detached" });
				// Nobody was taken to a conversation by it.
				assert.equal(new URL(phone.url()).pathname, "/im/");
				await phone.evaluate(
					`mock.request({ method: "POST", path: "/groups", body: { name: "Choir" }, csrf: mock.csrf }).then(() => undefined)`,
				);
				await phone.getByText("Nobody is in this group yet.").waitFor();
				await soon(async () => assert.deepEqual(await fits(phone), []));
				// The row itself does what it did.
				await row(phone, "g1/maya").tap();
				await phone.getByRole("heading", { level: 1, name: "Maya Cohen" }).waitFor();
			}),
	],
	[
		"whoever was talked to and is on no list comes onto it where they are dropped, and that can be taken back",
		"still",
		async (page) => {
			await page.evaluate('mock.hear("nils", "The lift is repaired.")');
			await row(page, "recent/nils").dragTo(row(page, "g1"));
			await row(page, "g1/nils").waitFor();
			await page.getByText("Nils Berg is in Finance").waitFor();
			const kept = 'mock.snapshot().contacts.find((one) => one.person.id === "nils")?.groups.join()';
			await until(page, `${kept} === "g1"`);
			await page.getByRole("button", { name: "Undo" }).click();
			await row(page, "g1/nils").waitFor({ state: "detached" });
			await until(page, `${kept} === undefined`);
			await row(page, "recent/nils").waitFor();
		},
	],
];

/** Opens the same page as on a phone, where nothing hovers. */
async function onPhone(page: Page, act: (phone: Page) => Promise<void>): Promise<void> {
	const context = await page
		.context()
		.browser()
		?.newContext({
			viewport: { width: 390, height: 844 },
			hasTouch: true,
			isMobile: true,
			locale: "en-GB",
			serviceWorkers: "block",
		});
	assert.ok(context);
	const phone = await context.newPage();
	phone.setDefaultTimeout(PATIENCE);
	await phone.goto(page.url());
	await phone.locator("[role=tree]").waitFor();
	await settled(phone);
	await act(phone);
	await context.close();
}

/** That the head of a group has the focus. */
async function assertHead(page: Page, name: string): Promise<void> {
	assert.equal(await page.evaluate("document.activeElement.dataset.name"), name);
}

/** The key of the row under another. */
async function after(page: Page, key: string): Promise<string> {
	return (await page.evaluate(`(() => {
		const keys = [...document.querySelectorAll("[data-row]")].map((one) => one.dataset.row);
		return keys[keys.indexOf("${key}") + 1];
	})()`)) as string;
}
