import { Client } from "@rapport/api/client";
import { Unreachable } from "@rapport/api/transport";
import type { Message } from "@rapport/api/types";
import { withMessages } from "@rapport/live/apply";
import { queued } from "@rapport/live/outbox";
import { EMPTY, type Live } from "@rapport/live/state";
import { Store } from "@rapport/live/store";
import type { MockServer } from "@rapport/mock/server";
import { expect, it, vi } from "vitest";
import { Keeper } from "./keeper";
import { Session } from "./session";
import { anotherTab, ben, inBrowser, olga, server, started, unload, within } from "./testing";

inBrowser();

const said = (session: Session) =>
	session.live
		.get()
		.talks.get("ben")
		?.messages.map((one) => one.text) ?? [];

it("shows what the server shows, and what changes", async () => {
	const mock = server();
	const session = await started(mock);
	expect(session.link.get().phase).toBe("up");
	expect(session.live.get().contacts.size).toBe(14);
	mock.become("ben", "away");
	expect(session.live.get().presence.get("ben")?.availability).toBe("away");
});

it("sends what was written without a connection once it is back, each once and in order", async () => {
	const mock = server();
	const session = await started(mock);
	mock.lose();
	session.write(ben, "one");
	session.write(ben, "two");
	await vi.advanceTimersByTimeAsync(5_000);
	expect(session.live.get().outbox.map((one) => one.text)).toEqual(["one", "two"]);
	mock.become("chloe", "busy");
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(session.link.get().phase).toBe("up");
	expect(session.live.get().outbox).toEqual([]);
	expect(said(session).slice(-2)).toEqual(["one", "two"]);
	// What happened meanwhile has been made up for.
	expect(session.live.get().presence.get("chloe")?.availability).toBe("busy");
});

it("sends again what could not be sent although the connection stands", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	session.write(ben, "once more");
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.live.get().outbox).toMatchObject([{ text: "once more", state: "sending" }]);
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(10_000);
	expect(session.live.get().outbox).toEqual([]);
	expect(said(session).filter((text) => text === "once more")).toHaveLength(1);
});

it("keeps an unsent message and a draft over a reload", async () => {
	const mock = server();
	const before = await started(mock);
	mock.lose();
	before.write(ben, "unsent");
	before.draft("chloe", "half a sen");
	unload(before);
	mock.reachable = true;
	const after = await started(mock);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(after.live.get().drafts.get("chloe")).toEqual({ text: "half a sen" });
	expect(said(after).filter((text) => text === "unsent")).toHaveLength(1);
});

it("says why a message was not delivered, and sends the same one again", async () => {
	const mock = server();
	const session = await started(mock);
	mock.become("ben", "offline");
	session.write(ben, "are you there");
	await vi.advanceTimersByTimeAsync(100);
	const failed = session.live.get().talks.get("ben")?.messages.at(-1);
	expect(failed).toMatchObject({ text: "are you there", delivery: "failed" });
	mock.become("ben", "available");
	if (failed) await Promise.all([session.resend("ben", failed), vi.advanceTimersByTimeAsync(100)]);
	const messages = session.live
		.get()
		.talks.get("ben")
		?.messages.filter((one) => one.text === "are you there");
	expect(messages).toMatchObject([{ id: failed?.id, delivery: "sent" }]);
});

it("is signed out where the server says so, and stays so", async () => {
	const mock = server();
	const session = await started(mock);
	const signingOut = session.signOut();
	await vi.advanceTimersByTimeAsync(60_000);
	await signingOut;
	expect(session.standing.get()).toMatchObject({ at: "signedOut" });
	expect(session.link.get().phase).toBe("ended");
	expect(session.live.get().contacts.size).toBe(0);
});

it("says why to whom was signed out elsewhere, and nothing to whom signs out here", async () => {
	const mock = server();
	const session = await started(mock);
	const { csrf } = await within(50, session.client.session());
	void mock.request({ method: "DELETE", path: "/session", csrf });
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.standing.get()).toEqual({ at: "signedOut", reason: "ended-by-you" });
	void session.signIn("ana@lindblad.example", "rapport", "");
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.standing.get()).toMatchObject({ at: "signedIn" });
	void session.signOut();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.standing.get()).toEqual({ at: "signedOut" });
});

