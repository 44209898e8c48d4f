/**
 * Takes pictures of every page in every look into `target/screens`, and has axe look at each: `cargo xtask screens`, or
 * `cargo xtask screens NAME…` for those whose name has one of the words in it. Fails when axe or the browser complains.
 */

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { findings } from "./axe.ts";
import { fits } from "./fits.ts";
import { mix, turnTo } from "./mixed.ts";
import { serve } from "./serve.ts";

const root = resolve(import.meta.dirname, "..");
const output = resolve(root, "../target/screens");
const wanted = process.argv.slice(2);

interface Look {
	readonly name: string;
	readonly query: string;
	readonly width: number;
	readonly height: number;
	/** How large a pixel is: 2 is a page at 200 %. */
	readonly scale?: number;
	/** Whether it is touched: nothing hovers, and a finger is wide. */
	readonly touch?: boolean;
	/** Only for scenes that name it. */
	readonly isRare?: boolean;
}

const LOOKS: readonly Look[] = [
	{ name: "light", query: "theme=light", width: 1280, height: 800 },
	{ name: "dark", query: "theme=dark", width: 1280, height: 800 },
	{ name: "contrast", query: "theme=highContrast", width: 1280, height: 800 },
	{ name: "rtl", query: "theme=light&language=x-rtl", width: 1280, height: 800 },
	{ name: "german", query: "theme=light&language=de", width: 800, height: 700 },
	{ name: "phone", query: "theme=light", width: 320, height: 640, touch: true },
	{ name: "phone-german", query: "theme=dark&language=de", width: 320, height: 640, touch: true },
	{ name: "zoom", query: "theme=dark", width: 640, height: 400, scale: 2 },
	{ name: "arabic", query: "theme=light&language=x-arabic", width: 1280, height: 800, isRare: true },
	{ name: "phone-arabic", query: "theme=dark&language=x-arabic", width: 320, height: 640, touch: true, isRare: true },
];

interface Scene {
	readonly name: string;
	readonly path: string;
	readonly query?: string;
	readonly act?: (page: Page) => Promise<void>;
	/** Only in these looks; in all but the rare ones where nothing is said. */
	readonly looks?: readonly string[];
	/** Whether the page falls on purpose: what the browser says of that is no finding. */
	readonly falls?: boolean;
}

const mock = (page: Page, words: string) => page.evaluate(words);

/** Lets a request wait for ever, and shows what stands there meanwhile. */
async function unanswered(page: Page, path: string, act: () => Promise<void>): Promise<void> {
	await mock(
		page,
		`{ const ask = mock.request.bind(mock); mock.request = (one) => one.path.includes("${path}") ? new Promise(() => {}) : ask(one); }`,
	);
	await act();
	await page.locator("[data-loading]:visible").first().waitFor();
}

/** Does what asks the server for something while it can't be reached. */
async function failing(page: Page, act: () => Promise<void>): Promise<void> {
	await mock(page, "mock.lose()");
	await act();
	await page.locator('main [role="alert"]:visible').waitFor();
}

/** A page with people and words of scripts that run either way. */
function mixed(name: string, path: string, act?: (page: Page) => Promise<void>): Scene {
	return {
		name: `mixed-${name}`,
		path: "/im/",
		looks: MIXED_LOOKS,
		act: async (page) => {
			await mix(page);
			await turnTo(page, path);
			await page.waitForTimeout(300);
			await act?.(page);
		},
	};
}

const MIXED_LOOKS: readonly string[] = ["light", "arabic", "phone", "phone-arabic"];

