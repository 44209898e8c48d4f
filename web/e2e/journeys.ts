/**
 * Goes through the client as people do, by keyboard and by mouse, against the server in memory:
 * `cargo xtask web npm run journeys`. Each journey is a sentence that is true when it ends.
 */

import { strict as assert } from "node:assert";
import { resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { CAREFUL } from "./careful.ts";
import { CLEAN } from "./clean.ts";
import { fits } from "./fits.ts";
import {
	box,
	focuses,
	holdsFocus,
	isSent,
	type Journey,
	PATIENCE,
	SLOW,
	said,
	scrolls,
	settled,
	slowed,
	soon,
	toFind,
	typesAtOnce,
	until,
} from "./journey.ts";
import { KEPT } from "./kept.ts";
import { KEYBOARD } from "./keyboard.ts";
import { LEAVING } from "./leaving.ts";
import { LOAD } from "./load.ts";
import { METHOD } from "./method.ts";
import { MIXED } from "./mixed.ts";
import { MOVING } from "./moving.ts";
import { OFFLINE } from "./offline.ts";
import { ONWARD } from "./onward.ts";
import { PAST } from "./past.ts";
import { PEOPLE } from "./people.ts";
import { PLACE } from "./place.ts";
import { serve } from "./serve.ts";
import { TALKS } from "./talks.ts";
import { TOLD } from "./told.ts";

const root = resolve(import.meta.dirname, "..");
const wanted = process.argv.slice(2).filter((word, at, all) => !word.startsWith("--") && all[at - 1] !== "--slow");
/** Whether what is shipped has been built already. */
const isBuilt = process.argv.includes("--built");

/** How many people go through the client at a time. */
const LANES = 2;

/** Pages that have to fit wherever they are read, and what of each comes last. */
const PATHS = [
	["/im/", "[role=tree] [data-row]"],
	["/im/talks", "[data-pane=list] li"],
	["/im/c/ben", "[role=log] [data-line]"],
	["/im/c/grace", "[role=log] [data-line]"],
	["/im/history", "main li"],
	["/im/history/ben", "main [data-line]"],
	["/im/settings", "main"],
	["/im/settings/look", "main [role=radiogroup]"],
	["/im/settings/notifications", "main .fui-Switch, main .fui-Checkbox"],
	["/im/settings/access", "main section"],
	["/im/settings/devices", "main li"],
	["/im/settings/app-passwords", "main form"],
	["/im/settings/password", "main form"],
] as const;

/** Waits until an image that isn't there has failed: any that was asked for before has, and what it would have run. */
async function anImageFails(page: Page): Promise<void> {
	await page.evaluate(`new Promise((done) => {
		const image = new Image();
		image.onerror = done;
		image.src = "x";
	}).then(() => undefined)`);
}

/** Finds somebody, writes and is answered, all by keys. */
async function talks(page: Page, look: () => Promise<void> = async () => undefined): Promise<void> {
	await toFind(page);
	await page.keyboard.type("okaf", { delay: 20 });
	await page.locator("[data-found] [data-row=ben]").waitFor();
	await page.keyboard.press("ArrowDown");
	await page.locator("[data-found] [data-row=ben]:focus").waitFor();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: "Ben Okafor" }).waitFor();
	await page.locator("[role=textbox]:focus").waitFor();
	await page.keyboard.type("Did it arrive?");
	// It is there for a moment only.
	const typing = page.getByText(/Ben Okafor.* is typing/).waitFor();
	typing.catch(() => undefined);
	await page.keyboard.press("Enter");
	await said(page, "Did it arrive?").waitFor();
	await soon(async () => assert.equal(await box(page).innerText(), ""));
	await typing;
	await said(page, "Let me look, one moment.").waitFor();
	await look();
	await page.keyboard.press("Escape");
	await page.waitForURL(/\/im\/\?/);
}

