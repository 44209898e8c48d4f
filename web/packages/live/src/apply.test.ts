import type { Change } from "@rapport/api/events";
import type { Conversation, Message, Snapshot } from "@rapport/api/types";
import { describe, expect, it } from "vitest";
import {
	answered,
	apply,
	KEPT,
	letGo,
	MOST,
	TYPING_LASTS,
	typingAt,
	withMessages,
	withoutMessages,
	withPage,
} from "./apply";
import { drafted, isUnderWay, kept, queued } from "./outbox";
import { conversationWith, EMPTY, FIRST_SETTINGS, type Live, unreadOf } from "./state";

const ben = { id: "ben", address: "ben@example.com", displayName: "Ben" };

function conversation(id: string, change: Partial<Conversation> = {}): Conversation {
	return { id, with: ben, state: "open", startedAt: "2026-01-01T00:00:00.000Z", unread: 0, ...change };
}

function message(id: string, at: number, change: Partial<Message> = {}): Message {
	const time = new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString();
	const base = { id, conversation: "c1", from: "ben", at: time, direction: "in", text: id, delivery: "sent" } as const;
	return { ...base, ...change };
}

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
	return {
		stream: "s",
		seq: 1,
		me: {
			id: "me",
			address: "me@example.com",
			displayName: "Me",
			availability: "available",
			chosen: "automatic",
			location: "",
			note: "",
		},
		groups: [],
		contacts: [],
		presence: [],
		incoming: [],
		conversations: [conversation("c1")],
		endpoints: [],
		settings: FIRST_SETTINGS,
		historyMark: "",
		limits: { contacts: 250, groups: 64, watchers: 0, messageBytes: 8192, note: 500, idleMinutes: 5, awayMinutes: 20 },
		...change,
	};
}

const started = apply(EMPTY, { type: "snapshot", snapshot: snapshot() }, 0);

