/** Where people are, and on which of their devices. */

import { strict as assert } from "node:assert";
import { type Journey, soon, toFind, until } from "./journey.ts";

export const PLACE: readonly Journey[] = [
	[
		"one says where one is, which a reload keeps, and sees where others are and how late it is there",
		"still",
		async (page) => {
			const mine = page.getByLabel("Where I am");
			await mine.fill("Room 4");
			await page.keyboard.press("Enter");
			await until(page, 'mock.snapshot().me.location === "Room 4"');
			await page.reload();
			await mine.waitFor();
			await until(page, `document.querySelector('[aria-label="Where I am"]').value === "Room 4"`);
			const title = (row: string, words: string) =>
				page.locator(`[data-row="${row}"] [title*="${words}"]`).getAttribute("title");
			await soon(async () =>
				assert.match(String(await title("g2/emi", "東京オフィス")), /東京オフィス · \d\d:\d\d there$/),
			);
			// Who is where the clock shows the same is told without one.
			await soon(async () => assert.match(String(await title("g1/ben", "Home")), /Home$/));
			await page.locator('[data-row="g2/emi"]').focus();
			await page.keyboard.press("Alt+Enter");
			const card = page.getByRole("dialog");
			await card.getByText("東京オフィス").waitFor();
			// As an hour begins, a moment later.
			await soon(async () => {
				const there = (await page.evaluate(
					`new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "Asia/Tokyo" }).format(Date.now())`,
				)) as string;
				const shown = await card.locator("dt", { hasText: "Local time" }).locator("+ dd").innerText();
				assert.equal(shown.split(":")[0], there.split(":")[0]);
			});
		},
	],
	[
		"each of one's devices says since when it is signed in, and browsers are named in one's language",
		"still",
		async (page) => {
			const go = (path: string) =>
				page.evaluate(
					`history.pushState(null, "", "${path}" + location.search); dispatchEvent(new PopStateEvent("popstate"))`,
				);
			await go("/im/settings/devices");
			const devices = page.locator("main ul").first().locator("li");
			await soon(async () => {
				const words = await devices.allInnerTexts();
				assert.equal(words.length, 3);
				assert.match(words[0] ?? "", /^Chrome on Linux\n+This browser · Available · since \d/);
				assert.match(words[1] ?? "", /^Communicator on ANAS-PC\n+Inactive · since \d/);
				assert.match(words[2] ?? "", /^Firefox on Android\n+Away · since \d/);
				// Of two sign-ins the times differ as they do.
				const since = words.map((one) => /since (.*)/.exec(one)?.[1]);
				assert.equal(new Set(since).size, 3);
			});
		},
	],
	[
		"Clear of Find anyone takes the words away while the focus is elsewhere",
		"still",
		async (page) => {
			await toFind(page);
			await page.keyboard.type("olga", { delay: 20 });
			await page.getByRole("button", { name: "Add Olga Petrova" }).click();
			await page.getByText("Olga Petrova is on your Contact List").waitFor();
			await page.getByRole("button", { name: "Clear" }).click();
			await page.locator("[role=tree]").waitFor();
		},
	],
	[
		"what the rail's words lie over is clicked through them",
		"still",
		async (page) => {
			await page.getByRole("button", { name: /^Conversations/ }).hover();
			const words = page.getByRole("tooltip").filter({ visible: true });
			await words.waitFor();
			const isFree = () =>
				words.evaluate((element) => {
					const { x, y, width, height } = element.getBoundingClientRect();
					const below = document.elementFromPoint(x + width / 2, y + height / 2);
					return below !== null && !element.contains(below);
				});
			await soon(async () => assert.ok(await isFree(), "the words are in the way"));
		},
	],
];
