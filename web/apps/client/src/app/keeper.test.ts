import type { Message } from "@rapport/api/types";
import { withMessages } from "@rapport/live/apply";
import { drafted, queued } from "@rapport/live/outbox";
import { EMPTY, type Live } from "@rapport/live/state";
import { Store } from "@rapport/live/store";
import { expect, it, vi } from "vitest";
import { forgetKept, isAnythingKept, Keeper } from "./keeper";
import { anotherTab, ben, inBrowser, unload } from "./testing";

inBrowser();

interface Tab {
	readonly live: Store<Live>;
	readonly keeper: Keeper;
	readonly draft: (text: string) => void;
	readonly drafts: () => string | undefined;
}

async function tab(user = "ana"): Promise<Tab> {
	const live = new Store<Live>(EMPTY);
	const keeper = new Keeper(user, live);
	await vi.advanceTimersByTimeAsync(5_000);
	return {
		live,
		keeper,
		draft: (text) => live.update((now) => drafted(now, "ben", text)),
		drafts: () => live.get().drafts.get("ben")?.text,
	};
}

const written = () =>
	Object.entries(localStorage)
		.filter(([key]) => key.startsWith("rapport.kept."))
		.map(([, text]) => String(text));

it("gives a tab that was made as the double of another a name of its own", async () => {
	const first = await tab();
	first.draft("mine");
	// It has the same storage of its tab.
	const double = await tab();
	expect(double.drafts()).toBeUndefined();
	double.draft("another");
	double.draft("");
	expect(written()).toHaveLength(1);
	expect(written()[0]).toContain("mine");
	first.keeper.stop();
	await vi.advanceTimersByTimeAsync(10);
	anotherTab();
	expect((await tab()).drafts()).toBe("mine");
});

it("keeps what is written before the tab knows its name", async () => {
	await tab();
	const live = new Store<Live>(EMPTY);
	new Keeper("ana", live);
	live.update((now) => queued(now, { clientId: "c1", to: ben, text: "at once", at: 1 }));
	await vi.advanceTimersByTimeAsync(5_000);
	expect(written().join()).toContain("at once");
});

it("keeps what the server has taken over reloads, until it has arrived or failed", async () => {
	const message: Message = {
		id: "m1",
		conversation: "t1",
		from: "ana",
		at: new Date().toISOString(),
		direction: "out",
		text: "behind an invitation",
		clientId: "c1",
		delivery: "sending",
	};
	for (const delivery of ["sent", "failed"] as const) {
		const before = await tab();
		before.live.update((now) => withMessages(now, "ben", [message]));
		before.keeper.stop();
		unload();
		const after = await tab();
		expect(after.live.get().outbox).toMatchObject([{ clientId: "c1", text: message.text, state: "waiting" }]);
		// The server says that it has it still.
		after.live.update((now) => withMessages(now, "ben", [message]));
		expect(after.live.get().outbox).toEqual([]);
		expect(written()).toHaveLength(1);
		after.live.update((now) => withMessages(now, "ben", [{ ...message, delivery }]));
		expect(written()).toEqual([]);
		after.keeper.stop();
		unload();
	}
});

it("waits for the page before a reload to let go of the name", async () => {
	const before = await tab();
	before.draft("half");
	setTimeout(() => before.keeper.stop(), 300);
	const after = await tab();
	expect(after.drafts()).toBe("half");
	expect(written()).toHaveLength(1);
});

it("takes over what a tab left that is gone, and nothing of one that is there", async () => {
	const there = await tab();
	there.draft("there");
	anotherTab();
	const gone = await tab();
	gone.draft("gone");
	gone.keeper.stop();
	await vi.advanceTimersByTimeAsync(10);
	anotherTab();
	expect((await tab()).drafts()).toBe("gone");
	expect(written()).toHaveLength(2);
});

