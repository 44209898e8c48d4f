import { Store } from "@rapport/live/store";
import { expect, it, vi } from "vitest";
import { handOver } from "./hand-over";
import type { Standing } from "./session";
import { Shown } from "./shown";
import { inBrowser } from "./testing";

inBrowser();

function page() {
	const standing = new Store<Standing>({ at: "starting", unreachable: false });
	const shown = new Shown();
	const restart = vi.fn();
	handOver({ session: { standing }, router: { restart }, shown });
	const come = (id: string) => {
		const user = { id, address: `${id}@lindblad.example`, displayName: id, company: "Lindblad" };
		const session = { csrf: `csrf-${id}`, user, expiresAt: "2026-02-01T00:00:00.000Z", client: { epid: "e1" } };
		standing.set({ at: "signedIn", session });
	};
	const go = (reason: string) => standing.set({ at: "signedOut", reason });
	return { shown, restart, come, go };
}

it("leaves nothing of whoever has signed out on the page", () => {
	const { shown, restart, come, go } = page();
	come("ana");
	expect(restart).not.toHaveBeenCalled();
	shown.card.set("ben");
	shown.keys.set(true);
	shown.say({ text: "moved", intent: "done", undo: () => undefined });
	go("ended-by-you");
	expect(restart).toHaveBeenCalledTimes(1);
	expect(shown.card.get()).toBeUndefined();
	expect(shown.keys.get()).toBe(false);
	expect(shown.said.get()).toBeUndefined();
});

it("leaves it to whoever comes back, and not to somebody else", () => {
	const { shown, restart, come, go } = page();
	come("ana");
	shown.card.set("ben");
	go("password-changed");
	come("ana");
	expect(shown.card.get()).toBe("ben");
	go("password-changed");
	come("olga");
	expect(shown.card.get()).toBeUndefined();
	expect(restart).toHaveBeenCalledTimes(1);
});
