import { expect, it, vi } from "vitest";
import { Store } from "./store";

it("tells every listener, though one of them throws, and reports what it threw", () => {
	const reported: (() => void)[] = [];
	vi.stubGlobal("queueMicrotask", (report: () => void) => reported.push(report));
	const store = new Store(1);
	const heard: string[] = [];
	store.subscribe(() => heard.push("first"));
	store.subscribe(() => {
		throw new Error("no room");
	});
	store.subscribe(() => heard.push("last"));
	store.set(2);
	vi.unstubAllGlobals();
	expect([store.get(), heard]).toEqual([2, ["first", "last"]]);
	expect(reported).toHaveLength(1);
	expect(reported[0]).toThrow("no room");
});