describe("apply", () => {
	it("keeps what was said over a new stream unless some of it was deleted meanwhile, and what is under way anyhow", () => {
		const under = message("m3", 3, { direction: "out", from: "me", delivery: "sending", clientId: "c3" });
		const before = withMessages(started, "ben", [message("m1", 1), message("m2", 2), under], false);
		const shown = (mark: string) => apply(before, { type: "snapshot", snapshot: snapshot({ historyMark: mark }) }, 0);
		expect(shown("").talks.get("ben")).toEqual({ messages: before.talks.get("ben")?.messages });
		// Nobody can tell which: it is asked for again.
		expect(shown("a").talks.get("ben")).toEqual({ messages: [under] });
		expect(shown("a").historyMark).toBe("a");
		// What was told is done.
		const told = apply(before, { type: "historyGone", message: "m1", mark: "a" }, 0);
		const again = apply(told, { type: "snapshot", snapshot: snapshot({ historyMark: "a" }) }, 0);
		expect(again.talks.get("ben")?.messages.map((one) => one.id)).toEqual(["m2", "m3"]);
	});

	it("keeps each message once, in the order of their times", () => {
		let live = started;
		for (const one of [message("b", 2), message("a", 1), message("b", 2)]) {
			live = apply(live, { type: "message", message: one }, 0);
		}
		expect(live.talks.get("ben")?.messages.map((one) => one.id)).toEqual(["a", "b"]);
	});

	it("isn't told by a late answer that a message is under way which has failed meanwhile", () => {
		const sent = message("a", 1, { direction: "out", from: "me", delivery: "sending" });
		const failed = apply(started, { type: "message", message: { ...sent, delivery: "failed" } }, 0);
		expect(answered(failed, "ben", sent).talks.get("ben")?.messages).toMatchObject([{ id: "a", delivery: "failed" }]);
		expect(answered(started, "ben", sent).talks.get("ben")?.messages).toMatchObject([{ delivery: "sending" }]);
	});

	it("shows a message once that a server which was killed has given another id", () => {
		const own = { direction: "out", from: "me", clientId: "x" } as const;
		const before = message("m1", 1, { ...own, delivery: "sending" });
		let live = withMessages(started, "ben", [before, message("m2", 2)]);
		live = withMessages(live, "ben", [message("m9", 3, own)]);
		expect(live.talks.get("ben")?.messages.map(({ id, delivery }) => [id, delivery])).toEqual([
			["m2", "sent"],
			["m9", "sent"],
		]);
		// Another's message is theirs, whatever it is called.
		live = withMessages(live, "ben", [message("m4", 4, { clientId: "x" })]);
		expect(live.talks.get("ben")?.messages).toHaveLength(3);
	});

	it("replaces a message whose delivery has changed", () => {
		const sent = message("a", 1, { direction: "out", from: "me", delivery: "sending" });
		let live = apply(started, { type: "message", message: sent }, 0);
		live = apply(live, { type: "message", message: { ...sent, delivery: "failed" } }, 0);
		expect(live.talks.get("ben")?.messages).toMatchObject([{ id: "a", delivery: "failed" }]);
	});

	it("takes a message out of the outbox when it has arrived, by whichever way it is heard of", () => {
		const waiting = queued(started, { clientId: "x", to: ben, text: "hello", at: 5 });
		const arrived = message("m", 6, { direction: "out", from: "me", clientId: "x" });
		const live = apply(waiting, { type: "message", message: arrived }, 0);
		expect(live.outbox).toEqual([]);
		expect(live.talks.get("ben")?.messages).toHaveLength(1);
	});

	it("keeps what was written here when everything else is told anew", () => {
		let live = queued(drafted(started, "chloe", "half a sen"), { clientId: "x", to: ben, text: "hello", at: 5 });
		live = apply(live, { type: "message", message: message("a", 1) }, 0);
		live = apply(live, { type: "snapshot", snapshot: snapshot({ stream: "other", conversations: [] }) }, 0);
		expect(live.outbox).toHaveLength(1);
		expect(live.drafts.get("chloe")).toEqual({ text: "half a sen" });
		expect(live.talks.get("ben")?.messages).toHaveLength(1);
		expect(live.conversations.size).toBe(0);
	});

	it("adds up what is unread, and finds the conversation that is going on", () => {
		let live = apply(
			started,
			{ type: "conversation", conversation: conversation("c0", { state: "ended", unread: 1 }) },
			0,
		);
		live = apply(live, { type: "conversation", conversation: conversation("c2", { state: "ringing", unread: 2 }) }, 0);
		live = apply(live, { type: "conversation", conversation: conversation("c1", { state: "ended" }) }, 0);
		expect(unreadOf(live)).toBe(3);
		expect(conversationWith(live, "ben")?.id).toBe("c2");
	});

	it("believes that somebody types until a message comes, or nothing is heard for a while", () => {
		const typing = apply(started, { type: "typing", conversation: "c1", person: "ben", typing: true }, 1000);
		expect(typingAt(typing, 1000 + TYPING_LASTS - 1).typing.has("ben")).toBe(true);
		expect(typingAt(typing, 1000 + TYPING_LASTS).typing.has("ben")).toBe(false);
		expect(apply(typing, { type: "message", message: message("a", 1) }, 2000).typing.has("ben")).toBe(false);
	});

	it("changes nothing of the value that it was given", () => {
		const before = JSON.stringify([...started.presence]);
		const presence = [{ person: "ben", availability: "busy", capabilities: [], known: true } as const];
		expect(apply(started, { type: "presence", presence }, 0).presence.get("ben")?.availability).toBe("busy");
		expect(JSON.stringify([...started.presence])).toBe(before);
	});

	it("knows that there are earlier messages when it has let some go", () => {
		const many = Array.from({ length: KEPT + 1 }, (_, n) => message(`m${n}`, n));
		const live = withMessages(started, "ben", many);
		expect(live.talks.get("ben")).toMatchObject({ hasEarlier: true });
		expect(live.talks.get("ben")?.messages[0]?.id).toBe("m1");
	});

	it("has the whole new value of whatever an event names, and leaves the rest as it was", () => {
		const me = { ...snapshot().me, note: "away", chosen: "away" } as const;
		const group = { id: "g", name: "Team", order: 1, isFixed: false };
		const contact = { person: ben, groups: ["g"], isFavourite: true, gone: false };
		const endpoint = {
			id: "e",
			label: "Pidgin",
			kind: "desktop",
			signedInAt: "2026-01-05T08:00:00.000Z",
			availability: "away",
			isThis: false,
		} as const;
		const settings = { ...FIRST_SETTINGS, theme: "dark" } as const;
		const cases: readonly [Change, Partial<Live>][] = [
			[{ type: "me", me }, { me }],
			[{ type: "groups", groups: [group] }, { groups: [group] }],
			[{ type: "contactSet", contact }, { contacts: new Map([["ben", contact]]) }],
			[{ type: "adder", adder: { person: ben } }, { incoming: [{ person: ben }] }],
			[{ type: "endpoints", endpoints: [endpoint] }, { endpoints: [endpoint] }],
			[{ type: "settings", settings }, { settings }],
			[{ type: "conversationGone", conversation: "c1" }, { conversations: new Map() }],
			[{ type: "signedOut", reason: "replaced" }, { signedOut: "replaced" }],
		];
		for (const [event, change] of cases)
			expect(apply(started, event, 0), event.type).toEqual({ ...started, ...change });
	});

	it("says no more of a contact, of who added one and of a conversation that are gone, and takes it if they are not", () => {
		const contact = { person: ben, groups: [], isFavourite: false, gone: false };
		let live = apply(started, { type: "contactSet", contact }, 0);
		live = apply(live, { type: "adder", adder: { person: ben } }, 0);
		live = apply(live, { type: "adder", adder: { person: ben } }, 0);
		expect(live.incoming).toHaveLength(1);
		const gone: readonly Change[] = [
			{ type: "contactGone", person: "ben" },
			{ type: "adderGone", person: "ben" },
			{ type: "conversationGone", conversation: "c1" },
		];
		for (const event of gone) live = apply(live, event, 0);
		expect([live.contacts.size, live.incoming.length, live.conversations.size]).toEqual([0, 0, 0]);
		for (const event of gone) expect(apply(live, event, 0)).toEqual(live);
	});

	it("has the last message that a conversation names, also when its event was missed", () => {
		const last = message("m", 3);
		const live = apply(started, { type: "conversation", conversation: conversation("c1", { lastMessage: last }) }, 0);
		expect(live.talks.get("ben")?.messages).toEqual([last]);
		const told = apply(
			started,
			{ type: "snapshot", snapshot: snapshot({ conversations: [conversation("c1", { lastMessage: last })] }) },
			0,
		);
		expect(told.talks.get("ben")?.messages).toEqual([last]);
	});

	it("finds whose a message is by its conversation, by who wrote it, or by what is known of it; else it is nobody's", () => {
		const out = message("m", 1, { conversation: "c9", direction: "out", from: "me" });
		expect(apply(started, { type: "message", message: out }, 0)).toBe(started);
		const known = withMessages(started, "ben", [{ ...out, delivery: "sending" }]);
		expect(apply(known, { type: "message", message: out }, 0).talks.get("ben")?.messages).toEqual([out]);
		const heard = apply(started, { type: "message", message: message("n", 1, { conversation: "c9", from: "eve" }) }, 0);
		expect(heard.talks.get("eve")?.messages).toHaveLength(1);
	});

	it("stops believing that somebody types when they say so", () => {
		const typing = (is: boolean): Change => ({ type: "typing", conversation: "c1", person: "ben", typing: is });
		const live = apply(apply(started, typing(true), 0), typing(false), 1);
		expect(live.typing.size).toBe(0);
		expect(typingAt(live, 0)).toBe(live);
	});
});

