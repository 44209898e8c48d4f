/** What a journey is, and what all of them look for. */

import type { BrowserContext, Locator, Page } from "playwright-core";

export type Journey = readonly [name: string, query: string, act: (page: Page) => Promise<void>];

export const said = (page: Page, text: string) => page.locator("[role=log]").getByText(text, { exact: true });
export const box = (page: Page) => page.locator("main [role=textbox]");

/** How long something may take to come to be, in milliseconds: the machine may be busy, and slow. */
export const PATIENCE = 60_000;

/** How many times slower than it is the processor is made for each page, as `--slow` says. */
export const SLOW = process.argv.includes("--slow") ? Number(process.argv[process.argv.indexOf("--slow") + 1]) : 1;

/** Has all pages of a browser's context run on a processor so many times slower. */
export async function slowed(context: BrowserContext): Promise<void> {
	if (SLOW === 1) return;
	const slow = async (page: Page) => {
		const devtools = await context.newCDPSession(page);
		await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOW });
	};
	// A page may be gone before it is slow.
	context.on("page", (page) => void slow(page).catch(() => undefined));
}

/** Waits until what is held true is: fails with what is wrong when time is over. For what comes to be by itself. */
export async function soon(hold: () => unknown): Promise<void> {
	for (const end = Date.now() + PATIENCE; ; ) {
		try {
			await hold();
			return;
		} catch (wrong) {
			if (Date.now() > end) throw wrong;
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/**
 * Waits until the page has done what it was about to: what it asked for is answered, its timers of so many milliseconds
 * have run, and nothing is left to do. Keys pressed from then on are heard, and what hasn't happened by then doesn't.
 */
export async function settled(page: Page, timers = 0): Promise<void> {
	await page.evaluate(`(async () => {
		const idle = () => new Promise((done) => requestIdleCallback(done, { timeout: ${PATIENCE} }));
		await idle();
		await mock.request({ method: "GET", path: "/session" }).catch(() => undefined);
		await new Promise((done) => setTimeout(done, ${timers}));
		await idle();
	})()`);
}

/** Goes to Find by its key, which has the focus with the next frame. */
export async function toFind(page: Page, key = "/"): Promise<void> {
	await page.keyboard.press(key);
	await page.locator('input[type="search"]:focus').waitFor();
}

/** Types letters that are one word: by the time between two of them they are told from two words. */
export async function typesAtOnce(page: Page, letters: string): Promise<void> {
	await Promise.all([...letters].map((letter) => page.keyboard.press(letter)));
}

/** Waits until all that is on screen of a conversation has the server's ids: nothing of it waits to be sent. */
export const isSent = (page: Page) =>
	until(page, `[...document.querySelectorAll("[role=log] [data-line]")].every((one) => one.dataset.line.length < 36)`);

/** Waits until something that has come up over the page has the focus; keys pressed before go to what lies under it. */
export async function holdsFocus(page: Page, role: "dialog" | "menu"): Promise<void> {
	await page.locator(`:is([role=${role}]:focus, [role=${role}] :focus)`).first().waitFor();
}

/** Has a page note what the windows of its browser tell each other from now on. */
export const WORDS = `void (window.words ??= (() => {
	const words = [];
	new BroadcastChannel("rapport.windows").onmessage = ({ data }) => words.push(data);
	return words;
})())`;

/** Does what brings a message in, and waits until the window that speaks has told of it or decided not to. */
export async function decides(page: Page, act: string): Promise<void> {
	await page.evaluate(WORDS);
	const dealt = "new Set(window.words.flatMap((one) => one.dealt ?? [])).size";
	const before = await page.evaluate(dealt);
	await page.evaluate(act);
	await until(page, `${dealt} > ${before}`);
}

/** Scrolls, and waits until the page knows of it: it is told with the next frame. */
export async function scrolls(page: Page, what: Locator, top: number): Promise<void> {
	await soon(async () => {
		await what.evaluate((element, top) => element.scrollTo({ top }), top);
		await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
		const now = await what.evaluate((element) => element.scrollTop);
		if (now !== top) throw new Error(`it is scrolled to ${now}, not to ${top}`);
	});
}

/** Waits until something is true in the page; its policy lets nobody evaluate in it but the debugger. */
export async function until(page: Page, expression: string): Promise<void> {
	for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
		if (await page.evaluate(expression)) return;
		await page.waitForTimeout(50);
	}
	throw new Error(`it didn't come to be: ${expression}`);
}

/** Waits until what has the focus is called so: a name is the whole of it. */
export async function focuses(page: Page, name: RegExp | string): Promise<void> {
	let now = "";
	for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
		now = await focused(page);
		if (typeof name === "string" ? now === name : name.test(now)) return;
		await page.waitForTimeout(50);
	}
	throw new Error(`${name} hasn't the focus, but ${now}`);
}

/** How what has the focus is called at this moment: what a key has set off may still be under way. */
export function focused(page: Page): Promise<string> {
	return page.evaluate(`(() => {
		const at = document.activeElement;
		const label = at.getAttribute("aria-label") ?? (at.labels && at.labels[0] && at.labels[0].textContent);
		const by = (at.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
		return (label ?? (by.join(" ").trim() || at.textContent || at.tagName)).trim();
	})()`) as Promise<string>;
}
