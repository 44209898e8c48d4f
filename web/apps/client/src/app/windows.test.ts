import { KEPT_FOR } from "@rapport/live/telling";
import { beforeEach, expect, it, vi } from "vitest";
import { GRACE, PATIENCE, Windows } from "./windows";

interface Request {
	readonly held: () => Promise<void>;
	readonly reject: (error: Error) => void;
	readonly resolve: () => void;
}

interface Seat {
	readonly windows: Windows;
	/** What was told there, and whether that was late. */
	readonly told: string[];
	readonly back: string[];
	/** Whether any window was looked at, as it was told last. */
	readonly isLookedAt: () => boolean | undefined;
}

/** A lock and a channel as windows of one browser have them: what goes through either takes a moment. */
class Browser {
	readonly #waiting: Request[] = [];
	#holder: Request | undefined;
	readonly #channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();
	/** How long a word takes from one window to another, in milliseconds. */
	wordTakes = 0;
	/** Whether the lock is given to nobody yet. */
	isSlow = false;
	/** Whether it is given to nobody at all. */
	isBroken = false;

	open(looking: { hasFocus: boolean; person?: string } = { hasFocus: false }): Seat {
		const told: string[] = [];
		const back: string[] = [];
		let isLookedAt: boolean | undefined;
		const windows = new Windows({
			locks: this.#locks(),
			channel: this.#channel(),
			onBack: (person) => back.push(person),
			look: () => looking,
			onLooked: (is) => {
				isLookedAt = is;
			},
			tell: ({ text }, hasWaited) => told.push(hasWaited ? `late ${text}` : text),
			onSpeaks: () => undefined,
		});
		return { windows, told, back, isLookedAt: () => isLookedAt };
	}

	/** The lock can be had from now on. */
	grant(): void {
		this.isSlow = false;
		this.#next();
	}

	#channel() {
		const channels = this.#channels;
		const channel = {
			onmessage: null as ((event: MessageEvent) => void) | null,
			postMessage: (data: unknown) => {
				for (const other of channels) {
					if (other === channel) continue;
					const arrive = () => channels.has(other) && other.onmessage?.({ data } as MessageEvent);
					if (this.wordTakes > 0) setTimeout(arrive, this.wordTakes);
					else arrive();
				}
			},
			close: () => void channels.delete(channel),
		};
		channels.add(channel);
		return channel;
	}

	#locks() {
		const request = (_: string, { steal }: LockOptions, held: () => Promise<void>) =>
			new Promise<void>((resolve, reject) => {
				if (this.isBroken) return reject(new DOMException("no locks here", "SecurityError"));
				const one = { held, resolve, reject };
				if (!steal) this.#waiting.push(one);
				else {
					const before = this.#holder;
					this.#waiting.unshift(one);
					this.#holder = undefined;
					before?.reject(new DOMException("taken", "AbortError"));
				}
				this.#next();
			});
		return { request } as unknown as LockManager;
	}

	#next(): void {
		const one = this.isSlow || this.#holder ? undefined : this.#waiting.shift();
		if (!one) return;
		this.#holder = one;
		void one.held().then(() => {
			one.resolve();
			if (this.#holder !== one) return;
			this.#holder = undefined;
			this.#next();
		});
	}
}

beforeEach(() => {
	vi.useFakeTimers();
	return () => void vi.useRealTimers();
});

const later = (milliseconds: number = GRACE) => vi.advanceTimersByTimeAsync(milliseconds);

const said = (text: string, person = "ben") => ({ id: `m-${text}`, person, text });

function hear(text: string, ...seats: readonly Seat[]): void {
	for (const { windows } of seats) windows.hear(said(text));
}

it("lets one window speak, and the next one when that is gone", async () => {
	const browser = new Browser();
	const first = browser.open();
	const second = browser.open({ hasFocus: true });
	await later();
	expect([first.windows.speaks, second.windows.speaks]).toEqual([true, false]);
	first.windows.close();
	await later();
	expect([first.windows.speaks, second.windows.speaks]).toEqual([false, true]);
});

it("tells at once in the window that speaks, and in no other", async () => {
	const browser = new Browser();
	const [first, second] = [browser.open(), browser.open()];
	await later();
	hear("one", first, second);
	hear("two", second, first);
	expect([first.told, second.told]).toEqual([["one", "two"], []]);
	await later(10 * PATIENCE);
	expect([first.told, second.told]).toEqual([["one", "two"], []]);
	expect(first.windows.speaks).toBe(true);
});

it("loses nothing that is heard before anybody has the lock, and tells it once", async () => {
	const browser = new Browser();
	browser.isSlow = true;
	const [first, second] = [browser.open(), browser.open()];
	hear("one", first, second);
	await later(PATIENCE - 2 * GRACE);
	expect([first.told, second.told]).toEqual([[], []]);
	browser.grant();
	await later(GRACE - 1);
	hear("two", first, second);
	await later(1);
	expect([first.told, second.told]).toEqual([["late one", "late two"], []]);
	hear("three", first, second);
	await later(10 * PATIENCE);
	expect([first.told, second.told]).toEqual([["late one", "late two", "three"], []]);
});