it("keeps all that was written, and says so, where the session is over without anybody having ended it", async () => {
	const overs: Record<string, (mock: MockServer, session: Session) => void> = {
		"told by the server": (mock) => mock.endSessions("session-over"),
		"found out with the next connection": (mock) => {
			mock.lose();
			mock.endSessions("nobody hears it");
			mock.reachable = true;
		},
		"found out with the next request": (mock, session) => {
			const refused = (status: number, code: string) => ({
				status,
				body: { type: "about:blank", status, code, title: code },
			});
			const request = vi.spyOn(mock, "request").mockImplementation(async ({ path }) => {
				return path === "/session" ? refused(401, "not-signed-in") : refused(403, "csrf");
			});
			void session.setAccess("ben", "team").catch(() => request.mockRestore());
		},
	};
	for (const [how, over] of Object.entries(overs)) {
		const mock = server();
		const session = await started(mock);
		await within(50, session.setLocation("Room 4"));
		session.draft("ben", "half a");
		mock.isStalled = true;
		session.write(olga, "on its way");
		await vi.advanceTimersByTimeAsync(100);
		mock.isStalled = false;
		over(mock, session);
		await vi.advanceTimersByTimeAsync(30_000);
		expect(session.standing.get(), how).toEqual({ at: "signedOut", reason: "session-over" });
		expect(session.live.get().drafts.size, how).toBe(0);
		await within(1_000, session.signIn("ana@lindblad.example", "rapport", "here"));
		expect(session.live.get().drafts.get("ben"), how).toEqual({ text: "half a" });
		expect(session.live.get().me?.location, how).toBe("Room 4");
		await vi.advanceTimersByTimeAsync(10_000);
		expect(session.live.get().talks.get("olga")?.messages.at(-1), how).toMatchObject({
			text: "on its way",
			delivery: "sent",
		});
		session.draft("ben", "");
		await within(50, session.signOut());
	}
});

it("pages through what was said before, each message once, until there is no more", async () => {
	const session = await started(server());
	for (let n = 0; n < 3; n++) await within(50, session.earlier("ben"));
	const { messages = [], hasEarlier } = session.live.get().talks.get("ben") ?? {};
	expect(hasEarlier).toBe(false);
	expect(messages).toHaveLength(129);
	expect(new Set(messages.map((one) => one.id)).size).toBe(129);
	expect([...messages].sort((a, b) => (a.at < b.at ? -1 : 1))).toEqual(messages);
});

it("knows when the company keeps nothing, and shows what the server has for this browser all the same", async () => {
	const session = await started(server(false));
	await within(50, session.earlier("emi"));
	expect(session.live.get().keepsNone).toBe(true);
	expect(session.live.get().talks.get("emi")).toMatchObject({ hasEarlier: false });
	expect(session.live.get().talks.get("emi")?.messages).toHaveLength(2);
});

it("forgets here what was deleted there", async () => {
	const session = await started(server());
	await within(50, session.earlier("ben"));
	const [first] = session.live.get().talks.get("ben")?.messages ?? [];
	await within(50, session.forget({ message: first?.id ?? "" }));
	expect(session.live.get().talks.get("ben")?.messages).toHaveLength(49);
	await within(50, session.forget("everything"));
	expect(session.live.get().talks.get("ben")).toEqual({ messages: [], hasEarlier: false });
	expect(session.live.get().talks.get("hugo")?.messages).toEqual([]);
});

it("changes a setting on top of what another browser has changed meanwhile", async () => {
	const mock = server();
	const [one, other] = [await started(mock), await started(mock)];
	await within(50, Promise.all([one.set({ theme: "dark" }), other.set({ density: "compact" })]));
	for (const session of [one, other]) {
		expect(session.live.get().settings).toMatchObject({ theme: "dark", density: "compact", version: 3 });
	}
});

it("shows a setting as it was when it could not be kept", async () => {
	const mock = server();
	const session = await started(mock);
	mock.reachable = false;
	await expect(within(50, session.set({ theme: "dark" }))).rejects.toThrow();
	expect(session.live.get().settings.theme).toBe("system");
});

it("shows the levels of access as another program has chosen them", async () => {
	const mock = server();
	const session = await started(mock);
	await within(50, session.learnLevels());
	expect(session.levels.get()?.get("ben")).toBeUndefined();
	mock.choose("ben", "blocked");
	expect(session.levels.get()?.get("ben")).toBe("blocked");
	// And what was chosen while nothing could be told.
	mock.lose();
	mock.choose("ben", "team");
	mock.renew();
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(session.levels.get()?.get("ben")).toBe("team");
});

it("hears each message once, whichever of its events comes first, and none that was there before", async () => {
	const mock = server();
	const session = await started(mock);
	const heard: (string | undefined)[] = [];
	session.heard.subscribe(() => heard.push(session.heard.get()?.text));
	mock.hear("ben", "one");
	mock.hear("ben", "two");
	session.seen("ben");
	await vi.advanceTimersByTimeAsync(100);
	expect(heard).toEqual(["one", "two"]);
});