const SCENES: readonly Scene[] = [
	mixed("list", "/im/"),
	mixed("talks", "/im/talks"),
	mixed("conversation", "/im/c/noa", async (page) => {
		await page.locator('[role="textbox"]').fill("מצורף: report_v2.pdf (הגרסה האחרונה), עד 16:00.");
		await mock(page, 'mock.tell({type: "typing", conversation: "c-noa", person: "noa", typing: true})');
	}),
	mixed("card", "/im/c/noa", async (page) => {
		await mock(page, 'document.querySelector("main header button[aria-label]:nth-of-type(2)").click()');
		await page.locator('[role="dialog"] select').waitFor();
	}),
	mixed("history", "/im/history/noa"),
	{ name: "list-arabic", path: "/im/", looks: ["arabic", "phone-arabic"] },
	{ name: "settings-arabic", path: "/im/settings", looks: ["arabic", "phone-arabic"] },
	{ name: "sign-in", path: "/im/", query: "signed-out" },
	{
		name: "sign-in-failed",
		path: "/im/",
		query: "signed-out",
		act: async (page) => {
			await page.locator('input[autocomplete="username"]').fill("ana@lindblad.example");
			await page.locator('input[type="password"]').fill("wrong");
			await page.locator('button[type="submit"]').click();
			await page.locator('[role="alert"]').waitFor();
		},
	},
	{ name: "list", path: "/im/" },
	{ name: "list-compact", path: "/im/", query: "density=compact" },
	{ name: "list-empty", path: "/im/", query: "empty" },
	{ name: "offline", path: "/im/", query: "unreachable" },
	{
		name: "note-overtaken",
		path: "/im/",
		act: async (page) => {
			await mock(page, "mock.lose()");
			const note = page.locator("header .fui-Field input").first();
			await note.fill("On the train to Lisbon, back at my desk tomorrow");
			await note.press("Enter");
			await page.locator("header .fui-Field__validationMessage").waitFor();
			await mock(
				page,
				'mock.notes("In Lisbon until Friday"); mock.reachable = true; dispatchEvent(new Event("online"))',
			);
			await page.locator("header .fui-Field__validationMessage", { hasText: "In Lisbon until Friday" }).waitFor();
		},
	},
	{
		name: "list-by-access",
		path: "/im/",
		looks: ["light", "rtl", "phone-german"],
		act: async (page) => {
			await page.locator("[role=search] button[aria-haspopup]").click();
			await page.locator('[role="menuitemradio"]').nth(3).click();
			await page.keyboard.press("Escape");
		},
	},
	{
		name: "view-menu",
		path: "/im/",
		act: async (page) => {
			await page.locator("[role=search] button[aria-haspopup]").click();
			await page.locator('[role="menu"]').waitFor();
		},
	},
	{
		name: "group-menu",
		path: "/im/",
		looks: ["light", "dark", "rtl", "phone", "phone-german"],
		act: async (page) => {
			await page.locator('[data-row="g1"] button').click();
			await page.locator('[role="menu"]').waitFor();
		},
	},
	{
		name: "new-group",
		path: "/im/",
		looks: ["light", "contrast", "rtl", "phone", "phone-german"],
		act: async (page) => {
			await page.locator("[role=search] button[aria-haspopup]").click();
			await page.locator('[role="menuitem"]').last().click();
			await page.locator('[role="dialog"]').waitFor();
		},
	},
	{
		name: "row-menu",
		path: "/im/",
		act: async (page) => {
			await page.locator('[data-row="g2/kavya"]').click({ button: "right" });
			await page.locator('[role="menu"]').waitFor();
		},
	},
	{
		name: "status-menu",
		path: "/im/",
		act: async (page) => {
			await page.locator("header button[aria-haspopup]").click();
			await page.locator('[role="menu"]').waitFor();
		},
	},
	{
		name: "find",
		path: "/im/",
		act: async (page) => {
			await page.locator('input[type="search"]').fill("e");
			await page.locator("[data-found] [data-row]").first().waitFor();
		},
	},
	{
		name: "find-nothing",
		path: "/im/",
		act: async (page) => {
			await page.locator('input[type="search"]').fill("zzz");
			await page.locator("[data-found] [role=status] div").first().waitFor();
		},
	},
	{
		name: "find-failed",
		path: "/im/",
		looks: ["light", "rtl", "phone-german"],
		act: async (page) => {
			await mock(page, "mock.lose()");
			await page.locator('input[type="search"]').fill("e");
			await page.locator('[data-found] [role="alert"]').waitFor();
		},
	},
	{ name: "talks", path: "/im/talks" },
	{ name: "talks-empty", path: "/im/talks", query: "empty" },
	{ name: "conversation", path: "/im/c/ben" },
	{
		name: "conversation-typing",
		path: "/im/c/ben",
		act: async (page) => {
			await page.locator('[role="textbox"]').fill("I have moved the Tokyo figures to the second page, and …");
			await mock(page, 'mock.tell({type: "typing", conversation: "c-ben", person: "ben", typing: true})');
		},
	},
	{
		name: "conversation-waiting",
		path: "/im/c/ben",
		act: async (page) => {
			await mock(page, "mock.lose()");
			await page.locator('[role="textbox"]').fill("Is it all right like this?");
			await page.keyboard.press("Enter");
			await page.waitForTimeout(1900);
		},
	},
	{ name: "conversation-offline", path: "/im/c/mueller2" },
	{
		name: "conversation-many",
		path: "/im/c/ben",
		looks: ["light", "dark", "contrast", "rtl", "phone"],
		act: async (page) => {
			await mock(page, 'for (const id of ["kavya", "ines", "dmitri", "maya", "farid"]) mock.hear(id, "hello")');
			await page.waitForTimeout(400);
		},
	},
	{ name: "conversation-first", path: "/im/c/nils" },
	{ name: "conversation-not-disturbed", path: "/im/c/dmitri" },
	{ name: "conversation-right-to-left", path: "/im/c/farid", looks: ["light", "rtl", "phone"] },
	{
		name: "conversation-new-below",
		path: "/im/c/ben",
		looks: ["light", "dark", "rtl", "phone"],
		act: async (page) => {
			await page.locator("main [role=region]").evaluate((element) => element.scrollTo({ top: 300 }));
			await page.waitForTimeout(200);
			await mock(page, 'mock.hear("ben", "One more thing.")');
			await page.locator("main button.fui-Button--primary, main button:has-text('1')").first().waitFor();
		},
	},
	{
		name: "conversation-menu",
		path: "/im/c/ben",
		looks: ["light", "rtl", "phone-german"],
		act: async (page) => {
			await page.locator("main header button[aria-haspopup]").click();
			await page.locator('[role="menu"]').waitFor();
		},
	},
	{
		name: "emoji",
		path: "/im/c/ben",
		looks: ["light", "dark", "contrast", "rtl", "phone"],
		act: async (page) => {
			await page.locator("main button[aria-haspopup], main button[aria-expanded]").last().click();
			await page.locator("[data-emoji], .fui-PopoverSurface button").first().waitFor();
		},
	},
	{ name: "conversation-long-name", path: "/im/c/grace" },
	{
		name: "card",
		path: "/im/c/ben",
		act: async (page) => {
			await mock(page, 'document.querySelector("main header button[aria-label]:nth-of-type(2)").click()');
			await page.locator('[role="dialog"] select').waitFor();
		},
	},
	{
		name: "card-long",
		path: "/im/c/grace",
		act: async (page) => {
			await mock(page, 'document.querySelector("main header button[aria-label]:nth-of-type(2)").click()');
			await page.locator('[role="dialog"] select').waitFor();
		},
	},
	{
		name: "card-own",
		path: "/im/",
		act: async (page) => {
			await page.locator("header button").first().click();
			await page.locator('[role="dialog"] h2').waitFor();
		},
	},
	{
		name: "card-failed",
		path: "/im/c/ben",
		looks: ["light", "phone-german"],
		act: async (page) => {
			await mock(page, "mock.lose()");
			await mock(page, 'document.querySelector("main header button[aria-label]:nth-of-type(2)").click()');
			await page.locator('[role="dialog"] [role="alert"]').waitFor();
		},
	},
	{ name: "conversation-blocked", path: "/im/c/jon" },
	{
		name: "conversation-earlier",
		path: "/im/c/ben",
		looks: ["light", "dark", "phone"],
		act: async (page) => {
			await page.locator("main [role=region]").evaluate((element) => element.scrollTo({ top: 0 }));
			await page.waitForTimeout(200);
		},
	},
	{ name: "conversation-keeps-none", path: "/im/c/emi", query: "keeps-none" },
	{ name: "history", path: "/im/history" },
	{ name: "history-person", path: "/im/history/ben" },
	{
		name: "history-new-below",
		path: "/im/history/ben",
		looks: ["light", "dark", "rtl", "phone-german"],
		act: async (page) => {
			await page.locator("main [role=region]").evaluate((element) => element.scrollTo({ top: 300 }));
			await page.waitForTimeout(200);
			await mock(page, 'mock.hear("ben", "One more thing.")');
			await page.locator("main button.fui-Button--primary, main button:has-text('1')").first().waitFor();
		},
	},
	{
		name: "history-found",
		path: "/im/history",
		act: async (page) => {
			await page.locator("main input").fill("tokyo");
			await page.locator("[data-line]").first().waitFor();
		},
	},
	{ name: "history-empty", path: "/im/history", query: "empty" },
	{ name: "history-off", path: "/im/history", query: "keeps-none" },
	{
		name: "history-delete",
		path: "/im/history",
		act: async (page) => {
			await page.locator("main li button").nth(1).click();
			await page.locator('[role="dialog"]').waitFor();
		},
	},
	{
		name: "history-failed",
		path: "/im/settings",
		act: async (page) => {
			await mock(page, "mock.lose()");
			await page.locator("nav button").nth(2).click();
			await page.locator('main [role="alert"]').waitFor();
		},
	},
	{ name: "settings", path: "/im/settings" },
	{ name: "settings-look", path: "/im/settings/look" },
	{ name: "settings-look-arabic", path: "/im/settings/look", looks: ["arabic", "phone-arabic"] },
	{ name: "settings-notifications", path: "/im/settings/notifications" },
	{ name: "settings-access", path: "/im/settings/access" },
	{ name: "settings-devices", path: "/im/settings/devices" },
	{
		name: "settings-app-passwords",
		path: "/im/settings/app-passwords",
		act: async (page) => {
			await page.locator("main input").fill("Pidgin on my laptop");
			await page.locator('main button[type="submit"]').click();
			await page.locator("main ol").waitFor();
		},
	},
	{ name: "settings-password", path: "/im/settings/password" },
	{
		name: "settings-password-wrong",
		path: "/im/settings/password",
		looks: ["light", "dark", "contrast", "rtl", "phone-german"],
		act: async (page) => {
			await page.locator('main input[type="password"]').nth(0).fill("rapport");
			await page.locator('main input[type="password"]').nth(1).fill("short");
			await page.locator('main input[type="password"]').nth(2).fill("shot");
		},
	},
	{
		name: "settings-failed",
		path: "/im/settings",
		act: async (page) => {
			await mock(page, "mock.lose()");
			await page.locator("[role=tab]").nth(3).click();
			await page.locator('main [role="alert"]').waitFor();
		},
	},
	{
		name: "fallen",
		falls: true,
		path: "/im/",
		act: async (page) => {
			await mock(page, 'mock.tell({type: "groups", groups: [null]})');
			await page.locator("h1:visible").first().waitFor();
		},
	},
	{
		name: "talks-loading",
		path: "/im/talks",
		query: "delay=2000",
		act: async (page) => {
			await page.locator("[data-loading]:visible").first().waitFor();
		},
	},
	{
		name: "list-empty-loading",
		path: "/im/settings",
		query: "empty",
		act: (page) => unanswered(page, "/people", () => page.locator("nav button").first().click()),
	},
	{
		name: "card-loading",
		path: "/im/c/ben",
		act: (page) =>
			unanswered(page, "/access", async () => {
				await mock(page, 'document.querySelector("main header button[aria-label]:nth-of-type(2)").click()');
			}),
	},
	{
		name: "settings-access-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/access", () => page.locator("[role=tab]").nth(2).click()),
	},
	{
		name: "settings-devices-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/sessions", () => page.locator("[role=tab]").nth(3).click()),
	},
	{
		name: "settings-app-passwords-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/app-passwords", () => page.locator("[role=tab]").nth(4).click()),
	},
	{
		name: "settings-access-failed",
		path: "/im/settings",
		act: (page) => failing(page, () => page.locator("[role=tab]").nth(2).click()),
	},
	{
		name: "settings-app-passwords-failed",
		path: "/im/settings",
		act: (page) => failing(page, () => page.locator("[role=tab]").nth(4).click()),
	},
	{
		name: "history-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/history", () => page.locator("nav button").nth(2).click()),
	},
	{
		name: "history-person-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/history", () => turnTo(page, "/im/history/ben")),
	},
	{
		name: "history-person-failed",
		path: "/im/settings",
		act: (page) => failing(page, () => turnTo(page, "/im/history/ben")),
	},
	{
		name: "history-somebody-loading",
		path: "/im/settings",
		act: (page) => unanswered(page, "/people", () => turnTo(page, "/im/history/nils")),
	},
	{
		name: "history-somebody-failed",
		path: "/im/settings",
		act: (page) => failing(page, () => turnTo(page, "/im/history/nils")),
	},
	{
		name: "history-searching",
		path: "/im/history",
		act: (page) => unanswered(page, "/history", () => page.locator("main input").fill("tokyo")),
	},
	{
		name: "find-loading",
		path: "/im/",
		act: (page) => unanswered(page, "/people", () => page.locator('input[type="search"]').fill("e")),
	},
	{ name: "settings-about", path: "/im/settings/about" },
	{
		name: "keys",
		path: "/im/",
		act: async (page) => {
			await page.locator("[role=tree]").waitFor();
			await page.keyboard.press("?");
			await page.locator('[role="dialog"]').waitFor();
		},
	},
	{
		name: "oneself",
		path: "/im/c/ana",
		looks: ["light", "dark", "phone", "phone-german"],
	},
	{
		name: "past-gone",
		path: "/im/history",
		looks: ["light", "dark", "phone", "phone-german"],
		act: async (page) => {
			await page.evaluate('mock.hear("nils", "The lift is repaired."); mock.leaves("nils")');
			await page.getByRole("button", { name: /^nils@lindblad/ }).click();
			await page.locator("main [data-line]").waitFor();
		},
	},
	{
		name: "undo",
		path: "/im/",
		looks: ["light", "phone"],
		act: async (page) => {
			await page.locator('[data-row="g2/kavya"]').click({ button: "right" });
			await page.locator('[role="menuitem"]').last().click();
			await page.waitForTimeout(200);
		},
	},
];

