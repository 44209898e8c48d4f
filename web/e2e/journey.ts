/** What a journey is, and what all of them look for. */

import type { Page } from "playwright-core";

export type Journey = readonly [name: string, query: string, act: (page: Page) => Promise<void>];

export const said = (page: Page, text: string) => page.locator("[role=log]").getByText(text, { exact: true });
export const box = (page: Page) => page.locator("main [role=textbox]");

/** Waits until something is true in the page; its policy lets nobody evaluate in it but the debugger. */
export async function until(page: Page, expression: string): Promise<void> {
	for (const end = Date.now() + 20_000; Date.now() < end; ) {
		if (await page.evaluate(expression)) return;
		await page.waitForTimeout(50);
	}
	throw new Error(`it didn't come to be: ${expression}`);
}

/** How what has the focus is called. */
export function focused(page: Page): Promise<string> {
	return page.evaluate(`(() => {
		const at = document.activeElement;
		const label = at.getAttribute("aria-label") ?? (at.labels && at.labels[0] && at.labels[0].textContent);
		const by = (at.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
		return (label ?? (by.join(" ").trim() || at.textContent || at.tagName)).trim();
	})()`) as Promise<string>;
}
