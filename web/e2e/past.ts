/** What was said before: above the live conversation, and in a place of its own. */

import { strict as assert } from "node:assert";
import { box, focuses, type Journey, said, scrolls, settled, soon, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

export const PAST: readonly Journey[] = [
	[
		"earlier messages come above the live ones as one scrolls up, each once, and nothing moves under the eye",
		"still",
		async (page) => {
			await page.setViewportSize({ width: 1280, height: 480 });
			await page.locator('[data-row="g1/ben"]').click();
			await said(page, "On a call, will look right after.").waitFor();
			const lines = page.locator("[role=log] [data-line]");
			await soon(async () => assert.equal(await lines.count(), 50));
			await settled(page);
			const thread = page.locator("main [role=region]");
			const first = await lines.first().getAttribute("data-line");
			const place = () =>
				thread.evaluate(
					(element, key) =>
						(element.querySelector(`[data-line="${key}"]`)?.getBoundingClientRect().top ?? 0) -
						element.getBoundingClientRect().top,
					first,
				);
			await thread.evaluate((element) => element.scrollTo({ top: 0 }));
			const before = await place();
			await until(page, 'document.querySelectorAll("[role=log] [data-line]").length === 100');
			assert.ok(Math.abs((await place()) - before) < 60, `the first line moved from ${before} to ${await place()}`);
			await thread.evaluate((element) => element.scrollTo({ top: 0 }));
			await page.getByText("This is where your conversation with Ben Okafor begins.").waitFor();
			const keys = await lines.evaluateAll((all) => all.map((one) => one.getAttribute("data-line")));
			assert.equal(new Set(keys).size, keys.length);
			assert.equal(keys.length, 129);
			await page.evaluate('mock.hear("ben", "news")');
			await page.getByRole("button", { name: "1 new" }).click();
			await said(page, "news").waitFor();
		},
	],
	[
		"one reads on after a reload where one was, in a conversation and in the list",
		"still&density=comfortable",
		async (page) => {
			await page.setViewportSize({ width: 1280, height: 480 });
			await page.locator('[data-row="g1/ben"]').click();
			await said(page, "On a call, will look right after.").waitFor();
			await page.locator("[role=log] [data-line]").nth(49).waitFor();
			await settled(page);
			const thread = page.locator("main [role=region]");
			await thread.evaluate((element) => element.scrollTo({ top: 0 }));
			await until(page, 'document.querySelectorAll("[role=log] [data-line]").length === 100');
			await settled(page);
			await scrolls(page, thread, 300);
			const list = page.locator('[data-pane="list"] [role=tree]').locator("..");
			await scrolls(page, list, 150);
			const seen = () =>
				thread.evaluate((element) => {
					const top = element.getBoundingClientRect().top;
					const all = [...element.querySelectorAll<HTMLElement>("[data-line]")];
					const line = all.find((one) => one.getBoundingClientRect().bottom > top);
					return { key: line?.dataset["line"], at: Math.round((line?.getBoundingClientRect().top ?? 0) - top) };
				});
			const before = await seen();
			await page.reload();
			await until(
				page,
				`(() => {
					const top = document.querySelector('[data-line="${before.key}"]')?.getBoundingClientRect().top;
					return top !== undefined && top > 0 && top < innerHeight;
				})()`,
			);
			const isThere = async () => {
				const after = await seen();
				assert.equal(after.key, before.key);
				assert.ok(Math.abs(after.at - before.at) <= 2, `${before.at} became ${after.at}`);
			};
			await soon(isThere);
			// And stays there.
			await settled(page);
			await isThere();
			assert.equal(await list.evaluate((element) => element.scrollTop), 150);
		},
	],
	[
		"a draft keeps its form over a reload",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).click();
			await page.keyboard.type("half ");
			await page.keyboard.press("Control+b");
			await page.keyboard.type("bold");
			await page.reload();
			await box(page).locator("b", { hasText: "bold" }).waitFor();
			await page.locator("main [role=textbox]:focus").waitFor();
			await settled(page);
			await page.keyboard.type("er");
			await soon(async () => assert.equal((await box(page).innerText()).trim(), "half bolder"));
			await page.keyboard.press("Enter");
			await page.locator("[role=log] b", { hasText: "bolder" }).waitFor();
		},
	],
	[
		"the history is found by words and by person, saved, and deleted only after a question",
		"still",
		async (page) => {
			await page.getByRole("button", { name: "History" }).click();
			await page.getByRole("button", { name: /Ben Okafor.*129 messages/s }).waitFor();
			const search = page.getByRole("searchbox");
			await search.fill("TOKYO figures nowhere");
			await page.getByText("Nothing was found").waitFor();
			await search.fill("tokyo");
			await page.getByText("2 messages found").waitFor();
			await search.fill("hugo");
			await page
				.getByRole("button", { name: /Hugo Sandström/ })
				.first()
				.waitFor();
			await search.fill("");
			await page.evaluate("mock.isExporting = true");
			await page.getByRole("link", { name: "Export all" }).click();
			await page.getByText(/^That was too fast/).waitFor();
			await page.evaluate("mock.isExporting = false");
			await page.route("**/api/v1/history/export", (route) =>
				route.fulfill({
					contentType: "application/jsonl",
					headers: { "content-disposition": "attachment" },
					body: "{}\n",
				}),
			);
			const download = page.waitForEvent("download");
			await page.getByRole("link", { name: "Export all" }).click();
			assert.equal((await download).suggestedFilename(), "rapport-history.jsonl");
			await page.getByRole("button", { name: "Delete what was said with Hugo Sandström" }).click();
			await page.getByRole("button", { name: "Cancel" }).click();
			await page.getByRole("button", { name: "Delete what was said with Hugo Sandström" }).click();
			await page.getByRole("button", { name: "Delete", exact: true }).click();
			await page.getByRole("button", { name: /Hugo Sandström.*messages/s }).waitFor({ state: "detached" });
			await page.getByRole("button", { name: "More for History" }).click();
			await page.getByRole("menuitem", { name: "Delete everything" }).click();
			await page.getByRole("button", { name: "Delete", exact: true }).click();
			await page.getByText("Nothing is kept yet").waitFor();
		},
	],
	[
		"what is deleted in another browser leaves the history at once, and what else was loaded stays",
		"still",
		async (page) => {
			const deletes = (words: string) =>
				page.evaluate(`mock.request({ method: "DELETE", path: "/history${words}", csrf: mock.csrf })`);
			await page.getByRole("button", { name: "History" }).click();
			const hugo = page.getByRole("button", { name: /Hugo Sandström.*messages/s });
			await hugo.waitFor();
			await deletes("?with=hugo");
			await hugo.waitFor({ state: "detached" });
			const search = page.getByRole("searchbox");
			await search.fill("tokyo");
			await page.getByText("2 messages found").waitFor();
			const found = page.locator("main [data-line]");
			await deletes(`/${await found.first().getAttribute("data-line")}`);
			await page.getByText("1 message found").waitFor();
			await soon(async () => assert.equal(await found.count(), 1));
			await search.fill("");
			await page.getByRole("button", { name: /Ben Okafor.*12[89] messages/s }).click();
			const lines = page.locator("main [role=region] [data-line]");
			await page.getByText("On a call, will look right after.").waitFor();
			await settled(page);
			const before = await lines.count();
			const key = await lines.nth(5).getAttribute("data-line");
			await deletes(`/${key}`);
			await page.locator(`main [data-line="${key}"]`).waitFor({ state: "detached" });
			await soon(async () => assert.equal(await lines.count(), before - 1));
			await deletes("");
			await page.getByText("On a call, will look right after.").waitFor({ state: "detached" });
			await soon(async () => assert.equal(await lines.count(), 0));
		},
	],
	[
		"what was deleted while the connection was away leaves the history with the next snapshot",
		"still",
		async (page) => {
			await page.getByRole("button", { name: "History" }).click();
			await page.getByRole("button", { name: /Ben Okafor.*129 messages/s }).click();
			const words = page.getByText("On a call, will look right after.");
			await words.waitFor();
			await page.evaluate("mock.lose(); mock.forgets(); mock.renew(); mock.reachable = true");
			await words.waitFor({ state: "detached" });
		},
	],
	[
		"what is said while one looks at the list of the history comes into it, but not under the pointer nor from under the focus",
		"still",
		async (page) => {
			const rows = page.getByRole("list", { name: "Conversations" }).getByRole("listitem");
			const first = (words: string | RegExp) => rows.first().filter({ hasText: words }).waitFor();
			await page.getByRole("button", { name: "History" }).click();
			await first("Ben Okafor");
			await page.evaluate('mock.hear("maya", "The board meets at four.")');
			await first(/Maya Cohen.*The board meets at four\..*1 message/s);
			// By another program of theirs, and while there was no connection.
			await page.evaluate('mock.says("emi", "From my desk")');
			await first("You: From my desk");
			await page.evaluate('mock.lose(); mock.hear("ben", "Are you there?"); mock.renew(); mock.reachable = true');
			await first("Are you there?");
			// What has the focus is moved down by whoever comes before it.
			await page.getByRole("button", { name: /^Ben Okafor/ }).focus();
			await page.evaluate('mock.says("hugo", "And here")');
			await first("You: And here");
			await until(page, 'document.activeElement.textContent.includes("Ben Okafor")');
			const order = async () => (await rows.allInnerTexts()).map((one) => one.split("\n")[0]);
			const before = await order();
			await rows.nth(2).hover();
			await page.evaluate('mock.says("emi", "Under the pointer")');
			await rows.filter({ hasText: "You: Under the pointer" }).waitFor();
			assert.deepEqual(await order(), before);
			await page.mouse.move(5, 5);
			await first("You: Under the pointer");
		},
	],
	[
		"what is said while one looks at what was said before comes to its end, and to what was found, and moves nothing",
		"still",
		async (page) => {
			await page.setViewportSize({ width: 1280, height: 480 });
			await page.getByRole("button", { name: "History" }).click();
			const search = page.getByRole("searchbox");
			await search.fill("tokyo");
			await page.getByText("2 messages found").waitFor();
			await page.evaluate('mock.hear("hugo", "Something else"); mock.hear("ben", "Tokyo called.")');
			await page.getByText("3 messages found").waitFor();
			await search.fill("");
			await page.getByRole("button", { name: /Ben Okafor.*130 messages/s }).click();
			const lines = page.locator("main [role=region] [data-line]");
			const line = (words: string) => lines.filter({ hasText: words });
			await line("Tokyo called.").waitFor();
			const past = page.locator("main [role=region]");
			const isAtEnd = `(() => {
				const past = document.querySelector("main [role=region]");
				return past.scrollHeight - past.scrollTop - past.clientHeight < 80;
			})()`;
			await until(page, isAtEnd);
			await page.evaluate('mock.says("ben", "Said at my desk.")');
			await line("Said at my desk.").waitFor();
			await until(page, isAtEnd);
			// Who reads further up stays there, with all that was loaded.
			await past.evaluate((element) => element.scrollTo({ top: 0 }));
			await until(page, 'document.querySelectorAll("main [data-line]").length > 90');
			await past.evaluate((element) => element.scrollTo({ top: 400 }));
			await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
			const count = await lines.count();
			await page.evaluate('mock.hear("hugo", "Not here"); mock.hear("ben", "One"); mock.hear("ben", "Two")');
			const chip = page.getByRole("button", { name: "2 new" });
			await chip.waitFor();
			assert.equal(await past.evaluate((element) => element.scrollTop), 400);
			assert.equal(await lines.count(), count + 2);
			await chip.click();
			await chip.waitFor({ state: "detached" });
			await until(page, isAtEnd);
		},
	],
	[
		"where the company keeps nothing, that is said",
		"still&keeps-none",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await page.getByText(/^Your company keeps no history:/).waitFor();
			await page.getByRole("button", { name: "History" }).click();
			await page.getByText("Your company keeps no history", { exact: true }).waitFor();
		},
	],
	[
		"what was said with somebody who has left, or who was never of the company, is read as ever, and leads to nobody",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				mock.hear("nils", "The lift is repaired.");
				mock.leaves("nils");
				const id = "sip:pat@partner.example";
				mock.gone.set(id, { id, address: "pat@partner.example", displayName: "pat@partner.example" });
				mock.hear(id, "The crate is on its way.");
				const { id: conversation } = mock.snapshot().conversations.find((one) => one.with.id === id);
				return mock
					.request({ method: "DELETE", path: "/conversations/" + conversation, csrf: mock.csrf })
					.then(() => undefined);
			})()`);
			await page.getByRole("button", { name: "History" }).click();
			const isRead = async ([name, words, why]: readonly [string, string, string]) => {
				await page.getByRole("heading", { level: 1, name: `History with ${name}` }).waitFor();
				await page.locator("main [data-line]").getByText(words).waitFor();
				await page.getByText(why).waitFor();
				assert.equal(await page.getByRole("button", { name: "Go to the conversation" }).count(), 0);
				assert.equal(await page.locator("main [role=alert]").count(), 0);
				await page.getByRole("button", { name: "Back" }).click();
			};
			const nils = [
				"nils@lindblad.example",
				"The lift is repaired.",
				"nils@lindblad.example has left the company.",
			] as const;
			const pat = [
				"pat@partner.example",
				"The crate is on its way.",
				"pat@partner.example isn’t in your company.",
			] as const;
			for (const one of [nils, pat]) {
				await page.getByRole("button", { name: new RegExp(`^${one[0]}`) }).press("Enter");
				await focuses(page, `History with ${one[0]}`);
				await isRead(one);
			}
			for (const one of [nils, pat]) {
				await page.getByRole("searchbox").fill(one[1]);
				await page.getByText("1 message found").waitFor();
				await page.getByRole("button", { name: "Open", exact: true }).click();
				await isRead(one);
			}
			// Of whom there is nothing at all, that is said.
			await turnTo(page, "/im/history/nobody");
			await page.getByRole("alert").getByText("It isn’t there any more.").waitFor();
		},
	],
	[
		"who blocked somebody is told so where they would write, and can take it back there",
		"still",
		async (page) => {
			await page.locator('[data-row="g0/jon"]').click();
			await page.getByText(/^You have blocked Jón/).waitFor();
			await page.getByRole("button", { name: "Unblock" }).click();
			await page.getByText(/^You have blocked Jón/).waitFor({ state: "detached" });
		},
	],
];