/** Goes to every page on either screen. */
async function fitsAll(page: Page): Promise<void> {
	for (const [width, height] of [
		[320, 640],
		[640, 400],
	] as const) {
		await page.setViewportSize({ width, height });
		for (const [path, there] of PATHS) {
			await page.evaluate(
				`history.pushState(null, "", ${JSON.stringify(path)} + location.search); dispatchEvent(new PopStateEvent("popstate"))`,
			);
			await page.locator(there).filter({ visible: true }).first().waitFor();
			// What comes late could be what doesn't fit.
			await settled(page, 250);
			await soon(async () => assert.deepEqual(await fits(page), [], `${path} at ${width} by ${height}`));
		}
	}
}

/** Waits until the page, and what there is on it, runs from right to left. */
async function runsFromTheRight(page: Page): Promise<void> {
	await until(page, 'document.documentElement.dir === "rtl"');
	await until(page, 'getComputedStyle(document.querySelector(".fui-FluentProvider")).direction === "rtl"');
}

const JOURNEYS: readonly Journey[] = [
	["by keyboard alone one finds somebody, writes, and is answered", "", talks],
	[
		"by keyboard alone one does so on a page from right to left, where nothing overflows and one's own words stand on the left",
		"language=x-rtl",
		async (page) => {
			await runsFromTheRight(page);
			await talks(page, async () => {
				const [own = 0, other = 0] = await Promise.all(
					["Did it arrive?", "Let me look, one moment."].map(
						async (words) => (await said(page, words).boundingBox())?.x,
					),
				);
				assert.ok(own < other, `one's own begin at ${own}, the other's at ${other}`);
				await soon(async () => assert.deepEqual(await fits(page), []));
			});
			await settled(page, 250);
			await soon(async () => assert.deepEqual(await fits(page), []));
		},
	],
	[
		"by keyboard alone one moves a contact to another group, and takes it back",
		"still",
		async (page) => {
			const row = page.locator('[data-row="g2/kavya"]');
			await row.focus();
			await page.keyboard.press("Shift+F10");
			await focuses(page, "Send a message");
			await page.keyboard.type("mov");
			await focuses(page, "Move to");
			await page.keyboard.press("ArrowRight");
			await focuses(page, "Finance");
			await page.keyboard.press("Enter");
			await page.locator('[data-row="g1/kavya"]').waitFor();
			await row.waitFor({ state: "detached" });
			await page.getByRole("button", { name: "Undo" }).click();
			await row.waitFor();
		},
	],
	[
		"one walks the list by arrows, Home, End and the first letters of a name",
		"still",
		async (page) => {
			const at = () => page.evaluate("document.activeElement.dataset.row");
			await page.locator('[data-row="favourites"]').focus();
			await page.keyboard.press("ArrowDown");
			await soon(async () => assert.equal(await at(), "favourites/ben"));
			await page.keyboard.press("End");
			await soon(async () => assert.match(String(await at()), /^g0\//));
			await page.keyboard.press("Home");
			await soon(async () => assert.equal(await at(), "favourites"));
			await typesAtOnce(page, "may");
			await soon(async () => assert.equal(await at(), "g1/maya"));
			await page.keyboard.press("ArrowLeft");
			await soon(async () => assert.equal(await at(), "g1"));
			await page.keyboard.press("ArrowLeft");
			await page.locator('[data-row="g1/maya"]').waitFor({ state: "detached" });
			await page.keyboard.press("Enter");
			await page.locator('[data-row="g1/maya"]').waitFor();
		},
	],
	[
		"the card opens by Alt+Enter, says what they see, and gives the focus back",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').focus();
			await page.keyboard.press("Alt+Enter");
			const card = page.getByRole("dialog");
			await card.getByText("Ben Okafor sees you like this").waitFor();
			await holdsFocus(page, "dialog");
			await card.getByRole("combobox").selectOption("blocked");
			await card.getByText("May see: name and mail address").waitFor();
			await page.keyboard.press("Escape");
			await card.waitFor({ state: "detached" });
			await page.locator('[data-row="g1/ben"]:focus').waitFor();
		},
	],
	[
		"a contact is dragged to another group",
		"still",
		async (page) => {
			await page.locator('[data-row="g2/hugo"]').dragTo(page.locator('[data-row="g1"]'));
			await page.locator('[data-row="g1/hugo"]').waitFor();
			await page.locator('[data-row="g2/hugo"]').waitFor({ state: "detached" });
		},
	],
	[
		"what waits and what is half written survive a lost connection and a reload",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).waitFor();
			await page.evaluate("mock.lose()");
			await box(page).fill("kept");
			await page.keyboard.press("Enter");
			await page.getByText("Waiting for connection").waitFor();
			await box(page).fill("half a sen");
			await page.reload();
			await said(page, "kept").waitFor();
			await soon(async () => assert.equal(await box(page).innerText(), "half a sen"));
			await isSent(page);
			await settled(page);
			assert.equal(await said(page, "kept").count(), 1);
		},
	],
	[
		"a state is chosen by its key and for a time, and reset",
		"still",
		async (page) => {
			await page.keyboard.press("Alt+Shift+B");
			const state = page.getByRole("button", { name: /^My status: Busy/ });
			await state.click();
			await page.getByRole("menuitem", { name: "For how long" }).click();
			await page.getByRole("menuitem", { name: "1 hour" }).click();
			await page.getByRole("button", { name: /^My status: Busy until/ }).click();
			await page.getByRole("menuitem", { name: "Reset status" }).click();
			await page.getByRole("button", { name: "My status: Available" }).waitFor();
		},
	],
	[
		"formatting is sent as it was written, and pasted formatting is kept without what it could do",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await box(page).click();
			await page.keyboard.press("Control+b");
			await page.keyboard.type("bold");
			await page.keyboard.press("Control+b");
			await page.evaluate(`(() => {
				const data = new DataTransfer();
				data.setData("text/html", '<i onclick="x">it</i><img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>');
				document.querySelector("main [role=textbox]").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
			})()`);
			await page.keyboard.press("Enter");
			const bubble = page.locator("[role=log] b", { hasText: "bold" });
			await bubble.waitFor();
			await page.locator("[role=log] i", { hasText: "it" }).last().waitFor();
			await anImageFails(page);
			assert.equal(await page.evaluate("window.hacked"), undefined);
		},
	],
	[
		"hostile HTML of a desktop client does nothing",
		"still",
		async (page) => {
			await page.locator('[data-row="g1/ben"]').click();
			await page.evaluate(
				`mock.hear("ben", "x", '<style>*{display:none}</style><b>shown</b><img src=x onerror="window.hacked=1"><a href="javascript:window.hacked=1">link</a><svg onload="window.hacked=1"></svg><form action="//e"><input></form>')`,
			);
			await page.locator("[role=log] b", { hasText: "shown" }).waitFor();
			await anImageFails(page);
			assert.equal(
				await page.locator("[role=log] :is(img, a[href^=javascript], svg[onload], form, style, input)").count(),
				0,
			);
			assert.equal(await page.evaluate("window.hacked"), undefined);
		},
	],
	[
		"who reads earlier messages isn't moved, and is told of new ones below",
		"still",
		async (page) => {
			await page.setViewportSize({ width: 1280, height: 480 });
			await page.locator('[data-row="g1/ben"]').click();
			await said(page, "On a call, will look right after.").waitFor();
			await page.locator("[role=log] [data-line]").nth(49).waitFor();
			await settled(page);
			const thread = page.locator("main [role=region]");
			await scrolls(page, thread, 400);
			await page.evaluate('mock.hear("ben", "news")');
			const chip = page.getByRole("button", { name: "1 new" });
			await chip.waitFor();
			assert.equal(await thread.evaluate((element) => element.scrollTop), 400);
			await chip.click();
			await chip.waitFor({ state: "detached" });
		},
	],
	["at 320 pixels, and at 200 % of 1280, nothing scrolls sideways and nothing is out of reach", "still", fitsAll],
	[
		"at 320 pixels, and at 200 % of 1280, the same is true of pages from right to left",
		"still&language=x-rtl",
		async (page) => {
			await runsFromTheRight(page);
			await fitsAll(page);
			await runsFromTheRight(page);
		},
	],
	...CAREFUL,
	...CLEAN,
	...LEAVING,
	...KEPT,
	...PAST,
	...KEYBOARD,
	...TOLD,
	...TALKS,
	...MOVING,
	...METHOD,
	...LOAD,
	...PLACE,
	...MIXED,
	...PEOPLE,
	...ONWARD,
];

