import { Client } from "@rapport/api/client";
import type { Session as Signed } from "@rapport/api/types";
import type { MockServer } from "@rapport/mock/server";
import { expect, it, vi } from "vitest";
import { Session } from "./session";
import { anotherTab, ben, browser, inBrowser, server, started, unload, within } from "./testing";

inBrowser();

const PASSWORD = "correct horse battery staple";
const BEN = "ben@lindblad.example";
/** A promise, and what keeps it. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
	let resolve: (value: T) => void = () => undefined;
	const promise = new Promise<T>((kept) => {
		resolve = kept;
	});
	return { promise, resolve };
}

const settled = () => vi.advanceTimersByTimeAsync(10_000);

/** Two tabs of one browser. */
async function twoTabs(mock: MockServer): Promise<[Session, Session]> {
	const open = browser();
	const one = await started(mock, open());
	anotherTab();
	return [one, await started(mock, open())];
}

it("loses nothing, and starts once, when Retry is asked for while it tries by itself", async () => {
	const mock = server();
	const before = await started(mock);
	mock.lose();
	before.draft("chloe", "half a sen");
	unload(before);
	const session = await started(mock);
	expect(session.standing.get()).toEqual({ at: "starting", unreachable: true });
	const asked = vi.spyOn(mock, "request");
	mock.reachable = true;
	void session.start();
	void session.start();
	await settled();
	expect(session.link.get().phase).toBe("up");
	expect(session.live.get().ready).toBe(true);
	expect(session.live.get().drafts.get("chloe")).toEqual({ text: "half a sen" });
	expect(Object.keys(localStorage).filter((key) => key.startsWith("rapport.kept."))).toHaveLength(1);
	expect(mock.open).toHaveLength(1);
	// Once for each wish, once for the ticket, and once for those who were talked to last.
	expect(asked).toHaveBeenCalledTimes(4);
});

it("doesn't try by itself while it is being tried", async () => {
	const mock = server();
	mock.reachable = false;
	const session = await started(mock);
	const asked = vi.spyOn(mock, "request").mockReturnValue(new Promise(() => undefined));
	void session.start();
	await settled();
	expect(asked).toHaveBeenCalledTimes(1);
});

it("lets nobody in by an answer that is older than their sign-out", async () => {
	const mock = server();
	const session = new Session(new Client(mock));
	const late = later<Signed>();
	vi.spyOn(session.client, "session").mockReturnValueOnce(late.promise);
	const slow = session.start();
	await within(50, session.start());
	const { standing } = session;
	const known = standing.get();
	await within(50, session.signOut());
	if (known.at === "signedIn") late.resolve(known.session);
	await slow;
	expect(standing.get()).toEqual({ at: "signedOut" });
});

it("comes in everywhere when one tab signs in again", async () => {
	const mock = server();
	const [one, other] = await twoTabs(mock);
	other.draft("chloe", "half a sen");
	mock.endSessions("restored");
	await settled();
	for (const tab of [one, other]) expect(tab.standing.get()).toEqual({ at: "signedOut", reason: "restored" });
	await within(50, one.signIn("ana@lindblad.example", "rapport", "here"));
	await settled();
	for (const tab of [one, other]) expect(tab.link.get().phase).toBe("up");
	// In the one that was there first to take it.
	const drafts = [one, other].flatMap((tab) => [...tab.live.get().drafts]);
	expect(drafts).toEqual([["chloe", { text: "half a sen" }]]);
	other.write(ben, "from the other");
	await settled();
	expect(other.live.get().outbox).toEqual([]);
});

it("loses nothing when somebody comes in twice", async () => {
	const mock = server();
	const session = await started(mock);
	session.draft("chloe", "half a sen");
	const stood: string[] = [];
	session.standing.subscribe(() => stood.push(session.standing.get().at));
	await within(50, session.signIn("ana@lindblad.example", "rapport", "here"));
	await settled();
	expect(stood).toEqual(["signedIn"]);
	expect(session.live.get()).toMatchObject({ ready: true });
	expect(session.live.get().drafts.size).toBe(1);
	expect(mock.open).toEqual([2]);
	unload(session);
	expect((await started(mock)).live.get().drafts.get("chloe")).toEqual({ text: "half a sen" });
});

it("goes on in every tab after a change of password in one, and none shows the page to sign in", async () => {
	const mock = server();
	const [one, other] = await twoTabs(mock);
	const stood: string[] = [];
	for (const tab of [one, other]) tab.standing.subscribe(() => stood.push(tab.standing.get().at));
	await within(50, other.changePassword("rapport", PASSWORD));
	await vi.advanceTimersByTimeAsync(100);
	expect(new Set(stood)).toEqual(new Set(["signedIn"]));
	for (const tab of [one, other]) expect(tab.link.get().phase).toBe("up");
	expect(mock.open).toEqual([2, 2]);
});