function isNobody({ query = "" }: Scene): boolean {
	return query.includes("signed-out") || query.includes("unreachable");
}

async function take(browser: Browser, address: string, scene: Scene, look: Look): Promise<string[]> {
	const context = await browser.newContext({
		viewport: { width: look.width, height: look.height },
		deviceScaleFactor: look.scale ?? 1,
		hasTouch: look.touch ?? false,
		isMobile: look.touch ?? false,
		reducedMotion: "reduce",
		// Of whoever isn't signed in nothing is known but what their system says.
		colorScheme: look.query.includes("theme=dark") ? "dark" : "light",
		forcedColors: look.name === "contrast" && isNobody(scene) ? "active" : "none",
		serviceWorkers: "block",
		locale: "en-GB",
		bypassCSP: false,
	});
	// Whoever is signed in has been here before: their browser knows how it looked.
	const theme = new URLSearchParams(look.query).get("theme");
	if (!isNobody(scene)) await context.addInitScript(`localStorage.setItem("rapport.look", '{"theme": "${theme}"}')`);
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	let found: string[] = [];
	page.on("console", (message) => {
		if (message.text().includes("Service Worker registration blocked")) return;
		if (["error", "warning"].includes(message.type())) found.push(`console: ${message.text().slice(0, 300)}`);
	});
	page.on("pageerror", (error) => found.push(`fault: ${error.message.slice(0, 300)}`));
	const query = [scene.query, look.query, "still"].filter(Boolean).join("&");
	await page.goto(`${address}${scene.path}?${query}`);
	await page.locator("main:visible, [data-pane]:visible").first().waitFor();
	await page.waitForTimeout(350);
	try {
		await scene.act?.(page);
	} catch (error) {
		found.push(`the scene could not be played: ${String(error).split("\n")[0]}`);
	}
	await page.waitForTimeout(250);
	await page.screenshot({ path: join(output, `${scene.name}.${look.name}.png`) });
	if (scene.falls) found = [];
	found.push(...(await findings(page)));
	found.push(...(await fits(page)));
	await context.close();
	return found.map((line) => `${scene.name}.${look.name}: ${line}`);
}

await build({ configFile: join(root, "apps/client/vite.config.ts"), mode: "mock", logLevel: "error" });
mkdirSync(output, { recursive: true });
const { address, close } = await serve(resolve(root, "../target/web/mock"));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const found: string[] = [];
let taken = 0;
const pictures = SCENES.flatMap((scene) =>
	LOOKS.filter((look) => scene.looks?.includes(look.name) ?? !look.isRare).map((look) => ({ scene, look })),
).filter(
	({ scene, look }) => wanted.length === 0 || wanted.some((word) => `${scene.name}.${look.name}.`.includes(word)),
);
async function some(): Promise<void> {
	for (let next = pictures.shift(); next; next = pictures.shift()) {
		found.push(...(await take(browser, address, next.scene, next.look)));
		taken++;
	}
}
await Promise.all([some(), some()]);
await browser.close();
close();
for (const line of new Set(found)) console.error(line);
console.error(`${taken} pictures in target/screens, ${found.length} findings`);
if (found.length > 0) process.exitCode = 1;