/** In these the policy tells what it holds back. */
const HOSTILE: readonly string[] = [
	"formatting is sent as it was written, and pasted formatting is kept without what it could do",
	"hostile HTML of a desktop client does nothing",
];

async function go(browser: Browser, address: string, [name, query, act]: Journey): Promise<boolean> {
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		serviceWorkers: query.includes("workers") ? "allow" : "block",
		locale: "en-GB",
		timezoneId: "Europe/Stockholm",
	});
	await slowed(context);
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE);
	const faults: string[] = [];
	page.on("pageerror", (error) => faults.push(error.message));
	page.on("console", (message) => {
		const text = message.text();
		// What a hostile message would have done, and the policy tells of: the parser has seen it, no page shows it.
		const isHeldBack = HOSTILE.includes(name) && text.includes("Content Security Policy");
		if (message.type() === "error" && !text.includes("Service Worker") && !isHeldBack) faults.push(text);
	});
	try {
		await page.goto(`${address}/im/?theme=light&${query}`);
		await page
			.locator(query.includes("signed-out") ? "form" : query.includes("empty") ? "[role=search]" : "[role=tree]")
			.waitFor();
		// What there is on the page is there before its keys are.
		await settled(page);
		await act(page);
		assert.deepEqual(faults, []);
		console.error(`ok: ${name}`);
		return true;
	} catch (error) {
		console.error(`FAILED: ${name}\n  ${String(error).slice(0, 900)}`);
		const picture = `${name.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 60)}.png`;
		await page.screenshot({ path: resolve(root, "../target/screens/failed", picture) }).catch(() => undefined);
		return false;
	} finally {
		await context.close();
	}
}