describe("a snapshot after a resumption that failed", () => {
	const page = (from: number, count: number, more: boolean) => ({
		messages: Array.from({ length: count }, (_, n) => message(`m${from + n}`, from + n)),
		more,
	});

	it("is the whole of what the server says: nothing of before is left that it doesn't name", () => {
		let live = apply(
			started,
			{ type: "contactSet", contact: { person: ben, groups: [], isFavourite: false, gone: false } },
			0,
		);
		live = apply(
			live,
			{ type: "presence", presence: [{ person: "ben", availability: "busy", capabilities: [], known: true }] },
			0,
		);
		live = apply(live, { type: "adder", adder: { person: ben } }, 0);
		live = apply(live, { type: "typing", conversation: "c1", person: "ben", typing: true }, 0);
		const after = apply(live, { type: "snapshot", snapshot: snapshot({ conversations: [] }) }, 0);
		expect([after.contacts.size, after.presence.size, after.incoming.length, after.typing.size]).toEqual([0, 0, 0, 0]);
		expect(after.ready).toBe(true);
	});

	it("is the same as a first snapshot to which the events that led to it are applied", () => {
		const contact = { person: ben, groups: ["g"], isFavourite: false, gone: false };
		const presence = { person: "ben", availability: "busy", capabilities: [], known: true } as const;
		const group = { id: "g", name: "Team", order: 1, isFixed: false };
		const events: readonly Change[] = [
			{ type: "groups", groups: [group] },
			{ type: "contactSet", contact },
			{ type: "presence", presence: [presence] },
			{ type: "conversation", conversation: conversation("c1", { unread: 1 }) },
		];
		const told = snapshot({
			groups: [group],
			contacts: [contact],
			presence: [presence],
			conversations: [conversation("c1", { unread: 1 })],
		});
		const led = events.reduce((live, event) => apply(live, event, 0), started);
		expect(led).toEqual(apply(EMPTY, { type: "snapshot", snapshot: told }, 0));
	});

	it("leaves it open whether there are earlier messages, and lets go what lies before a gap", () => {
		const before = withPage(started, "ben", page(1, 3, false), true);
		const after = apply(before, { type: "snapshot", snapshot: snapshot() }, 0);
		expect(after.talks.get("ben")?.hasEarlier).toBeUndefined();
		const met = withPage(after, "ben", page(2, 3, true), true);
		expect(met.talks.get("ben")?.messages.map((one) => one.id)).toEqual(["m1", "m2", "m3", "m4"]);
		const parted = withPage(after, "ben", page(7, 2, true), true);
		expect(parted.talks.get("ben")).toEqual({ messages: page(7, 2, true).messages, hasEarlier: true });
	});
});

