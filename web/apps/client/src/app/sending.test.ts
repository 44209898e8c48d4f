import { Refused, Unreachable } from "@rapport/api/transport";
import { expect, it, vi } from "vitest";
import type { Session } from "./session";
import { ben, inBrowser, server, started, unload, within } from "./testing";

inBrowser();

const problem = (status: number, code: string) => new Refused({ type: "about:blank", status, code, title: code });
const said = (session: Session) => (session.live.get().talks.get("ben")?.messages ?? []).map((one) => one.text);
const note = (session: Session) => session.live.get().note;

it("sends a note that was written without a connection once there is one, after a reload as well", async () => {
	const mock = server();
	const before = await started(mock);
	mock.lose();
	await within(50, before.setNote("Back at three"));
	expect(note(before)).toMatchObject({ text: "Back at three", state: "late" });
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
	const told = vi.spyOn(session.client, "setNote");
	await vi.advanceTimersByTimeAsync(10_000);
	expect(told.mock.calls).toEqual([["two"]]);
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
	expect(note(session)).toMatchObject({ text: "still there", state: "late" });
	await vi.advanceTimersByTimeAsync(10_000);
	expect(mock.snapshot().me.note).toBe("still there");
});

it("keeps a note that is refused, with the reason, until it is written anew or given up", async () => {
	const session = await started(server());
	const refuse = () => vi.spyOn(session.client, "setNote").mockRejectedValue(problem(422, "too-large"));
	const told = refuse();
	await session.setNote("no");
	expect(note(session)).toMatchObject({
		text: "no",
		state: "refused",
		reason: { code: "too-large", title: "too-large" },
	});
	await vi.advanceTimersByTimeAsync(60_000);
	expect(told).toHaveBeenCalledTimes(1);
	told.mockRestore();
	await within(50, session.setNote("yes"));
	expect(note(session)).toBeUndefined();
	refuse();
	await session.setNote("no");
	session.dropNote();
	expect(note(session)).toBeUndefined();
	expect(session.live.get().me?.note).toBe("yes");
});

it("leaves a note alone that was set elsewhere while one waited here, whether the page was there or not", async () => {
	for (const comesBack of ["anew", "on"] as const) {
		const mock = server();
		const before = await started(mock);
		mock.lose();
		await within(5_000, before.setNote("On the train"));
		mock.notes("In Lisbon");
		if (comesBack === "anew") unload(before);
		mock.reachable = true;
		const session = comesBack === "anew" ? await started(mock) : before;
		await vi.advanceTimersByTimeAsync(60_000);
		expect(session.link.get().phase).toBe("up");
		expect(mock.snapshot().me.note).toBe("In Lisbon");
		expect(note(session)).toMatchObject({ text: "On the train", state: "overtaken" });
		// It is its writer's to say.
		await within(50, session.setNote("On the train"));
		expect(mock.snapshot().me.note).toBe("On the train");
		expect(note(session)).toBeUndefined();
		unload(session);
	}
});

it("takes a note for sent that stands there already, since only the answer was lost", async () => {
	const mock = server();
	const session = await started(mock);
	const said = vi.spyOn(session.client, "setNote").mockRejectedValueOnce(new Unreachable());
	await within(50, session.setNote("It arrived"));
	expect(note(session)?.state).toBe("late");
	mock.notes("It arrived");
	await vi.advanceTimersByTimeAsync(10_000);
	expect(said).toHaveBeenCalledTimes(1);
	expect(note(session)).toBeUndefined();
});

it("sends a note that was refused no more after a reload, and says so still", async () => {
	const mock = server();
	const before = await started(mock);
	const problem: Refused["problem"] = { type: "about:blank", status: 422, code: "too-large", title: "long" };
	vi.spyOn(before.client, "setNote").mockRejectedValue(new Refused(problem));
	await before.setNote("no");
	unload(before);
	const after = await started(mock);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(mock.snapshot().me.note).toBe("Back at 3");
	expect(note(after)).toMatchObject({ text: "no", state: "refused", reason: { code: "too-large" } });
});

it("keeps nothing of a note once its writer has signed out", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	await within(50, session.setNote("unsent"));
	const written = () => Object.keys(localStorage).filter((key) => key.startsWith("rapport.kept."));
	expect(written()).toHaveLength(1);
	mock.reachable = true;
	await within(50, session.signOut());
	expect(written()).toEqual([]);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(mock.snapshot().me.note).toBe("Back at 3");
});

it("sends what stands behind a message that was refused, which goes when it is tried again", async () => {
	const session = await started(server());
	vi.spyOn(session.client, "send").mockRejectedValueOnce(problem(507, "full"));
	session.write(ben, "refused");
	session.write(ben, "behind it");
	await vi.advanceTimersByTimeAsync(1_000);
	expect(said(session)).toContain("behind it");
	const [left] = session.live.get().outbox;
	expect(left).toMatchObject({ text: "refused", state: "failed", reason: { code: "full" } });
	session.retry(left?.clientId ?? "");
	await vi.advanceTimersByTimeAsync(1_000);
	expect(said(session)).toContain("refused");
	expect(session.live.get().outbox).toEqual([]);
});

it("sends later what is told by something between that the server is away", async () => {
	for (const status of [502, 503, 504]) {
		const session = await started(server());
		vi.spyOn(session.client, "send").mockRejectedValueOnce(problem(status, "unexpected-answer"));
		session.write(ben, "as the server comes back");
		await vi.advanceTimersByTimeAsync(1_000);
		expect(session.live.get().outbox).toMatchObject([{ state: "sending" }]);
		await vi.advanceTimersByTimeAsync(10_000);
		expect(session.live.get().outbox).toEqual([]);
		expect(said(session)).toContain("as the server comes back");
	}
});