it("leaves to each of the tabs that begin at the same time what is its own", async () => {
	const first = await tab();
	first.live.update((now) => drafted(now, "chloe", "first"));
	const storage = sessionStorage;
	anotherTab();
	const second = await tab();
	second.draft("second");
	unload();
	for (const one of [first, second]) one.keeper.stop();
	const live = new Store<Live>(EMPTY);
	new Keeper("ana", live);
	await vi.advanceTimersByTimeAsync(1_000);
	vi.stubGlobal("sessionStorage", storage);
	const again = await tab();
	expect([...again.live.get().drafts]).toEqual([["chloe", { text: "first" }]]);
	expect([...live.get().drafts]).toEqual([["ben", { text: "second" }]]);
	expect(written()).toHaveLength(2);
});

it("keeps on what a tab left that is gone, where something else is half written to the same person", async () => {
	const there = await tab();
	there.draft("there");
	anotherTab();
	const gone = await tab();
	gone.draft("gone");
	gone.live.update((now) => drafted(now, "chloe", "to another"));
	gone.keeper.stop();
	unload();
	there.keeper.stop();
	anotherTab();
	const next = await tab();
	expect(next.live.get().drafts.get("chloe")?.text).toBe("to another");
	expect(written()).toHaveLength(2);
	expect(written().join()).toContain("there");
	expect(written().join()).toContain("gone");
	next.draft("");
	next.keeper.stop();
	unload();
	expect((await tab()).drafts()).toBeDefined();
});

/** As a page with a connection does, again and again. */
async function looks(tab: Tab, seconds: number, isUp = true): Promise<void> {
	for (let n = 0; n < seconds; n += 5) {
		await tab.keeper.look(isUp);
		await vi.advanceTimersByTimeAsync(5_000);
	}
}

const waits = { clientId: "c1", to: ben, text: "on my way" };

it("takes over what waits in a tab that is closed later, once there is a connection", async () => {
	const stays = await tab();
	anotherTab();
	const goes = await tab();
	goes.live.update((now) => queued(now, { ...waits, at: Date.now() }));
	goes.draft("half");
	await looks(stays, 60);
	// It is there still.
	expect(stays.live.get()).toBe(EMPTY);
	goes.keeper.stop();
	await looks(stays, 60, false);
	expect(stays.live.get()).toBe(EMPTY);
	await looks(stays, 15);
	expect(stays.live.get().outbox).toMatchObject([{ clientId: "c1", state: "waiting" }]);
	// What was half written comes to nobody who writes here.
	expect(stays.drafts()).toBeUndefined();
	expect(written()).toHaveLength(2);
	anotherTab();
	expect((await tab()).drafts()).toBe("half");
	// What waits is kept by one of them.
	expect(written().filter((text) => text.includes("on my way"))).toHaveLength(1);
});

it("leaves to a tab that reloads what is its own, however often another looks", async () => {
	const stays = await tab();
	anotherTab();
	const before = await tab();
	before.live.update((now) => queued(now, { ...waits, at: Date.now() }));
	before.keeper.stop();
	await vi.advanceTimersByTimeAsync(10);
	await stays.keeper.look(true);
	await vi.advanceTimersByTimeAsync(5_000);
	await stays.keeper.look(true);
	expect((await tab()).live.get().outbox).toHaveLength(1);
	await looks(stays, 60);
	expect(stays.live.get()).toBe(EMPTY);
});

it("asks about what a closed tab left long ago", async () => {
	const stays = await tab();
	anotherTab();
	const goes = await tab();
	goes.live.update((now) => queued(now, { ...waits, at: Date.now() }));
	goes.keeper.stop();
	await vi.advanceTimersByTimeAsync(3_600_000);
	await looks(stays, 15);
	expect(stays.live.get().outbox).toMatchObject([{ clientId: "c1", state: "failed", reason: { code: "waited-long" } }]);
});

