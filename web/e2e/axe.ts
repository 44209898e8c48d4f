/** What axe finds on a page, but for what it can't know. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Each with its reason. */
const EXCUSED = [
	// A menu lies over the page, outside its landmarks, and is gone with the next key.
	{ id: "region", html: "fui-Menu" },
	// So does the name of a button.
	{ id: "region", html: "fui-Tooltip__content" },
	// Fluent's fences of a focus trap: whoever comes to one is moved on at once.
	{ id: "aria-hidden-focus", html: "data-tabster-dummy" },
] as const;

interface AxeResult {
	readonly violations: readonly {
		id: string;
		help: string;
		nodes: readonly { target: unknown; html: string; failureSummary?: string }[];
	}[];
}

/** A line for each rule that is broken. */
export async function findings(page: Page): Promise<string[]> {
	// Half way from one colour to the next there is neither.
	await page.evaluate(
		"Promise.race([Promise.allSettled(document.getAnimations().map((one) => one.finished)), new Promise((done) => setTimeout(done, 500))])",
	);
	// Evaluated by the debugger, which no policy of the page's holds back.
	// An experimental rule takes the initials on a photo, a picture of a name, for the words of its button.
	const result = (await page.evaluate(
		`${axe}; axe.run(document, {resultTypes: ["violations"], rules: {"label-content-name-mismatch": {enabled: false}}}).then((r) => ({violations: r.violations}))`,
	)) as AxeResult;
	return result.violations.flatMap(({ id, help, nodes: all }) => {
		const nodes = all.filter((node) => !EXCUSED.some((one) => one.id === id && node.html.includes(one.html)));
		if (nodes.length === 0) return [];
		const where = nodes.slice(0, 3).map((node) => JSON.stringify(node.target));
		const why = (nodes[0]?.failureSummary ?? "").replace(/\s+/g, " ").slice(0, 220);
		return [`axe: ${id}: ${help}: ${where.join(" ")} ${why}`];
	});
}
