import type { Conversation, Message, Snapshot } from "@rapport/api/types";
import { describe, expect, it } from "vitest";
import { apply, TYPING_LASTS, typingAt, withMessages } from "./apply";
import { drafted, queued } from "./outbox";
import { conversationWith, EMPTY, FIRST_SETTINGS, unreadOf } from "./state";

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
			note: "",
		},
		groups: [],
		contacts: [],
		presence: [],
		incoming: [],
		conversations: [conversation("c1")],
		endpoints: [],
		settings: FIRST_SETTINGS,
		limits: { contacts: 250, groups: 64, watchers: 0, messageBytes: 8192, note: 500 },
		...change,
	};
}

const started = apply(EMPTY, { type: "snapshot", snapshot: snapshot() }, 0);

describe("apply", () => {
	it("keeps each message once, in the order of their times", () => {
		let live = started;
		for (const one of [message("b", 2), message("a", 1), message("b", 2)]) {
			live = apply(live, { type: "message", message: one }, 0);
		}
		expect(live.talks.get("ben")?.messages.map((one) => one.id)).toEqual(["a", "b"]);
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
		expect(live.drafts.get("chloe")).toBe("half a sen");
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
		const many = Array.from({ length: 501 }, (_, n) => message(`m${n}`, n));
		const live = withMessages(started, "ben", many, false);
		expect(live.talks.get("ben")).toMatchObject({ hasEarlier: true });
		expect(live.talks.get("ben")?.messages[0]?.id).toBe("m1");
	});
});