it("settles what was under way when a stream ends that can't be resumed", async () => {
	const mock = server();
	const session = await started(mock);
	session.write(ben, "under way");
	await vi.advanceTimersByTimeAsync(100);
	const sent = session.live.get().talks.get("ben")?.messages.at(-1);
	expect(sent).toMatchObject({ text: "under way", delivery: "sent" });
	// The word of its delivery was lost with the stream.
	if (sent) mock.tell({ type: "message", message: { ...sent, delivery: "sending" } });
	mock.lose();
	mock.renew();
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	const messages = session.live
		.get()
		.talks.get("ben")
		?.messages.filter((one) => one.text === "under way");
	expect(messages).toMatchObject([{ id: sent?.id, delivery: "sent" }]);
});

/** Says something to somebody who is no contact; it isn't known whether it arrived, and the server begins anew without them. */
async function doubtful(mock: MockServer, session: Session): Promise<Message> {
	session.write(olga, "are you there");
	await vi.advanceTimersByTimeAsync(100);
	const sent = session.live.get().talks.get("olga")?.messages.at(-1);
	if (!sent) throw new Error("it was not sent");
	mock.tell({ type: "message", message: { ...sent, delivery: "sending" } });
	mock.lose();
	mock.reachable = true;
	void mock.request({ method: "DELETE", path: `/conversations/${sent.conversation}`, csrf: mock.csrf });
	await vi.advanceTimersByTimeAsync(10);
	mock.renew();
	expect(mock.snapshot().conversations.some((one) => one.with.id === "olga")).toBe(false);
	return sent;
}

it("settles what was under way to somebody whom the server knows no more, also where it can't be reached at first", async () => {
	const mock = server();
	const session = await started(mock);
	const { id } = await doubtful(mock, session);
	vi.spyOn(session.client, "converse").mockRejectedValueOnce(new Unreachable());
	await vi.advanceTimersByTimeAsync(60_000);
	const messages = session.live.get().talks.get("olga")?.messages;
	expect(messages).toMatchObject([{ id, text: "are you there", delivery: "sent" }]);
});

it("asks for nothing while it waits for its time without a connection, and settles once there is one", async () => {
	const mock = server();
	const session = await started(mock);
	await doubtful(mock, session);
	const said = vi.spyOn(session.client, "converse").mockRejectedValue(new Unreachable());
	await vi.advanceTimersByTimeAsync(1_000);
	expect(said).toHaveBeenCalledTimes(1);
	mock.lose();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(said).toHaveBeenCalledTimes(1);
	said.mockRestore();
	mock.reachable = true;
	// The stream goes on where it was: no snapshot says that anything is to be settled.
	await vi.advanceTimersByTimeAsync(60_000);
	expect(session.live.get().talks.get("olga")?.messages).toMatchObject([{ delivery: "sent" }]);
});

it("sends a message once at a time, however many snapshots come while it is under way", async () => {
	const mock = server();
	const session = await started(mock);
	await doubtful(mock, session);
	const said = vi.spyOn(session.client, "converse").mockReturnValue(new Promise(() => undefined));
	for (let n = 0; n < 2; n++) {
		await vi.advanceTimersByTimeAsync(60_000);
		mock.lose();
		mock.renew();
		mock.reachable = true;
	}
	expect(said).toHaveBeenCalledTimes(1);
});

it("sends a message that had failed once more when the server is back, if it was away as one said Retry", async () => {
	const mock = server();
	const session = await started(mock);
	mock.become("ben", "offline");
	session.write(ben, "once more");
	await vi.advanceTimersByTimeAsync(100);
	const failed = session.live.get().talks.get("ben")?.messages.at(-1);
	mock.become("ben", "available");
	mock.reachable = false;
	if (failed) await within(50, session.resend("ben", failed));
	expect(session.live.get().talks.get("ben")?.messages.at(-1)).toMatchObject({ id: failed?.id, delivery: "sending" });
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(10_000);
	expect(session.live.get().talks.get("ben")?.messages.at(-1)).toMatchObject({ id: failed?.id, delivery: "sent" });
});