it("takes over without locks only what nobody has said for a day is theirs", async () => {
	vi.stubGlobal("navigator", { languages: ["en"] });
	const hour = 3_600_000;
	const stays = await tab();
	anotherTab();
	const there = await tab();
	there.draft("there");
	anotherTab();
	const goes = await tab();
	goes.live.update((now) => queued(now, { ...waits, at: Date.now() }));
	goes.keeper.stop();
	for (let n = 0; n < 22; n++) {
		await vi.advanceTimersByTimeAsync(hour);
		for (const one of [stays, there]) await one.keeper.look(true);
	}
	expect(stays.live.get()).toBe(EMPTY);
	await vi.advanceTimersByTimeAsync(2 * hour);
	await stays.keeper.look(true);
	await there.keeper.look(true);
	expect(stays.live.get().outbox).toMatchObject([{ clientId: "c1", state: "failed" }]);
	expect(stays.drafts()).toBeUndefined();
	expect(there.live.get().outbox).toEqual([]);
	expect(written()).toHaveLength(2);
	// Neither does a page that begins, until there is nobody there.
	anotherTab();
	expect((await tab()).drafts()).toBeUndefined();
	there.keeper.stop();
	await vi.advanceTimersByTimeAsync(24 * hour);
	anotherTab();
	expect((await tab()).drafts()).toBe("there");
});

it("says that nothing can be kept, as long as it can't, and tells everybody else all the same", async () => {
	const live = new Store<Live>(EMPTY);
	const unkept = new Store(false);
	const keeper = new Keeper("ana", live, unkept);
	await vi.advanceTimersByTimeAsync(5_000);
	let told = 0;
	live.subscribe(() => told++);
	const full = vi.spyOn(localStorage, "setItem").mockImplementation(() => {
		throw new DOMException("it is full", "QuotaExceededError");
	});
	live.update((now) => drafted(now, "ben", "a"));
	expect([told, unkept.get(), written()]).toEqual([1, true, []]);
	// Nothing is lost any more once there is nothing to keep.
	live.update((now) => drafted(now, "ben", ""));
	expect([told, unkept.get()]).toEqual([2, false]);
	live.update((now) => drafted(now, "ben", "b"));
	expect(unkept.get()).toBe(true);
	// There is room again, found without a word more being written.
	full.mockRestore();
	await keeper.look(true);
	expect(unkept.get()).toBe(false);
	expect(written().join()).toContain("b");
	// Who has gone is told nothing.
	keeper.stop();
	expect(unkept.get()).toBe(false);
});

it("goes on where storage is forbidden altogether", async () => {
	const forbidden = () => {
		throw new DOMException("not here", "SecurityError");
	};
	for (const name of ["localStorage", "sessionStorage"])
		vi.stubGlobal(name, new Proxy({}, { get: forbidden, ownKeys: forbidden }));
	const unkept = new Store(false);
	const live = new Store<Live>(EMPTY);
	const keeper = new Keeper("ana", live, unkept);
	await vi.advanceTimersByTimeAsync(5_000);
	live.update((now) => drafted(now, "ben", "a"));
	await keeper.look(true);
	expect(live.get().drafts.get("ben")?.text).toBe("a");
	expect(unkept.get()).toBe(true);
	expect(isAnythingKept("ana")).toBe(false);
	forgetKept("ana");
	keeper.stop();
});

it("shows nobody what was kept for somebody else, also if they go at once", async () => {
	const one = await tab("ana");
	one.draft("of Ana");
	one.keeper.stop();
	const live = new Store<Live>(EMPTY);
	new Keeper("ana", live).stop();
	await vi.advanceTimersByTimeAsync(5_000);
	expect(live.get().drafts.size).toBe(0);
	expect((await tab("ben")).drafts()).toBeUndefined();
	expect(isAnythingKept("ana")).toBe(true);
	expect(isAnythingKept("ben")).toBe(false);
	forgetKept("ana");
	expect(written()).toEqual([]);
});
