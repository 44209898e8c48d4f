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