it("asks again with the new token when another tab has signed in anew without a word", async () => {
	const mock = server();
	const deaf = await started(mock);
	anotherTab();
	const other = new Session(new Client(mock));
	await within(50, other.signIn("ana@lindblad.example", "rapport", "here"));
	deaf.write(ben, "still here");
	await settled();
	expect(deaf.live.get().outbox).toEqual([]);
	expect(deaf.standing.get()).toMatchObject({ at: "signedIn", session: { csrf: "csrf-2" } });
	// Its events are those of the new session, on one socket.
	expect(deaf.link.get().phase).toBe("up");
	expect(mock.open).toEqual([2, 2]);
	mock.lose();
	mock.reachable = true;
	await settled();
	expect(deaf.link.get().phase).toBe("up");
});

it("never goes on as somebody else: neither by a stale token nor after the end of its session", async () => {
	for (const how of ["token", "end"]) {
		const mock = server();
		const page = await started(mock);
		anotherTab();
		const other = new Session(new Client(mock));
		await within(50, other.signIn(BEN, "rapport", "here"));
		const asked = vi.spyOn(mock, "request");
		if (how === "token") await expect(within(50, page.set({ theme: "dark" }))).rejects.toThrow();
		else mock.endSocketsOf("ana", "restored");
		await settled();
		expect(page.standing.get()).toEqual({ at: "signedOut", reason: "other-person" });
		expect(page.live.get().ready).toBe(false);
		expect(asked.mock.calls.filter(([one]) => one.csrf === "csrf-2")).toEqual([]);
		expect(mock.snapshot().settings.theme).toBe("system");
	}
});

it("signs out when somebody else signs in in another tab", async () => {
	const mock = server();
	const [one, other] = await twoTabs(mock);
	await within(50, other.signIn(BEN, "rapport", "here"));
	await settled();
	expect(one.standing.get()).toEqual({ at: "signedOut", reason: "other-person" });
	expect(other.standing.get()).toMatchObject({ at: "signedIn", session: { user: { id: "ben" } } });
});

it("shows nothing to the next person that was asked for by the last", async () => {
	const mock = server();
	const session = await started(mock);
	const late = later<Awaited<ReturnType<Client["history"]>>>();
	vi.spyOn(session.client, "history").mockReturnValueOnce(late.promise);
	const slow = session.earlier("ben");
	const page = await within(50, new Client(mock).history({ with: "ben" }, undefined));
	await within(50, session.signOut());
	late.resolve(page);
	await slow;
	expect(page.messages.length).toBeGreaterThan(0);
	expect(session.live.get().talks.size).toBe(0);
});

it("keeps nothing of what was written once its writer has signed out, in any tab", async () => {
	const mock = server();
	const [one, other] = await twoTabs(mock);
	expect(one.hasUnsent()).toBe(false);
	other.draft("ben", "between us");
	// The one tab has nothing unsent, the browser has.
	expect(one.hasUnsent()).toBe(true);
	mock.lose();
	one.write(ben, "unsent");
	mock.reachable = true;
	other.network(false);
	await within(1, one.signOut());
	await settled();
	// Who did it needs no word of it, the other tab does.
	expect(one.standing.get()).toEqual({ at: "signedOut" });
	expect(other.standing.get()).toEqual({ at: "signedOut", reason: "ended-by-you" });
	expect(Object.keys(localStorage)).toEqual(["rapport.look"]);
});

it("says nothing to whoever signs out, when the end of the session is heard of before the answer", async () => {
	const session = await started(server());
	const { signOut } = session.client;
	vi.spyOn(session.client, "signOut").mockImplementation(async () => {
		await signOut();
		await new Promise((resolve) => setTimeout(resolve, 20));
	});
	const stood: unknown[] = [];
	session.standing.subscribe(() => stood.push(session.standing.get()));
	await within(50, session.signOut());
	expect(stood).toEqual([{ at: "signedOut" }]);
});

it("keeps nothing of what was written by whoever signs out, when the session ends by itself before the answer", async () => {
	const mock = server();
	const session = await started(mock);
	session.draft("ben", "between us");
	const { signOut } = session.client;
	vi.spyOn(session.client, "signOut").mockImplementation(async () => {
		mock.endSessions("session-over");
		await new Promise((resolve) => setTimeout(resolve, 20));
		await signOut();
	});
	await within(50, session.signOut());
	expect(session.standing.get()).toEqual({ at: "signedOut" });
	expect(Object.keys(localStorage)).toEqual(["rapport.look"]);
});

it("keeps what was written when a session ends that nobody has signed out of", async () => {
	const mock = server();
	const session = await started(mock);
	session.draft("ben", "half");
	mock.endSessions("restored");
	await settled();
	await within(50, session.signIn("ana@lindblad.example", "rapport", "here"));
	expect(session.live.get().drafts.get("ben")).toEqual({ text: "half" });
});

it("asks again, and signs nobody out, while the server is too busy to say who is there", async () => {
	const mock = server();
	const session = await started(mock);
	const request = mock.request.bind(mock);
	const busy = vi.spyOn(mock, "request").mockImplementation(async (asked) => {
		if (asked.path !== "/session") return request(asked);
		return { status: 429, body: { type: "about:blank", status: 429, code: "too-many-requests", title: "busy" } };
	});
	mock.endSocketsOf("ana", "password-changed");
	await settled();
	expect(session.standing.get().at).toBe("signedIn");
	busy.mockRestore();
	await settled();
	expect(session.link.get().phase).toBe("up");
});
