/**
 * A Chromium for the tests of `tests/browsers`: commands are JSON lines on standard input, answers JSON lines on standard
 * output, one for each command. It ends with its input.
 *
 * It owns how a page is looked at and touched; what is to be seen there is the tests'. When something isn't there in time
 * the answer says what is on screen instead, and a picture and the page's log are left in the directory that was named.
 */

import { strict as assert } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { findings } from "./axe.ts";
import { PATIENCE, soon } from "./journey.ts";

const [directory = ".", test = "page"] = process.argv.slice(2);

type Role = Parameters<Page["getByRole"]>[0];

/** What is looked for. */
interface Find {
	readonly in?: Find;
	readonly css?: string;
	readonly role?: Role;
	/** The accessible name of a role: as it is, or as a regular expression. */
	readonly name?: string;
	readonly pattern?: string;
	readonly label?: string;
	readonly text?: string;
	/** Only with this text somewhere inside. */
	readonly having?: string;
}

interface Command {
	readonly id: number;
	readonly do: string;
	readonly page: string;
	readonly find?: Find;
	readonly to?: Find;
	readonly text?: string;
	readonly on?: boolean;
	readonly value?: unknown;
	readonly look?: Look;
}

/** How a browser is set up. */
interface Look {
	readonly width?: number;
	readonly height?: number;
	readonly theme?: "light" | "dark";
	readonly contrast?: boolean;
	/** Another page, whose browser it shares: a tab beside it. */
	readonly beside?: string;
	readonly workers?: boolean;
}

/** A page, and what was noticed of it. */
interface Seat {
	readonly page: Page;
	readonly context: BrowserContext;
	readonly log: string[];
	/** What went wrong inside of it. */
	readonly faults: string[];
	readonly requests: string[];
	/** Frames that came by WebSocket. */
	readonly frames: string[];
}

const browser = await chromium.launch({
	timeout: 120_000,
	executablePath: process.env["RAPPORT_CHROMIUM"] ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-dev-shm-usage", "--ignore-certificate-errors"],
});
const seats = new Map<string, Seat>();

function locate(page: Page, find: Find): Locator {
	const root = find.in ? locate(page, find.in) : page;
	const found = first(root, find);
	return find.having === undefined ? found : found.filter({ hasText: find.having });
}

function first(root: Page | Locator, find: Find): Locator {
	if (find.role !== undefined) {
		const name = find.pattern === undefined ? find.name : new RegExp(find.pattern, "u");
		return root.getByRole(find.role, name === undefined ? {} : { name, exact: true });
	}
	if (find.label !== undefined) return root.getByLabel(find.label);
	if (find.text !== undefined) return root.getByText(find.text, { exact: true });
	return root.locator(find.css ?? "body");
}

/** One person may stand in several places of a page: the first of them that is seen. */
function seen(found: Locator): Locator {
	return found.filter({ visible: true }).first();
}

