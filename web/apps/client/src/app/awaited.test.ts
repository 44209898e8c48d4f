import { Store } from "@rapport/live/store";
import { beforeEach, expect, it, vi } from "vitest";
import { keepAwaited } from "./awaited";

const kept = new Map<string, string>();
let tell: ((event: { key: string }) => void) | undefined;

beforeEach(() => {
	kept.clear();
	vi.stubGlobal("localStorage", {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
		removeItem: (key: string) => void kept.delete(key),
	});
	vi.stubGlobal("addEventListener", (_: string, listener: typeof tell) => (tell = listener));
	vi.stubGlobal("removeEventListener", () => undefined);
	return () => vi.unstubAllGlobals();
});

it("awaits them after a reload as before, and nobody whom another person of this browser awaits", () => {
	const before = new Store<ReadonlySet<string>>(new Set());
	const stop = keepAwaited("ana", before);
	before.set(new Set(["ben", "chloe"]));
	stop();
	expect(before.get().size).toBe(0);
	const after = new Store<ReadonlySet<string>>(new Set());
	keepAwaited("ana", after);
	expect([...after.get()]).toEqual(["ben", "chloe"]);
	const other = new Store<ReadonlySet<string>>(new Set());
	keepAwaited("emi", other);
	expect(other.get().size).toBe(0);
});

it("awaits nobody any more who was told of in another window", () => {
	const awaited = new Store<ReadonlySet<string>>(new Set());
	keepAwaited("ana", awaited);
	awaited.set(new Set(["ben"]));
	kept.delete("rapport.awaited.ana");
	tell?.({ key: "rapport.awaited.ana" });
	expect(awaited.get().size).toBe(0);
	awaited.set(new Set(["hugo"]));
	awaited.set(new Set());
	expect(kept.size).toBe(0);
});
