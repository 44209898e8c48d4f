/** Where haste, a refusal or a second window could do harm: what was meant happens, and nothing that was typed is lost. */

import { strict as assert } from "node:assert";
import { box, decides, holdsFocus, type Journey, settled, soon, toFind, until, WORDS } from "./journey.ts";

export const CAREFUL: readonly Journey[] = [
	[
		"who types fast and presses Enter writes to whom they typed, not to who was found for the letters before",
		"still&delay=300",
		async (page) => {
			const rows = page.locator("[data-found] [data-row]");
			await toFind(page);
			await page.keyboard.type("a");
			await rows.nth(1).waitFor();
			assert.notEqual(await rows.first().getAttribute("data-row"), "olga");
			await page.keyboard.type(" petrova");
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Olga Petrova" }).waitFor();
			// The arrow goes to the row that was meant as well.
			await toFind(page, "Control+k");
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
			const added = (name: string) => page.getByRole("region", { name: `${name} added you` });
			await added("Nils Berg").getByRole("button", { name: "Allow and add" }).waitFor();
			const ben = added("Ben Okafor");
			await ben.getByRole("button", { name: "Allow", exact: true }).waitFor();
			assert.equal(await ben.getByRole("button", { name: "Allow and add" }).count(), 0);
			assert.equal(await added("Person p2").count(), 0);
			await page.getByRole("button", { name: "3 more have added you" }).click();
			await added("Person p2").waitFor();
		},
	],
	[
		"whoever has added one is shown as they are",
		"still",
		async (page) => {
			const olga = page.getByRole("region", { name: "Olga Petrova added you" });
			await olga.locator('[aria-label="Inactive"]').waitFor({ state: "attached" });
		},
	],
	[
		"nobody's presence is asked for while there is no connection on which to say whether one is there oneself",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				window.asked = [];
				const [ask, open] = [mock.request.bind(mock), mock.events.bind(mock)];
				mock.request = (one) => {
					if (one.path.endsWith("/presence")) window.asked.push(one.path);
					return ask(one);
				};
				// A proxy lets requests through, but no socket.
				mock.events = (_, handlers) => {
					setTimeout(() => handlers.onClosed(1006, ""), 1);
					return { send: () => false, close: () => {} };
				};
				window.letIn = () => {
					mock.events = open;
					dispatchEvent(new Event("online"));
				};
				mock.lose();
				mock.reachable = true;
				window.asked.length = 0;
			})()`);
			await page.evaluate(
				'history.pushState(null, "", "/im/c/nils" + location.search); dispatchEvent(new PopStateEvent("popstate"))',
			);
			await page.getByRole("heading", { level: 1, name: "Nils Berg" }).waitFor();
			await page.getByText("Reconnecting").waitFor();
			await settled(page);
			assert.deepEqual(await page.evaluate("window.asked"), []);
			await page.evaluate("window.letIn()");
			await until(page, 'window.asked.includes("/people/nils/presence")');
		},
	],
	[
		"while who was found is on screen one sees what becomes of them, and they are asked about no sooner than it may have changed",
		"still",
		async (page) => {
			await page.setViewportSize({ width: 1280, height: 480 });
			await page.evaluate(`(() => {
				for (let n = 0; n < 20; n++) {
					const id = "p" + n;
					const displayName = "Person " + (n < 10 ? "0" : "") + n;
					mock.people.set(id, { ...mock.people.get("nils"), id, address: id + "@lindblad.example", displayName });
					mock.become(id, "available", { known: true });
				}
				window.asked = [];
				const ask = mock.request.bind(mock);
				mock.request = (one) => {
					const person = /^.people.(.*).presence$/.exec(one.path);
					if (person) window.asked.push(person[1]);
					return ask(one);
				};
			})()`);
			await page.clock.install();
			const row = (id: string) => page.locator(`[data-found] [data-row="${id}"]`);
			await toFind(page);
			await page.keyboard.type("person", { delay: 120 });
			await row("p19").waitFor();
			await row("p0").getByText("Available").waitFor();
			await settled(page);
			// The answer had it.
			assert.deepEqual(await page.evaluate("window.asked"), []);
			await page.evaluate('mock.become("p0", "busy"); mock.become("p19", "away")');
			await page.clock.fastForward(31_000);
			await row("p0").getByText("Busy").waitFor();
			await row("p0")
				.and(page.getByRole("button", { name: /^Person 00, Busy/ }))
				.waitFor();
			await settled(page);
			const asked = (await page.evaluate("window.asked")) as string[];
			assert.equal(new Set(asked).size, asked.length);
			assert.ok(!asked.includes("p19"), "who isn't on screen is asked about, too");
			await row("p19").scrollIntoViewIfNeeded();
			await row("p19").getByText("Away").waitFor();
			// A later answer takes the place of what was asked before it.
			await page.evaluate('mock.become("p19", "available")');
			await page.keyboard.type(" 19");
			await row("p0").waitFor({ state: "detached" });
			await row("p19").getByText("Available").waitFor();
		},
	],
	[
		"whoever decides about those who added them hears it, goes on with the next, and can take a block back",
		"still",
		async (page) => {
			const add = (id: string, displayName: string) =>
				page.evaluate(
					`mock.tell({ type: "adder", adder: { person: { id: "${id}", address: "${id}@lindblad.example", displayName: "${displayName}" } } })`,
				);
			const added = (name: string) => page.getByRole("region", { name: `${name} added you` });
			await page.getByRole("tree").waitFor();
			const aloud = page.locator("[data-unseen]").getByText("Ben Okafor added you");
			assert.equal(await aloud.count(), 0);
			await add("ben", "Ben Okafor");
			await aloud.waitFor({ state: "attached" });
			await add("grace", "Grace Lin");
			await added("Grace Lin").getByRole("button", { name: "Block" }).focus();
			await page.keyboard.press("Enter");
			await page.getByText(/^You have blocked Grace Lin/).waitFor();
			await until(page, 'document.activeElement.closest("[data-adder]") !== null');
			await page.getByRole("button", { name: "Undo" }).click();
			await until(page, 'mock.levelOf("grace") === "company"');
			for (;;) {
				const allow = page.locator("[data-adder]").getByRole("button", { name: "Allow", exact: true });
				const left = await allow.count();
				if (left === 0) break;
				await allow.first().focus();
				await page.keyboard.press("Enter");
				await until(page, `document.querySelectorAll("[data-adder]").length === ${left - 1}`);
			}
			await page.getByText(/ was allowed$/).waitFor();
			await until(page, 'document.activeElement.closest("[role=tree]") !== null');
		},
	],
	[
		"a level of access that was chosen on the card is what it shows, with the badge, whatever else can't be asked",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await page.getByRole("button", { name: "Card of Ben Okafor" }).first().click();
			const card = page.getByRole("dialog");
			const level = card.getByRole("combobox", { name: "Level of Access" });
			await level.waitFor();
			await page.evaluate(`(() => {
				const ask = mock.request.bind(mock);
				mock.request = (one) =>
					one.method === "GET" && one.path.includes("/people/") ? new Promise(() => {}) : ask(one);
			})()`);
			const badge = card.locator('[aria-label="Blocked"]');
			assert.equal(await badge.count(), 0);
			await level.selectOption("Blocked");
			await badge.first().waitFor();
			// What is chosen isn't on its way any more.
			await card.getByText("Offline").first().waitFor();
			await settled(page);
			assert.equal(await level.inputValue(), "blocked");
			await page.evaluate('mock.choose("ben", "company")');
			await badge.waitFor({ state: "detached" });
		},
	],
	[
		"the sessions are those there are, as soon as a program comes or goes",
		"still",
		async (page) => {
			const deletes = (path: string) =>
				page.evaluate(`mock.request({ method: "DELETE", path: "${path}", csrf: mock.csrf })`);
			await page.evaluate(
				'history.pushState(null, "", "/im/settings/devices"); dispatchEvent(new PopStateEvent("popstate"))',
			);
			const end = page.getByRole("button", { name: /^End .*Firefox/ });
			await end.waitFor();
			await deletes("/sessions/s2");
			await deletes("/endpoints/e3");
			await end.waitFor({ state: "detached" });
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
			await settled(page);
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
			await settled(page);
			await page.evaluate('window.Notification.permission = "granted"');
			await page.keyboard.press("Alt+Shift+D");
			await page.getByRole("button", { name: "My status: Do Not Disturb" }).waitFor();
			await page.evaluate('mock.become("dmitri", "available")');
			// Whoever has decided about what came in after it has decided about it.
			await decides(page, 'mock.hear("hugo", "Three")');
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
			await page.evaluate(WORDS);
			const other = await page.context().newPage();
			await other.addInitScript(init);
			await other.goto(page.url());
			await other.locator('[data-row="g2/hugo"]').click();
			await other.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			await other.evaluate(WORDS);
			// What is looked at there is known here.
			await until(page, 'window.words.findLast((one) => one.looking?.hasFocus)?.looking.person === "hugo"');
			const told = async () => [
				await page.evaluate("window.shown.length"),
				await other.evaluate("window.shown.length"),
			];
			let dealtWith = 0;
			for (const from of ["ben", "hugo"]) {
				for (const one of [page, other]) await one.evaluate(`mock.hear("${from}", "Hello")`);
				// Of Ben the first alone tells; what Hugo says is on screen in the second. The first has dealt with either.
				await until(page, "window.shown.length === 1");
				const dealt = `new Set(window.words.flatMap((one) => one.dealt ?? [])).size === ${++dealtWith}`;
				await until(other, dealt);
				for (const one of [page, other]) await settled(one);
				assert.deepEqual(await told(), [1, 0], from);
			}
			await other.close();
		},
	],
	[
		"what can't be taken stays where it was typed, with the reason: a note, a name, a label, words, a message",
		"still",
		async (page) => {
			const note = page.getByRole("textbox", { name: "My note" });
			const long = "ж".repeat(300);
			await note.fill(long);
			await note.press("Enter");
			await page.getByText("This is too long: 600 of 500 bytes. Shorten it.").waitFor();
			await soon(async () => assert.equal(await note.inputValue(), long));
			// Without a connection it waits where it stands, and goes out by itself.
			await page.evaluate("mock.lose()");
			await note.fill("Back at three");
			await note.press("Enter");
			await page.getByText("It stays here, and goes out when the connection is back.").waitFor();
			await soon(async () => assert.equal(await note.inputValue(), "Back at three"));
			await page.evaluate("mock.reachable = true; dispatchEvent(new Event('online'))");
			await until(page, 'mock.snapshot().me.note === "Back at three"');
			await page.getByText("It stays here").waitFor({ state: "detached" });

			await page.getByRole("button", { name: "View and new group" }).click();
			await page.getByRole("menuitem", { name: "New group" }).click();
			const name = page.getByRole("textbox", { name: "Name of the group" });
			await name.fill("ж".repeat(129));
			await page.getByText("This is too long: 258 of 256 bytes. Shorten it.").waitFor();
			await soon(async () => assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true));
			await name.fill("Finance");
			await page.getByRole("button", { name: "Save" }).click();
			await page.getByText("Name of the group: There is one of this name already.").waitFor();
			await soon(async () => assert.equal(await name.inputValue(), "Finance"));
			await name.press("Escape");
			await name.waitFor({ state: "detached" });

			await page.getByRole("button", { name: "Settings" }).click();
			await page.getByRole("tab", { name: "App passwords" }).click();
			const label = page.getByRole("textbox", { name: "What is it for?" });
			const make = page.getByRole("button", { name: "Create a password" });
			for (let n = 2; n <= 7; n++) {
				await label.fill(`Pidgin ${n}`);
				await make.click();
				await page.getByText(`Password for Pidgin ${n}`).waitFor();
			}
			await label.fill("An eighth");
			await make.click();
			await page.getByText("You have 7 app passwords, and there can be no more. Revoke one first.").waitFor();
			await soon(async () => assert.equal(await label.inputValue(), "An eighth"));

			await page.getByRole("button", { name: "History" }).click();
			await page.getByRole("searchbox").fill("字".repeat(86));
			await page.getByText("This is too long: 258 of 256 bytes. Shorten it.").waitFor();

			await page.getByRole("button", { name: "Contact List" }).click();
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).click();
			await page.evaluate(`(() => {
				const data = new DataTransfer();
				data.setData("text/html", "<b>" + "a".repeat(5000) + "</b>");
				document.querySelector("main [role=textbox]").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
			})()`);
			await page.getByText("10,007 of 8,192 bytes, formatting included").waitFor();
		},
	],
	[
		"a name of one's own is given to somebody, and taken away again by leaving it empty",
		"still",
		async (page) => {
			const row = page.locator('[data-row="g2/kavya"]');
			const name = page.getByRole("textbox", { name: "Your name for Kavya Raman" });
			const rename = async (wanted: string) => {
				await row.click({ button: "right" });
				await page.getByRole("menuitem", { name: "Rename", exact: true }).click();
				await name.fill(wanted);
				await name.press("Enter");
				await name.waitFor({ state: "detached" });
			};
			await rename("Kavya from the lift");
			await row.getByText("Kavya from the lift").waitFor();
			await rename("");
			await row.getByText("Kavya Raman").waitFor();
			const alias = 'mock.snapshot().contacts.find((one) => one.person.id === "kavya").alias';
			await soon(async () => assert.equal(await page.evaluate(alias), undefined));
			// Whose own name is written there has none either: it changes with theirs.
			await rename("Kavya Raman");
			await settled(page);
			assert.equal(await page.evaluate(alias), undefined);
		},
	],
	[
		"a note that waits for a connection outlives a reload",
		"still",
		async (page) => {
			const note = page.getByRole("textbox", { name: "My note" });
			await page.evaluate("mock.lose()");
			await note.fill("Back at five");
			await note.press("Enter");
			await page.getByText("It stays here, and goes out when the connection is back.").waitFor();
			await page.reload();
			await until(page, 'globalThis.mock && mock.snapshot().me.note === "Back at five"');
			await soon(async () => assert.equal(await note.inputValue(), "Back at five"));
			const kept = "Object.keys(localStorage).filter((key) => key.startsWith('rapport.kept'))";
			await soon(async () => assert.deepEqual(await page.evaluate(kept), []));
		},
	],
	[
		"a note that waited is shown, not sent, where another one was set elsewhere meanwhile, and its writer decides",
		"still",
		async (page) => {
			const note = page.getByRole("textbox", { name: "My note" });
			const stands = (words: string) => until(page, `mock.snapshot().me.note === ${JSON.stringify(words)}`);
			const overtaken = page.getByText(/^Not set: since you wrote this/);
			const wait = async (words: string, other: string) => {
				await page.evaluate("mock.lose()");
				await note.fill(words);
				await note.press("Enter");
				await page.getByText("It stays here, and goes out when the connection is back.").waitFor();
				await page.evaluate(
					`mock.notes(${JSON.stringify(other)}); mock.reachable = true; dispatchEvent(new Event("online"))`,
				);
				await overtaken.filter({ hasText: `changed elsewhere to “${other}”` }).waitFor();
			};
			await wait("On the train", "In Lisbon");
			assert.equal(await note.inputValue(), "On the train");
			await page.getByRole("button", { name: "Discard" }).click();
			await overtaken.waitFor({ state: "detached" });
			await until(page, `document.activeElement.value === "In Lisbon"`);
			await stands("In Lisbon");
			await wait("Off the train", "Still in Lisbon");
			await page.getByRole("button", { name: "Set this note" }).click();
			await stands("Off the train");
			await overtaken.waitFor({ state: "detached" });
			await wait("By bus", "In Porto");
			await note.press("Enter");
			await stands("By bus");
		},
	],
	[
		"by one letter one finds what was said, and by their name somebody far down in the history",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				for (let n = 0; n < 60; n++) {
					const id = "p" + n, displayName = n === 0 ? "Zora Early" : "Person " + n;
					mock.people.set(id, { ...mock.people.get("ben"), id, address: id + "@lindblad.example", displayName });
					mock.hear(id, "Hello");
				}
			})()`);
			await page.getByRole("button", { name: "History" }).click();
			await page
				.getByRole("button", { name: /Person 59/ })
				.first()
				.waitFor();
			await page.getByRole("searchbox").fill("zora");
			await page
				.getByRole("button", { name: /^Zora Early/ })
				.first()
				.waitFor();
			await page.getByRole("searchbox").fill("東");
			await page.getByText("1 message found").waitFor();
		},
	],
	[
		"the keys lead where they say from every page: Find, and conversations in the order in which they are listed",
		"still",
		async (page) => {
			await page.getByRole("button", { name: /^Conversations/ }).click();
			const names = page.locator('[data-pane="list"] li button');
			await names.first().waitFor();
			await toFind(page);
			await page.keyboard.press("Alt+Shift+Digit1");
			await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();
			// What is open beside the list stays open.
			await toFind(page, "Control+k");
			await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();
			await page.evaluate('mock.hear("emi", "Now I am first.")');
			await page.keyboard.press("Alt+Shift+Digit1");
			await page.getByRole("heading", { level: 1, name: "田中 恵美" }).waitFor();
			await page.keyboard.press("Alt+Shift+Digit4");
			await page.getByRole("heading", { level: 1, name: /^Grace/ }).waitFor();
		},
	],
	[
		"a group that is made before there is anybody in it is there, and whoever is signed out elsewhere is told so",
		"still&empty",
		async (page) => {
			await page.getByRole("button", { name: "View and new group" }).click();
			await page.getByRole("menuitem", { name: "New group" }).click();
			await page.getByRole("textbox", { name: "Name of the group" }).fill("Friends");
			await page.getByRole("button", { name: "Save" }).click();
			const group = page.getByRole("treeitem", { name: /^Friends/ });
			await group.waitFor();
			await group.press("Shift+F10");
			await page.getByRole("menuitem", { name: "Rename group" }).waitFor();
			await holdsFocus(page, "menu");
			await page.keyboard.press("Escape");
			await page.evaluate(`mock
				.request({ method: "GET", path: "/session" })
				.then(({ body }) => mock.request({ method: "DELETE", path: "/session", csrf: body.csrf }))
				.then(() => undefined)`);
			await page.getByText("You were signed out here from another tab or another of your browsers.").waitFor();
		},
	],
];
