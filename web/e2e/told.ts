/** Being told of messages: by the title and its icon, by notifications of the system, and by answering in them. */

import { strict as assert } from "node:assert";
import type { Page, Worker } from "playwright-core";
import { decides, isSent, type Journey, said, settled, until } from "./journey.ts";
import { turnTo } from "./mixed.ts";

export const TOLD: readonly Journey[] = [
	[
		"a notification says who wrote, opens the conversation, and stays away in Do Not Disturb and of what is on screen",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				window.shown = [];
				window.Notification = class {
					static permission = "granted";
					constructor(title, options) { this.title = title; this.body = options.body; window.shown.push(this); }
					close() { this.isClosed = true; }
				};
			})()`);
			const shown = () => page.evaluate('window.shown.map((one) => one.title + ": " + one.body)');
			await page.evaluate('mock.hear("hugo", "The template is ready.")');
			await until(page, "window.shown.length === 1");
			assert.deepEqual(await shown(), ["Hugo Sandström: The template is ready."]);
			await page.evaluate("window.shown[0].onclick()");
			await page.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			await page.evaluate('mock.hear("hugo", "Seen at once.")');
			await said(page, "Seen at once.").waitFor();
			await page.keyboard.press("Alt+Shift+D");
			await page.getByRole("button", { name: "My status: Do Not Disturb" }).waitFor();
			await decides(page, 'mock.hear("ben", "Not now")');
			assert.equal(((await shown()) as string[]).length, 1);
		},
	],
	[
		"in Do Not Disturb what the Team writes is shown, without a sound, and nothing else is",
		"still",
		async (page) => {
			// Where no list asks who has which level.
			await page.addInitScript(STUBS);
			await page.goto(new URL("/im/settings/notifications?still", page.url()).href);
			await page.getByText(/^In Do Not Disturb no sound is played/).waitFor();
			await settled(page);
			await page.keyboard.press("Alt+Shift+D");
			await until(page, 'mock.snapshot().me.availability === "doNotDisturb"');
			await settled(page);
			await page.evaluate('mock.hear("maya", "The board meets now.")');
			await until(page, "window.shown.length === 1");
			const [notice] = (await page.evaluate("window.shown")) as Shown[];
			assert.deepEqual([notice?.title, notice?.body, notice?.silent], ["Maya Cohen", "The board meets now.", true]);
			// Personal, and Company.
			for (const id of ["hugo", "ben"]) await decides(page, `mock.hear("${id}", "Lunch?")`);
			await settled(page);
			assert.deepEqual([await page.evaluate("window.shown.length"), await page.evaluate("window.tones")], [1, 0]);
		},
	],
	[
		"each message of one person comes up anew, though the notification takes the place of the one before, and is silent where sounds are off",
		"still",
		async (page) => {
			await page.addInitScript(STUBS);
			await page.reload();
			await page.getByRole("tree").waitFor();
			await settled(page);
			for (const words of ["One", "Two"]) await decides(page, `mock.hear("hugo", "${words}")`);
			await page.evaluate(`mock
				.request({ method: "PUT", path: "/settings", body: { ...mock.snapshot().settings, sounds: false }, csrf: mock.csrf })
				.then(() => undefined)`);
			await settled(page);
			await decides(page, 'mock.hear("hugo", "Three")');
			await until(page, "window.shown.length === 3");
			const shown = (await page.evaluate("window.shown")) as Shown[];
			assert.deepEqual(
				shown.map((one) => [one.body, one.tag, one.renotify, one.silent]),
				[
					["One", "hugo", true, false],
					["Two", "hugo", true, false],
					["Three", "hugo", true, true],
				],
			);
		},
	],
	[
		"whoever wants to be told of somebody is asked for notifications, unless they were, or want none",
		"still",
		async (page) => {
			await page.addInitScript(STUBS);
			await page.reload();
			await page.getByRole("tree").waitFor();
			await settled(page);
			await page.evaluate('window.Notification.permission = "default"');
			const asks = async (id: string, times: number) => {
				await page.locator(`[data-row="${id}"]`).click({ button: "right" });
				await page.getByRole("menuitem", { name: "Tell me when available" }).click();
				await page.getByRole("menu").waitFor({ state: "detached" });
				await settled(page);
				assert.equal(await page.evaluate("window.asked"), times);
			};
			await asks("g2/dmitri", 1);
			await asks("g2/ines", 1);
			await page.evaluate('window.Notification.permission = "default"');
			await page.locator('[data-row="g1/grace"]').click();
			await page
				.getByRole("main")
				.getByRole("button", { name: /^More for Grace/ })
				.click();
			await page.getByRole("menuitem", { name: "Tell me when available" }).click();
			await until(page, "window.asked === 2");
			// Who no longer wants to be told isn't asked, nor who has switched notifications off.
			await page.evaluate('window.Notification.permission = "default"');
			await page
				.getByRole("main")
				.getByRole("button", { name: /^More for Grace/ })
				.click();
			await page.getByRole("menuitem", { name: "No longer tell me" }).click();
			await page.evaluate(`mock
				.request({ method: "PUT", path: "/settings", body: { ...mock.snapshot().settings, notifications: false }, csrf: mock.csrf })
				.then(() => undefined)`);
			await settled(page);
			await asks("g0/liam", 2);
		},
	],
	[
		"that somebody is there who was awaited sounds, and stays on the page until it is looked at",
		"still",
		async (page) => {
			await page.addInitScript(
				`${STUBS}; window.Notification.permission = "denied"; window.hasFocus = true; document.hasFocus = () => window.hasFocus;`,
			);
			await page.reload();
			await page.getByRole("tree").waitFor();
			await settled(page);
			await page.clock.install();
			await page.locator('[data-row="g2/dmitri"]').click({ button: "right" });
			await page.getByRole("menuitem", { name: "Tell me when available" }).click();
			await page.evaluate('window.hasFocus = false; dispatchEvent(new Event("blur"))');
			await page.evaluate('mock.become("dmitri", "available")');
			const word = page.getByText("Dmitri Volkov is available");
			await word.waitFor();
			assert.equal(await page.evaluate("window.tones"), 2);
			await page.clock.fastForward(3_600_000);
			await settled(page);
			await word.waitFor();
			await page.evaluate('window.hasFocus = true; dispatchEvent(new Event("focus"))');
			await page.clock.fastForward(9_000);
			await settled(page);
			assert.equal(await word.count(), 1);
			await page.clock.fastForward(2_000);
			await word.waitFor({ state: "detached" });
		},
	],
	[
		"a message sounds, several at once sound once, and none does with sounds switched off or in Do Not Disturb",
		"still",
		async (page) => {
			await page.evaluate(`(() => {
				window.tones = 0;
				window.AudioContext = class {
					currentTime = 0;
					destination = {};
					createGain() { return { connect() {}, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } }; }
					createOscillator() { return { frequency: {}, connect() {}, start() { window.tones++; }, stop() {} }; }
					async close() {}
				};
				window.now = Date.now();
				Date.now = () => window.now;
			})()`);
			/** How many notes sound as messages come in, two seconds after those before. */
			const tones = async (...words: readonly string[]) => {
				await page.evaluate("window.tones = 0; window.now += 2000");
				for (const one of words) await decides(page, `mock.hear("hugo", "${one}")`);
				return await page.evaluate("window.tones");
			};
			assert.equal(await tones("One", "Two"), 2);
			assert.equal(await tones("Three"), 2);
			await turnTo(page, "/im/settings/notifications");
			const sounds = page.getByRole("switch", { name: "Play a sound" });
			for (const [isOn, notes] of [
				[false, 0],
				[true, 2],
			] as const) {
				await sounds.setChecked(isOn);
				await until(page, `mock.snapshot().settings.sounds === ${isOn}`);
				await settled(page);
				assert.equal(await tones(isOn ? "Four" : "Five"), notes);
			}
			await turnTo(page, "/im/");
			await page.keyboard.press("Alt+Shift+D");
			await page.getByRole("button", { name: "My status: Do Not Disturb" }).waitFor();
			assert.equal(await tones("Six"), 0);
		},
	],
	[
		"a message that is read as it comes leaves the title and the icon as they are",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await said(page, "On a call, will look right after.").waitFor();
			await until(page, 'document.title.startsWith("(2) ")');
			// The icon turns a moment after the title.
			await until(page, 'document.querySelector("link[rel=icon]").getAttribute("href") === "/im/icon-unread.svg"');
			await settled(page, 150);
			await page.evaluate(`(() => {
				window.turns = 0;
				const observer = new MutationObserver((all) => { window.turns += all.length; });
				for (const one of document.head.querySelectorAll('title, link[rel="icon"]')) {
					observer.observe(one, { subtree: true, childList: true, attributes: true, characterData: true });
				}
			})()`);
			for (const words of ["one", "two", "three"]) {
				await page.evaluate(`mock.hear("ben", "${words}")`);
				await said(page, words).waitFor();
			}
			await until(page, 'mock.snapshot().conversations.find((one) => one.with.id === "ben").unread === 0');
			// The title and the icon turn a moment after what they tell.
			await settled(page, 150);
			assert.equal(await page.evaluate("window.turns"), 0);
			await page.evaluate('mock.hear("maya", "elsewhere")');
			await until(page, 'document.title.startsWith("(3) ") && window.turns > 0');
		},
	],
	[
		"the Reply button of a notification leads to where one types, and what is typed into it is sent",
		"still&workers",
		async (page) => {
			const worker = await withNotifications(page);
			await page.evaluate('mock.hear("hugo", "The template is ready.")');
			assert.deepEqual(await notified(page, worker, "Hugo Sandström"), {
				title: "Hugo Sandström",
				actions: ["reply: Reply"],
			});
			await worker.evaluate(click("hugo", ""));
			await page.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			await page.locator("[role=textbox]:focus").waitFor();
			await page.evaluate('mock.hear("maya", "The board meets at four.")');
			assert.deepEqual(await notified(page, worker, "Maya Cohen"), { title: "Maya Cohen", actions: ["reply: Reply"] });
			await worker.evaluate(click("maya", "I am on my way"));
			// Who answers there stays here.
			await page.getByRole("heading", { level: 1, name: "Hugo Sandström" }).waitFor();
			await page.locator('[data-row="g1/maya"]').click();
			await said(page, "I am on my way").waitFor();
			await isSent(page);
			await settled(page);
			assert.equal(await said(page, "I am on my way").count(), 1);
		},
	],
];

/** A notification as it was asked for. */
interface Shown {
	readonly title: string;
	readonly body: string;
	readonly tag: string;
	readonly renotify: boolean;
	readonly silent: boolean;
}

/** Has a page note what it would show, how many notes it would sound, and how often it asks for leave. */
const STUBS = `(() => {
	window.shown = [];
	window.tones = 0;
	window.asked = 0;
	window.Notification = class {
		static permission = "granted";
		static async requestPermission() { window.asked++; return (this.permission = "granted"); }
		constructor(title, options) { window.shown.push({ title, ...options }); }
		close() {}
	};
	window.AudioContext = class {
		currentTime = 0;
		destination = {};
		createGain() { return { connect() {}, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } }; }
		createOscillator() { return { frequency: {}, connect() {}, start() { window.tones++; }, stop() {} }; }
		async close() {}
	};
})()`;

async function withNotifications(page: Page): Promise<Worker> {
	const context = page.context();
	await context.grantPermissions(["notifications"]);
	// To ask for those that there are while one is about to be shown would have Chromium forget that one.
	await page.evaluate(`(() => {
		window.shown = [];
		const { showNotification } = ServiceWorkerRegistration.prototype;
		ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
			await showNotification.call(this, title, options);
			window.shown.push(title);
		};
	})()`);
	await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
	return context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
}

/** The notification of somebody, once it has been shown. */
async function notified(page: Page, worker: Worker, name: string): Promise<unknown> {
	await until(page, `window.shown.includes(${JSON.stringify(name)})`);
	return await worker.evaluate(`registration.getNotifications().then(([one]) =>
		one && { title: one.title, actions: one.actions.map(({ action, title }) => action + ": " + title) })`);
}

/** Has the worker do what it does when a person presses Reply, which no test can press. */
function click(person: string, reply: string): string {
	return `registration.getNotifications({ tag: "${person}" })
		.then(([notification]) => clicked({ notification, action: "reply", reply: "${reply}" }))`;
}