it("sends a message once more that failed before it was answered that it was taken", async () => {
	const mock = server();
	const session = await started(mock);
	mock.become("ben", "offline");
	session.write(ben, "third time");
	await vi.advanceTimersByTimeAsync(100);
	const last = () => {
		const message = session.live.get().talks.get("ben")?.messages.at(-1);
		if (!message) throw new Error("nothing was written");
		return message;
	};
	const failed = last();
	let answer = (_: Message) => {};
	const held = new Promise<Message>((resolve) => {
		answer = resolve;
	});
	const sent = vi.spyOn(session.client, "send").mockReturnValueOnce(held);
	const first = session.resend("ben", failed);
	await vi.advanceTimersByTimeAsync(100);
	session.live.update((live) => withMessages(live, "ben", [failed]));
	mock.become("ben", "available");
	await session.resend("ben", last());
	expect([last().delivery, sent.mock.calls.length]).toEqual(["sending", 1]);
	answer({ ...failed, delivery: "sending" });
	await within(1_000, first);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(sent).toHaveBeenCalledTimes(2);
	expect(last()).toMatchObject({ id: failed.id, delivery: "sent" });
});

it("counts a browser as idle after the time that the company says", async () => {
	const mock = server();
	const session = await started(mock);
	const said = vi.spyOn(mock, "said");
	session.used();
	await vi.advanceTimersByTimeAsync(2 * 60_000);
	session.tick();
	expect(said).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(60_000);
	session.tick();
	expect(said).toHaveBeenLastCalledWith({ type: "activity", active: false });
});

it("says on each new connection that nobody uses it, as long as nobody does", async () => {
	const mock = server();
	const session = await started(mock);
	const [said, asked] = [vi.spyOn(mock, "said"), vi.spyOn(mock, "events")];
	const idle = () => asked.mock.calls.map(([query]) => new URLSearchParams(query).get("idle"));
	const comeBack = async () => {
		mock.lose();
		mock.reachable = true;
		await vi.advanceTimersByTimeAsync(60_000);
		expect(session.link.get().phase).toBe("up");
	};
	await vi.advanceTimersByTimeAsync(4 * 60_000);
	session.tick();
	expect(said.mock.calls).toEqual([[{ type: "activity", active: false }]]);
	await comeBack();
	session.tick();
	// With the question itself: nobody hears in between that it is used.
	expect(idle()).toEqual([expect.stringMatching(/^24\d$/)]);
	expect(said).toHaveBeenCalledOnce();
	session.used();
	expect(said.mock.calls.slice(1)).toEqual([[{ type: "activity", active: true }]]);
	await comeBack();
	expect(idle().slice(1)).toEqual([null]);
	expect(said).toHaveBeenCalledTimes(2);
});

it("is used again as soon as it is, also while it comes back", async () => {
	const mock = server();
	const session = await started(mock);
	const said = vi.spyOn(mock, "said");
	await vi.advanceTimersByTimeAsync(4 * 60_000);
	session.tick();
	mock.lose();
	mock.reachable = true;
	const asked = vi.spyOn(mock, "events");
	while (asked.mock.calls.length === 0) await vi.advanceTimersByTimeAsync(1);
	// The question is on its way, and nothing can be said yet.
	session.used();
	expect(said).toHaveBeenCalledOnce();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(said.mock.calls.slice(1)).toEqual([[{ type: "activity", active: true }]]);
});

const unread = (session: Session) => session.live.get().conversations.get("c-ben")?.unread;

it("shows nothing as seen that the server can't be told of, and tells it when it can", async () => {
	const mock = server();
	const session = await started(mock);
	mock.hear("ben", "one");
	expect(unread(session)).toBe(1);
	mock.lose();
	session.seen("ben");
	expect(unread(session)).toBe(1);
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(unread(session)).toBe(0);
	expect(mock.snapshot().conversations.find((one) => one.id === "c-ben")?.unread).toBe(0);
});

it("tells once more what was seen as the connection broke, and nothing that came later", async () => {
	const mock = server();
	const session = await started(mock);
	mock.hear("ben", "one");
	const said = vi.spyOn(mock, "said").mockImplementation(() => undefined);
	session.seen("ben");
	expect(said).toHaveBeenCalledTimes(1);
	mock.lose();
	said.mockRestore();
	mock.hear("ben", "two");
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(unread(session)).toBe(1);
	const again = vi.spyOn(mock, "said");
	session.seen("ben");
	expect(unread(session)).toBe(0);
	mock.lose();
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(again).toHaveBeenCalledTimes(1);
});

it("tells that all is seen where it has no message of what is unread", async () => {
	const mock = server();
	mock.hear("ben", "before the server began anew");
	mock.loseMessages();
	const session = await started(mock);
	expect(unread(session)).toBe(1);
	session.seen("ben");
	expect(mock.snapshot().conversations.find((one) => one.id === "c-ben")?.unread).toBe(0);
});