describe("history", () => {
	const page = (from: number, count: number, more: boolean) => ({
		messages: Array.from({ length: count }, (_, n) => message(`m${from + n}`, from + n)),
		more,
	});

	it("comes above what is live, each message once", () => {
		let live = apply(started, { type: "message", message: message("m9", 9) }, 0);
		live = withPage(live, "ben", page(5, 5, true), true);
		live = withPage(live, "ben", page(1, 4, false), false);
		expect(
			live.talks
				.get("ben")
				?.messages.map((one) => one.id)
				.join(""),
		).toBe("m1m2m3m4m5m6m7m8m9");
		expect(live.talks.get("ben")?.hasEarlier).toBe(false);
	});

	it("stays while it is read, also beyond what is kept otherwise, and goes when the conversation is left", () => {
		let live = withPage(started, "ben", page(1000, KEPT, true), true);
		live = withPage(live, "ben", page(900, 100, false), false);
		live = apply(live, { type: "message", message: message("m5000", 5000) }, 0);
		expect(live.talks.get("ben")?.messages).toHaveLength(KEPT + 101);
		const left = letGo(live, "ben");
		expect(left.talks.get("ben")).toMatchObject({ hasEarlier: true });
		expect(left.talks.get("ben")?.messages).toHaveLength(KEPT);
		expect(letGo(left, "ben")).toBe(left);
	});

	it("is bounded, however much of it is read", () => {
		let live = started;
		for (let n = 1; n < 4; n++) live = withPage(live, "ben", page(10_000 - n * 1000, 1000, true), false);
		expect(live.talks.get("ben")?.messages).toHaveLength(MOST);
	});

	it("leaves what is under way where a history is deleted, unless it is meant by its name", () => {
		const sent = { ...message("m5", 5), direction: "out" as const, clientId: "c5" };
		const both = ["ben", "chloe"].reduce(
			(live, who) => withMessages(live, who, [message(`${who}1`, 1), { ...sent, id: `${who}5`, delivery: "sending" }]),
			started,
		);
		const ids = (live: Live) => [...live.talks.values()].map(({ messages }) => messages.map((one) => one.id).join(""));
		for (const which of [{}, { person: "ben" }]) {
			const gone = apply(both, { type: "historyGone", ...which, mark: "b" }, 0);
			expect(ids(gone)).toEqual(["ben5", which.person ? "chloe1chloe5" : "chloe5"]);
			expect(isUnderWay(gone)).toBe(true);
			expect(kept(gone)).toContain("c5");
			// What became of it is told as ever.
			const arrived = withMessages(gone, "ben", [{ ...sent, id: "ben5", delivery: "sent" }]);
			expect(arrived.talks.get("ben")?.messages).toMatchObject([{ id: "ben5", delivery: "sent" }]);
		}
		expect(ids(withoutMessages(both, { message: "ben5" }))).toEqual(["ben1", "chloe1chloe5"]);
		// What waits to be sent the server knows nothing of.
		const waits = queued(both, { clientId: "c9", to: { id: "ben", address: "b", displayName: "B" }, text: "x", at: 1 });
		expect(withoutMessages(waits, {}).outbox).toEqual(waits.outbox);
	});

	it("forgets one message, one person's, or all, and nothing else", () => {
		const chloe = withMessages(withPage(started, "ben", page(1, 3, true), true), "chloe", [message("x", 1)]);
		const ids = (live: Live) =>
			[...live.talks].map(([who, talk]) => [who, talk.messages.map((one) => one.id).join("")]);
		expect(ids(withoutMessages(chloe, { message: "m2" }))).toEqual([
			["ben", "m1m3"],
			["chloe", "x"],
		]);
		expect(withoutMessages(chloe, { message: "m2" }).talks.get("ben")?.hasEarlier).toBe(true);
		expect(ids(withoutMessages(chloe, { person: "ben" }))).toEqual([
			["ben", ""],
			["chloe", "x"],
		]);
		expect(ids(withoutMessages(chloe, {}))).toEqual([
			["ben", ""],
			["chloe", ""],
		]);
		// As when it was said, or heard, by another program: what is here stays, and is asked for again.
		const more = apply(
			{ ...chloe, talks: new Map([["ben", { messages: [], hasEarlier: false }]]) },
			{
				type: "historyMore",
				person: "ben",
			},
			0,
		);
		expect(more.talks.get("ben")).toEqual({ messages: [] });
		const unheard = apply(chloe, { type: "historyMore", person: "nobody" }, 0);
		expect(unheard).toEqual({ ...chloe, news: { person: "nobody" } });
		// As when it was deleted in another browser.
		for (const which of [{ message: "m2" }, { person: "ben" }, {}]) {
			const left = { ...withoutMessages(chloe, which), historyMark: "a", historyGone: which };
			expect(apply(chloe, { type: "historyGone", ...which, mark: "a" }, 0)).toEqual(left);
		}
	});
});

it("passes over what a newer server tells", () => {
	const event = { type: "poll", poll: { question: "Lunch?" } } as unknown as Change;
	expect(apply(started, event, 0)).toBe(started);
});