async function open(name: string, look: Look): Promise<Seat> {
	const context =
		(look.beside === undefined ? undefined : seats.get(look.beside)?.context) ??
		(await browser.newContext({
			ignoreHTTPSErrors: true,
			viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
			colorScheme: look.theme ?? "light",
			forcedColors: look.contrast ? "active" : "none",
			reducedMotion: "reduce",
			locale: "en-GB",
			timezoneId: "UTC",
			serviceWorkers: look.workers ? "allow" : "block",
		}));
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE);
	const seat: Seat = { page, context, log: [], faults: [], requests: [], frames: [] };
	const note = (line: string) => seat.log.push(`${new Date().toISOString().slice(11, 23)} ${line.slice(0, 2000)}`);
	page.on("console", (message) => {
		const words = message.text();
		if (words.includes("Service Worker registration blocked")) return;
		note(`${message.type()}: ${words}`);
		// What the network did is the scenario's own doing; what a policy held back, or React gave up, is a fault.
		const isNetwork = words.startsWith("Failed to load resource") || words.startsWith("WebSocket connection to");
		if (message.type() === "error" && !isNetwork) seat.faults.push(words.slice(0, 500));
	});
	page.on("pageerror", (error) => {
		note(`fault: ${error.stack ?? error.message}`);
		seat.faults.push(error.message.slice(0, 500));
	});
	page.on("dialog", (dialog) => {
		seat.faults.push(`a dialog came up: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on("popup", (popup) => seat.faults.push(`a window came up: ${popup.url()}`));
	page.on("request", (request) => seat.requests.push(request.url()));
	page.on("response", (response) => {
		if (response.status() >= 400) note(`${response.status()} ${response.request().method()} ${response.url()}`);
	});
	page.on("requestfailed", (request) => note(`failed: ${request.method()} ${request.url()}`));
	page.on("websocket", (socket) => {
		note(`socket: ${socket.url().replace(/ticket=[^&]*/, "ticket=…")}`);
		socket.on("framereceived", ({ payload }) => {
			seat.frames.push(String(payload));
			note(`← ${payload}`);
		});
		socket.on("framesent", ({ payload }) => note(`→ ${payload}`));
		socket.on("close", () => note("socket closed"));
	});
	seats.set(name, seat);
	return seat;
}

/** What is on screen, as somebody who can't see it is told. */
async function screen(page: Page): Promise<string> {
	const said = await page
		.locator("body")
		.ariaSnapshot({ timeout: 2_000 })
		.catch((error: unknown) => `(it can't be read: ${String(error).split("\n")[0]})`);
	return said.slice(0, 6_000);
}

/** Leaves a picture and the log of a page; tells where. */
async function picture(name: string, { page, log }: Seat): Promise<string> {
	mkdirSync(directory, { recursive: true });
	const path = join(directory, `${test}.${name}`);
	await page.screenshot({ path: `${path}.png`, timeout: 5_000 }).catch(() => undefined);
	writeFileSync(`${path}.log`, `${log.join("\n")}\n`);
	return `${path}.png`;
}

/** Watches, inside of the page, for a text in what a selector finds, and for the moment at which it has been painted. */
const WATCH = `(([css, text]) => {
	globalThis.watched = new Promise((done) => {
		const isThere = () => [...document.querySelectorAll(css)].some((one) => one.textContent.includes(text));
		const look = () => {
			if (!isThere()) return;
			observer.disconnect();
			requestAnimationFrame(() => {
				const { port1, port2 } = new MessageChannel();
				port1.onmessage = () => done(Date.now());
				port2.postMessage(0);
			});
		};
		const observer = new MutationObserver(look);
		observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
		if (isThere()) throw new Error("it is there already");
	});
	return true;
})`;

type Act = (seat: Seat, command: Command, found: () => Locator) => Promise<unknown>;

const ACTS: Readonly<Record<string, Act>> = {
	goto: async ({ page }, { text = "" }) => void (await page.goto(text)),
	reload: async ({ page }) => void (await page.reload()),
	close: async (seat, { page: name }) => {
		await seat.page.close();
		seats.delete(name);
	},
	see: async (_, __, found) => void (await seen(found()).waitFor()),
	gone: async (_, __, found) => void (await seen(found()).waitFor({ state: "detached" })),
	click: async ({ page }, __, found) => {
		// The words that come up where the pointer rests would lie over what is clicked next.
		await page.mouse.move(0, 0);
		await seen(found()).click();
	},
	menu: async (_, __, found) => void (await seen(found()).click({ button: "right" })),
	drag: async ({ page }, { to = {} }, found) => void (await seen(found()).dragTo(seen(locate(page, to)))),
	fill: async (_, { text = "" }, found) => void (await found().fill(text)),
	select: async (_, { text = "" }, found) => void (await found().selectOption(text)),
	press: async ({ page }, { text = "" }) => void (await page.keyboard.press(text)),
	type: async ({ page }, { text = "" }) => void (await page.keyboard.type(text)),
	text: async (_, __, found) => await found().first().innerText(),
	reads: async (_, { text = "" }, found) => {
		await soon(async () => assert.equal(await found().first().innerText(), text));
	},
	counts: async (_, { value }, found) => {
		await soon(async () => assert.equal(await found().filter({ visible: true }).count(), value));
	},
	becomes: async ({ page }, { text = "", value }) => {
		await soon(async () => assert.deepEqual(await page.evaluate(text), value));
	},
	count: async (_, __, found) => await found().filter({ visible: true }).count(),
	evaluate: async ({ page }, { text = "" }) => await page.evaluate(text),
	url: async ({ page }) => page.url(),
	titled: async ({ page }, { text = "" }) => {
		const isSo = page.waitForFunction((wanted) => document.title === wanted, text, { timeout: PATIENCE });
		await isSo.catch(async () => {
			throw new Error(`it is titled ${await page.title()}`);
		});
	},
	axe: async ({ page }) => {
		let found = await findings(page);
		// What is wrong while something comes or goes isn't on the page a moment later; what is wrong with the page is.
		for (let n = 0; n < 2 && found.length > 0; n++) {
			await page.waitForTimeout(1_000);
			found = await findings(page);
		}
		return found;
	},
	offline: async ({ context }, { on = false }) => void (await context.setOffline(on)),
	requests: async ({ requests }) => requests,
	frames: async ({ frames }) => frames,
	faults: async ({ faults }) => faults.splice(0),
	picture: async (seat, { page: name }) => await picture(name, seat),
	watch: async ({ page }, { find = {}, text = "" }) =>
		await page.evaluate(`${WATCH}(${JSON.stringify([find.css, text])})`),
	watched: async ({ page }) =>
		await page.evaluate(
			`Promise.race([watched, new Promise((_, fail) => setTimeout(() => fail(new Error("it never came")), ${PATIENCE}))])`,
		),
};

async function answer(command: Command): Promise<object> {
	const { id, page: name } = command;
	try {
		if (command.do === "open") {
			await open(name, command.look ?? {});
			return { id, ok: true };
		}
		const seat = seats.get(name);
		const act = ACTS[command.do];
		if (!seat || !act) throw new Error(seat ? `there is no command ${command.do}` : `there is no page ${name}`);
		const value = await act(seat, command, () => locate(seat.page, command.find ?? {}));
		return { id, ok: true, value };
	} catch (error) {
		const seat = seats.get(name);
		const isUnequal = error instanceof assert.AssertionError;
		const [line = ""] = isUnequal
			? [`it is ${JSON.stringify(error.actual)}, not ${JSON.stringify(error.expected)}`]
			: String(error).split("\n");
		if (!seat) return { id, ok: false, error: line };
		return { id, ok: false, error: line, screen: await screen(seat.page), picture: await picture(name, seat) };
	}
}

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ ready: browser.version() });
for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line) as Command));
await browser.close();