const isWanted = (name: string) => wanted.length === 0 || wanted.some((word) => name.includes(word));
const browser = await chromium.launch({
	timeout: 120_000,
	executablePath: process.env["RAPPORT_CHROMIUM"] ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
let failed = 0;

const journeys = JOURNEYS.filter((one) => isWanted(one[0]) && (SLOW === 1 || !LOAD.includes(one)));
if (SLOW > 1) for (const [name] of LOAD) console.error(`left out, as it measures the processor: ${name}`);
if (journeys.length > 0) {
	await build({ configFile: resolve(root, "apps/client/vite.config.ts"), mode: "mock", logLevel: "error" });
	const { address, close } = await serve(resolve(root, "../target/web/mock"));
	const left = [...journeys];
	const lane = async () => {
		for (let journey = left.shift(); journey; journey = left.shift()) {
			if (await go(browser, address, journey)) continue;
			// The suite plays it once more, as it does scenarios; what passes only then is a fault to be looked at, too.
			const passes = process.argv.includes("--again") && (await go(browser, address, journey));
			if (passes) console.error(`FLAKY: ${journey[0]}`);
			else failed++;
		}
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	await close();
}

const offline = OFFLINE.filter(([name]) => isWanted(name));
// As it is shipped, service worker and all.
if (offline.length > 0 && !isBuilt) await import("../scripts/build.ts");
for (const [name, act] of offline) {
	try {
		await act(browser);
		console.error(`ok: ${name}`);
	} catch (error) {
		console.error(`FAILED: ${name}\n  ${String(error).slice(0, 900)}`);
		failed++;
	}
}
await browser.close();
if (failed > 0) process.exitCode = 1;
