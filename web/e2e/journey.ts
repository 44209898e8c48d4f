/** What a journey is, and what all of them look for. */

import type { Page } from "playwright-core";

export type Journey = readonly [name: string, query: string, act: (page: Page) => Promise<void>];

export const said = (page: Page, text: string) => page.locator("[role=log]").getByText(text, { exact: true });
export const box = (page: Page) => page.locator("main [role=textbox]");

/** How long something may take to come to be, in milliseconds: the machine may be busy. */
export const PATIENCE = 20_000;

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