it("tells once what it tells, however late the lock comes, and nothing that is older than anybody cares for", async () => {
	for (const [late, told] of [
		[GRACE, 1],
		[PATIENCE - 1, 1],
		[PATIENCE, 1],
		[5 * PATIENCE + 1, 1],
		[KEPT_FOR, 0],
	] as const) {
		const browser = new Browser();
		browser.isSlow = true;
		const seats = [browser.open(), browser.open(), browser.open()];
		hear("one", ...seats);
		await later(late);
		browser.grant();
		await later(10 * PATIENCE);
		expect(seats.flatMap((seat) => seat.told).length, `after ${late}`).toBe(told);
		hear("two", ...seats);
		await later(10 * PATIENCE);
		expect(seats.flatMap((seat) => seat.told).length, `after ${late}`).toBe(told + 1);
		expect(seats.filter(({ windows }) => windows.speaks)).toHaveLength(1);
		for (const { windows } of seats) windows.close();
	}
});

it("loses and doubles nothing while the lock goes from one window to the next", async () => {
	const browser = new Browser();
	browser.wordTakes = GRACE - 1;
	const [first, second, third] = [browser.open(), browser.open(), browser.open()];
	await later();
	// The first tells the one that it hears; of the other, which it doesn't hear any more, nobody would.
	hear("one", first, second, third);
	first.windows.close();
	hear("two", second, third);
	await later(10 * PATIENCE);
	expect([first.told, second.told, third.told]).toEqual([["one"], ["late two"], []]);
	// The word of the first was under way when these got the lock and heard of the same.
	hear("three", second);
	second.windows.close();
	await later(1);
	hear("three", third);
	await later(10 * PATIENCE);
	expect([second.told, third.told]).toEqual([["late two", "three"], []]);
});

it("takes the lock away from a window that is there and does nothing, once, however many want it", async () => {
	const browser = new Browser();
	const [deaf, second, third] = [browser.open(), browser.open(), browser.open()];
	await later();
	hear("one", second, third);
	await later(PATIENCE + GRACE);
	expect([deaf.told, second.told, third.told].flat()).toEqual(["late one"]);
	await later(10 * PATIENCE);
	// What it hears in the end has been told of.
	hear("one", deaf);
	await later(10 * PATIENCE);
	expect([deaf.told, second.told, third.told].flat()).toEqual(["late one"]);
	hear("two", deaf, second, third);
	await later(10 * PATIENCE);
	expect([deaf.told, second.told, third.told].flat()).toEqual(["late one", "two"]);
	// And the one it was taken from is in line for it again.
	const speaker = [second, third].find(({ windows }) => windows.speaks);
	expect(deaf.windows.speaks).toBe(false);
	for (const one of [second, third]) one.windows.close();
	await later(10 * PATIENCE);
	expect([speaker?.windows.speaks, deaf.windows.speaks]).toEqual([false, true]);
});

it("doesn't tell again in a window that comes while something is told of", async () => {
	const browser = new Browser();
	const first = browser.open();
	await later();
	hear("one", first);
	const second = browser.open();
	hear("one", second);
	await later(10 * PATIENCE);
	expect([first.told, second.told]).toEqual([["one"], []]);
	first.windows.close();
	await later(10 * PATIENCE);
	expect(second.told).toEqual([]);
});

it("says nothing of what another window shows, as long as it has the focus", () => {
	const browser = new Browser();
	const looking = { hasFocus: true, person: "ben" };
	const other = browser.open(looking).windows;
	// A window that comes later asks the others.
	const speaker = browser.open({ hasFocus: false, person: "hugo" }).windows;
	expect(speaker.isOnScreen("ben")).toBe(true);
	expect(speaker.isOnScreen("hugo")).toBe(false);
	looking.person = "chloe";
	other.looked();
	expect(speaker.isOnScreen("ben")).toBe(false);
	other.close();
	expect(speaker.isOnScreen("chloe")).toBe(false);
});

it("knows in each window whether any of them is looked at", () => {
	const browser = new Browser();
	const here = browser.open({ hasFocus: false });
	expect(here.isLookedAt()).toBe(false);
	const looking = { hasFocus: true };
	const there = browser.open(looking);
	expect([here.isLookedAt(), there.isLookedAt()]).toEqual([true, true]);
	looking.hasFocus = false;
	there.windows.looked();
	expect([here.isLookedAt(), there.isLookedAt()]).toEqual([false, false]);
	looking.hasFocus = true;
	there.windows.looked();
	there.windows.close();
	expect(here.isLookedAt()).toBe(false);
});

it("tells in every window that somebody is back, each once", () => {
	const browser = new Browser();
	const here = browser.open();
	here.windows.back("ben");
	expect(here.back).toEqual(["ben"]);
	const speaker = browser.open();
	const there = browser.open({ hasFocus: true });
	speaker.windows.back("hugo");
	expect(there.back).toEqual(["hugo"]);
	expect(here.back).toEqual(["ben", "hugo"]);
});

it("speaks for itself where a browser has no locks, or gives none", async () => {
	const told: string[] = [];
	const alone = new Windows({
		locks: undefined,
		channel: undefined,
		onBack: () => undefined,
		look: () => ({ hasFocus: true, person: "ben" }),
		onLooked: () => undefined,
		tell: ({ text }) => told.push(text),
		onSpeaks: () => undefined,
	});
	alone.hear(said("one"));
	expect(told).toEqual(["one"]);
	expect(alone.isOnScreen("ben")).toBe(true);
	const browser = new Browser();
	browser.isBroken = true;
	const refused = browser.open();
	hear("two", refused);
	await later(0);
	expect(refused.told).toEqual(["late two"]);
});
