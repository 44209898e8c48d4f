import { expect, it } from "vitest";
import { Windows } from "./windows";

/** A lock and a channel as windows of one browser have them. */
class Browser {
	readonly #waiting: (() => Promise<void>)[] = [];
	#isHeld = false;
	readonly #channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();

	open(looking: { hasFocus: boolean; person?: string }, back: string[] = []): Windows {
		const channels = this.#channels;
		const channel = {
			onmessage: null as ((event: MessageEvent) => void) | null,
			postMessage(data: unknown) {
				for (const other of channels) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
			},
			close: () => void channels.delete(channel),
		};
		channels.add(channel);
		const locks = {
			request: async (_: string, held: () => Promise<void>) => {
				this.#waiting.push(held);
				await this.#next();
			},
		} as unknown as LockManager;
		return new Windows({ locks, channel, onBack: (person) => back.push(person), look: () => looking });
	}

	async #next(): Promise<void> {
		const held = this.#isHeld ? undefined : this.#waiting.shift();
		if (!held) return;
		this.#isHeld = true;
		await held();
		this.#isHeld = false;
		await this.#next();
	}
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

it("lets one window speak, and the next one when that is gone", async () => {
	const browser = new Browser();
	const first = browser.open({ hasFocus: false });
	const second = browser.open({ hasFocus: true });
	expect([first.speaks, second.speaks]).toEqual([true, false]);
	first.close();
	await settle();
	expect([first.speaks, second.speaks]).toEqual([false, true]);
});

it("says nothing of what another window shows, as long as it has the focus", () => {
	const browser = new Browser();
	const looking = { hasFocus: true, person: "ben" };
	const other = browser.open(looking);
	// A window that comes later asks the others.
	const speaker = browser.open({ hasFocus: false, person: "hugo" });
	expect(speaker.isOnScreen("ben")).toBe(true);
	expect(speaker.isOnScreen("hugo")).toBe(false);
	looking.person = "chloe";
	other.looked();
	expect(speaker.isOnScreen("ben")).toBe(false);
	other.close();
	expect(speaker.isOnScreen("chloe")).toBe(false);
});

it("tells in every window that somebody is back, each once", () => {
	const browser = new Browser();
	const [here, there]: [string[], string[]] = [[], []];
	browser.open({ hasFocus: false }, here).back("ben");
	expect(here).toEqual(["ben"]);
	const speaker = browser.open({ hasFocus: false });
	browser.open({ hasFocus: true }, there);
	speaker.back("hugo");
	expect(there).toEqual(["hugo"]);
	expect(here).toEqual(["ben", "hugo"]);
});

it("speaks for itself where a browser has no locks", () => {
	const alone = new Windows({
		locks: undefined,
		channel: undefined,
		onBack: () => undefined,
		look: () => ({ hasFocus: true, person: "ben" }),
	});
	expect(alone.speaks).toBe(true);
	expect(alone.isOnScreen("ben")).toBe(true);
});