it("has one socket at a time, however often the network goes and comes", async () => {
	const mock = server();
	const session = await started(mock);
	for (let n = 0; n < 3; n++) {
		session.network(false);
		session.network(true);
	}
	await vi.advanceTimersByTimeAsync(60_000);
	expect(session.link.get().phase).toBe("up");
	expect(mock.open).toHaveLength(1);
	session.network(false);
	session.network(true);
	// While it is asked whether it may connect.
	session.network(false);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(mock.open).toHaveLength(0);
});

it("sends what was typed into a notification, once it is known to whom, and as nobody else", async () => {
	const mock = server();
	const session = new Session(new Client(mock));
	void session.start();
	session.reply("ana", "ben", "typed outside");
	session.reply("olga", "ben", "of somebody else");
	expect(said(session)).toEqual([]);
	await vi.advanceTimersByTimeAsync(50);
	expect(said(session)).toContain("typed outside");
	expect(said(session)).not.toContain("of somebody else");
	session.reply("ana", "pedro", "to somebody unknown");
	expect(session.live.get().drafts.get("pedro")?.text).toBe("to somebody unknown");
});

it("says where its person is, and again when the server has forgotten it", async () => {
	const mock = server();
	const session = await started(mock);
	void session.setLocation("Room 4");
	await vi.advanceTimersByTimeAsync(50);
	expect(mock.snapshot().me).toMatchObject({ location: "Room 4", utcOffsetMinutes: -new Date().getTimezoneOffset() });
	const next = server();
	const again = await started(next);
	expect(next.snapshot().me.location).toBe("Room 4");
	expect(again.live.get().me?.location).toBe("Room 4");
});

it("takes a message of which it isn't known whether it arrives for unsent, until that is known", async () => {
	const mock = server();
	const session = await started(mock);
	expect(session.hasUnsent()).toBe(false);
	session.write(ben, "are you there?");
	await vi.advanceTimersByTimeAsync(1_000);
	const sent = session.live.get().talks.get("ben")?.messages.at(-1);
	if (sent?.text !== "are you there?") throw new Error("it was not sent");
	// The other's program rings, and the server holds it until that is answered.
	mock.tell({ type: "message", message: { ...sent, delivery: "sending" } });
	expect(session.live.get().outbox).toEqual([]);
	expect(session.hasUnsent()).toBe(true);
	mock.tell({ type: "message", message: sent });
	expect(session.hasUnsent()).toBe(false);
});

it("sends what a tab left that was closed without a connection, once there is one, and only once", async () => {
	const mock = server();
	const session = await started(mock);
	await vi.advanceTimersByTimeAsync(5_000);
	mock.lose();
	anotherTab();
	const standing = session.standing.get();
	const other = new Store<Live>(EMPTY);
	const tab = new Keeper(standing.at === "signedIn" ? standing.session.user.id : "", other);
	await vi.advanceTimersByTimeAsync(10);
	other.update((live) => queued(live, { clientId: "c1", to: ben, text: "from the other tab", at: Date.now() }));
	tab.stop();
	const ticking = setInterval(() => session.tick(), 5_000);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(session.live.get().outbox).toEqual([]);
	mock.reachable = true;
	await vi.advanceTimersByTimeAsync(60_000);
	clearInterval(ticking);
	expect(session.live.get().outbox).toEqual([]);
	expect(said(session).filter((text) => text === "from the other tab")).toHaveLength(1);
});

it("takes no draft that is far too long, and keeps the one before", async () => {
	const session = await started(server());
	expect(session.draft("ben", "half")).toBe(true);
	expect(session.draft("ben", "x".repeat(5_000_000))).toBe(false);
	expect(session.live.get().drafts.get("ben")).toEqual({ text: "half" });
});

it("signs in, talks and says where its person is where nothing can be kept, and says that", async () => {
	vi.stubGlobal("localStorage", undefined);
	vi.stubGlobal("sessionStorage", undefined);
	const session = await started(server());
	await vi.advanceTimersByTimeAsync(5_000);
	session.write(ben, "all the same");
	expect(session.unkept.get()).toBe(true);
	await within(100, session.setLocation("At home"));
	session.tick();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(session.live.get().me?.location).toBe("At home");
	expect(said(session).at(-1)).toBe("all the same");
	expect(session.unkept.get()).toBe(false);
	await within(100, session.signOut());
	expect(session.standing.get()).toEqual({ at: "signedOut" });
});
