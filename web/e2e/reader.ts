/**
 * A screen reader for the journeys: what somebody hears who sees nothing. Keys are pressed as on a real keyboard; what is
 * said is worked out from the page as the specifications say (`@guidepup/virtual-screen-reader`), and held against what
 * Chromium tells a real reader of the element that has the focus. No real reader is heard.
 */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CDPSession, Page } from "playwright-core";
import { PATIENCE } from "./journey.ts";

const source = readFileSync(
	createRequire(import.meta.url).resolve("@guidepup/virtual-screen-reader/browser.js"),
	"utf8",
);

export class Reader {
	readonly #page: Page;
	readonly #debugger: CDPSession;
	/** How much of what was said has been listened to. */
	#heard = 0;

	private constructor(page: Page, session: CDPSession) {
		this.#page = page;
		this.#debugger = session;
	}

	static async on(page: Page): Promise<Reader> {
		await page.route("**/im/reader.js", (route) => route.fulfill({ body: source, contentType: "text/javascript" }));
		await page.evaluate(`import("/im/reader.js").then(async ({ Virtual }) => {
			globalThis.reader = new Virtual();
			await reader.start({ container: document.body });
			// Browsers have an alert said when it is put into the page; this reader only hears what changes within one.
			const log = await reader.spokenPhraseLog();
			new MutationObserver((changes) => {
				for (const { addedNodes } of changes) for (const node of addedNodes) {
					if (!(node instanceof Element)) continue;
					for (const alert of [node, ...node.querySelectorAll("*")].filter((one) => one.matches('[role="alert"]')))
						log.push("assertive: " + alert.textContent.trim());
				}
			}).observe(document.body, { childList: true, subtree: true });
		})`);
		return new Reader(page, await page.context().newCDPSession(page));
	}

	async #log(): Promise<readonly string[]> {
		return (await this.#page.evaluate("reader.spokenPhraseLog()")) as readonly string[];
	}

	/** Waits until something is said, and tells it. What was said before it is over. */
	async hears(what: RegExp): Promise<string> {
		let log: readonly string[] = [];
		for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
			log = await this.#log();
			const at = log.findIndex((phrase, n) => n >= this.#heard && what.test(phrase));
			if (at >= 0) {
				this.#heard = at + 1;
				return log[at] ?? "";
			}
			await this.#page.waitForTimeout(40);
		}
		assert.fail(`${what} wasn't said, but: ${log.slice(this.#heard).join(" | ") || "nothing"}`);
	}

	/** Sees that Chromium has the same name for what has the focus as was said, and a role at all. */
	async agrees(phrase: string): Promise<void> {
		const { result } = await this.#debugger.send("Runtime.evaluate", { expression: "document.activeElement" });
		const { nodes } = await this.#debugger.send("Accessibility.getPartialAXTree", {
			objectId: result.objectId ?? "",
			fetchRelatives: false,
		});
		const [node] = nodes;
		const [role, name] = [String(node?.role?.value), String(node?.name?.value ?? "")];
		assert.ok(node?.ignored === false && role !== "generic" && role !== "none", `Chromium has no role for: ${phrase}`);
		assert.ok(name !== "" && phrase.includes(name), `Chromium calls it ${name}, and said was: ${phrase}`);
	}

	/** How often something was said from the start. */
	async count(what: RegExp): Promise<number> {
		return (await this.#log()).filter((phrase) => what.test(phrase)).length;
	}

	async press(key: string): Promise<void> {
		await this.#page.keyboard.press(key);
	}

	async types(words: string): Promise<void> {
		await this.#page.keyboard.type(words, { delay: 10 });
	}

	/** Reads on, line by line, until something is said; tells all that was. */
	async readsTo(what: RegExp, most = 60): Promise<readonly string[]> {
		const said: string[] = [];
		for (let n = 0; n < most; n++) {
			const phrase = (await this.#page.evaluate("reader.next().then(() => reader.lastSpokenPhrase())")) as string;
			said.push(phrase);
			if (!what.test(phrase)) continue;
			this.#heard = (await this.#log()).length;
			return said;
		}
		assert.fail(`${what} wasn't read, but: ${said.join(" | ")}`);
	}

	/** Moves by one of the reader's own commands, such as to the next heading. */
	async jumps(command: string): Promise<string> {
		const phrase = await this.#page.evaluate(
			`reader.perform(${JSON.stringify(command)}).then(() => reader.lastSpokenPhrase())`,
		);
		this.#heard = (await this.#log()).length;
		return phrase as string;
	}

	/** Goes on by Tab until something is said. */
	async tabsTo(what: RegExp, key = "Tab"): Promise<string> {
		const said: string[] = [];
		for (let n = 0; n < 30; n++) {
			const before = (await this.#log()).length;
			await this.#page.evaluate("globalThis.before = document.activeElement");
			await this.press(key);
			let log = await this.#log();
			// What comes to have the focus is said, whatever else is said meanwhile.
			const isSaid = () => log.slice(before).some((phrase) => !/^(polite|assertive): /.test(phrase));
			for (const end = Date.now() + PATIENCE; Date.now() < end && !isSaid(); log = await this.#log()) {
				if (await this.#page.evaluate("globalThis.before === document.activeElement")) break;
				await this.#page.waitForTimeout(20);
			}
			said.push(...log.slice(before));
			const found = log.slice(before).find((phrase) => what.test(phrase));
			if (found === undefined) continue;
			this.#heard = log.length;
			return found;
		}
		assert.fail(`${what} wasn't reached, but: ${said.join(" | ")}`);
	}
}
