import { Refused } from "@rapport/api/transport";
import { expect, it, vi } from "vitest";
import type { Session } from "./session";
import { inBrowser, server, started, unload, within } from "./testing";

inBrowser();

const note = (session: Session) => session.live.get().note;

it("sends a note that was written without a connection once there is one, after a reload as well", async () => {
	const mock = server();
	const before = await started(mock);
	mock.lose();
	await within(50, before.setNote("Back at three"));
	expect(note(before)).toEqual({ text: "Back at three", state: "late" });
	expect(before.hasUnsent()).toBe(true);
	unload(before);
	mock.reachable = true;
	const after = await started(mock);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(mock.snapshot().me.note).toBe("Back at three");
	expect(after.live.get().me?.note).toBe("Back at three");
	expect(note(after)).toBeUndefined();
});

it("tries a note again by itself while the connection stands, and sends the last of several", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	await within(50, session.setNote("one"));
	await within(50, session.setNote("two"));
	mock.reachable = true;
	const said = vi.spyOn(session.client, "setNote");
	await vi.advanceTimersByTimeAsync(10_000);
	expect(said.mock.calls).toEqual([["two"]]);
	expect(mock.snapshot().me.note).toBe("two");
});

it("loses no note to a snapshot that comes while it waits for its time", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	await within(50, session.setNote("still there"));
	mock.lose();
	mock.renew();
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.link.get().phase).toBe("up");
	expect(note(session)).toEqual({ text: "still there", state: "late" });
	await vi.advanceTimersByTimeAsync(10_000);
	expect(mock.snapshot().me.note).toBe("still there");
});

it("keeps a note that is refused, with the reason, until it is written anew or given up", async () => {
	const session = await started(server());
	const problem: Refused["problem"] = { type: "about:blank", status: 422, code: "too-large", title: "long" };
	const refuse = () => vi.spyOn(session.client, "setNote").mockRejectedValue(new Refused(problem));
	const said = refuse();
	await session.setNote("no");
	expect(note(session)).toEqual({ text: "no", state: "refused", reason: { code: "too-large", title: "long" } });
	await vi.advanceTimersByTimeAsync(60_000);
	expect(said).toHaveBeenCalledTimes(1);
	said.mockRestore();
	await within(50, session.setNote("yes"));
	expect(note(session)).toBeUndefined();
	refuse();
	await session.setNote("no");
	session.dropNote();
	expect(note(session)).toBeUndefined();
	expect(session.live.get().me?.note).toBe("yes");
});

it("keeps nothing of a note once its writer has signed out", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	await within(50, session.setNote("unsent"));
	expect(Object.keys(localStorage)).toHaveLength(1);
	mock.reachable = true;
	await within(50, session.signOut());
	expect(Object.keys(localStorage)).toEqual([]);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(mock.snapshot().me.note).toBe("Back at 3");
});
