import { Client } from "@rapport/api/client";
import { Store } from "@rapport/live/store";
import { expect, it, vi } from "vitest";
import { handOver } from "./hand-over";
import { Session, type Standing } from "./session";
import { Shown } from "./shown";
import { anotherTab, browser, inBrowser, server, within } from "./testing";

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

it("begins anew after signing out by hand, in every tab, and leads whoever signs in first where they wanted", async () => {
	const mock = server();
	const open = browser();
	const tabs: { session: Session; restart: ReturnType<typeof vi.fn> }[] = [];
	for (let n = 0; n < 2; n++) {
		anotherTab();
		const session = new Session(new Client(mock), open());
		const restart = vi.fn();
		handOver({ session, router: { restart }, shown: new Shown() });
		await within(50, session.start());
		tabs.push({ session, restart });
	}
	await within(50, tabs[0]?.session.signOut() ?? Promise.reject());
	for (const { restart } of tabs) expect(restart).toHaveBeenCalledTimes(1);
	const late = new Session(new Client(mock));
	const restart = vi.fn();
	handOver({ session: late, router: { restart }, shown: new Shown() });
	await within(50, late.start());
	await within(50, late.signIn("ana@lindblad.example", "rapport", "here"));
	expect(late.standing.get().at).toBe("signedIn");
	expect(restart).not.toHaveBeenCalled();
});

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
	go("session-over");
	come("ana");
	expect(shown.card.get()).toBe("ben");
	go("password-changed");
	come("olga");
	expect(shown.card.get()).toBeUndefined();
	expect(restart).toHaveBeenCalledTimes(1);
});
