import type { Me, Message } from "@rapport/api/types";
import { expect, it } from "vitest";
import { withMessages } from "./apply";
import {
	discarded,
	drafted,
	failed,
	isFarTooLong,
	isWritten,
	kept,
	keptAt,
	leftOver,
	met,
	newNote,
	nextToSend,
	noted,
	postponed,
	queued,
	restored,
	retried,
	sending,
} from "./outbox";
import { EMPTY, type Note } from "./state";

const ben = { id: "ben", address: "ben@example.com", displayName: "Ben" };
const chloe = { id: "chloe", address: "chloe@example.com", displayName: "Chloé" };
const ids = (messages: readonly { clientId: string }[]) => messages.map((one) => one.clientId);

const three = [
	{ clientId: "1", to: ben, text: "one", at: 1 },
	{ clientId: "2", to: ben, text: "two", at: 2 },
	{ clientId: "3", to: chloe, text: "three", at: 3 },
].reduce(queued, EMPTY);

it("sends to one person in order, and to several at once", () => {
	expect(ids(nextToSend(three))).toEqual(["1", "3"]);
	expect(ids(nextToSend(sending(three, "1")))).toEqual(["3"]);
	expect(ids(nextToSend(sending(three, "2")))).toEqual(["3"]);
});

it("holds nothing up behind a message that was refused, which goes again when its writer wants it", () => {
	const refused = failed(sending(three, "1"), "1", { code: "gone", title: "" });
	expect(ids(nextToSend(refused))).toEqual(["2", "3"]);
	expect(ids(nextToSend(retried(refused, "1")))).toEqual(["1", "3"]);
	expect(ids(nextToSend(retried(sending(refused, "2"), "1")))).toEqual(["3"]);
});

it("sends again, under the same id, what a lost connection has left in doubt", () => {
	expect(ids(nextToSend(postponed(sending(three, "1"), "1")))).toEqual(["1", "3"]);
});

it("survives a reload: what was under way waits again, what has failed says so still", () => {
	const before = drafted(failed(sending(three, "1"), "3", { code: "offline", title: "t" }), "ben", "draft");
	const after = restored(EMPTY, kept(before), 2);
	expect(after.outbox.map((one) => [one.clientId, one.state])).toEqual([
		["1", "waiting"],
		["2", "waiting"],
		["3", "failed"],
	]);
	expect(after.drafts.get("ben")).toEqual({ text: "draft" });
});

it("keeps what is under way until it is known what became of it, and sends it again after a reload", () => {
	const message: Message = {
		id: "m1",
		conversation: "t1",
		from: "ana",
		at: new Date(1_000).toISOString(),
		direction: "out",
		text: "behind an invitation",
		clientId: "1",
		delivery: "sending",
	};
	const accepted = withMessages(three, "ben", [message]);
	expect(ids(accepted.outbox)).toEqual(["2", "3"]);
	const again = restored(EMPTY, kept(accepted), 2_000);
	expect(again.outbox.map((one) => [one.clientId, one.text, one.state])).toEqual([
		["1", "behind an invitation", "waiting"],
		["2", "two", "waiting"],
		["3", "three", "waiting"],
	]);
	// Once its fate is known there is nothing to be sent again, whoever has kept it meanwhile.
	for (const delivery of ["sent", "failed"] as const) {
		const settled = withMessages(accepted, "ben", [{ ...message, delivery }]);
		expect(ids(restored(EMPTY, kept(settled), 2_000).outbox)).toEqual(["2", "3"]);
		expect(restored(settled, kept(accepted), 2_000).outbox).toEqual(settled.outbox);
	}
});

it("asks before it sends what was under way long ago, or has waited for long: it may have arrived, or not be meant", () => {
	const later = 3_600_000;
	const outbox = (now: number) => restored(EMPTY, kept(sending(three, "1")), now).outbox;
	const states = (now: number) => outbox(now).map((one) => one.reason?.code ?? one.state);
	expect(states(1 + later)).toEqual(["waiting", "waiting", "waiting"]);
	expect(states(2 + later)).toEqual(["interrupted", "waiting", "waiting"]);
	expect(states(4 + later)).toEqual(["interrupted", "waited-long", "waited-long"]);
	expect(nextToSend({ ...EMPTY, outbox: outbox(4 + later) })).toEqual([]);
	// It is the same message still, which the server takes once.
	const again = retried({ ...EMPTY, outbox: outbox(4 + later) }, "2");
	expect(nextToSend(again)).toMatchObject([{ clientId: "2", text: "two", at: 2, state: "waiting" }]);
});

it("takes in once what was kept, and leaves all as it is where there is nothing new in it", () => {
	const before = drafted(three, "ben", "half");
	const after = restored(EMPTY, kept(before), 4);
	expect(restored(after, kept(before), 4)).toBe(after);
	// What can't be taken in has its age still.
	const left = leftOver(drafted(EMPTY, "ben", "another half"), kept(before, 5));
	expect([keptAt(left ?? null), keptAt(kept(before)), keptAt(null)]).toEqual([5, undefined, undefined]);
});

it("takes no draft that is far longer than a message may be, but one that was so already may become shorter", () => {
	const most = 4 * EMPTY.limits.messageBytes;
	expect(isFarTooLong(EMPTY, "ben", "x".repeat(most))).toBe(false);
	expect(isFarTooLong(EMPTY, "ben", "x".repeat(most + 1))).toBe(true);
	expect(isFarTooLong(EMPTY, "ben", "x".repeat(most - 7), "<b>x</b>")).toBe(true);
	const long = drafted(EMPTY, "ben", "x".repeat(2 * most));
	expect(isFarTooLong(long, "ben", "x".repeat(2 * most - 1))).toBe(false);
	expect(isFarTooLong(long, "ben", "x".repeat(2 * most + 1))).toBe(true);
	expect(isFarTooLong(long, "chloe", "x".repeat(most + 1))).toBe(true);
});

it("isn't taken in by what isn't in the form that it wrote", () => {
	for (const text of [
		null,
		"",
		"{",
		"[]",
		"null",
		'{"outbox":[1,{"clientId":1}],"drafts":[["a"],[1,2],["a","b"],["a",{}],"x"]}',
	]) {
		expect(restored(EMPTY, text, 2)).toMatchObject({ outbox: [] });
		expect(restored(EMPTY, text, 2).drafts.size).toBe(0);
	}
});

it("gives a message that was given up back to its writer, unless something stands there", () => {
	expect(discarded(three, "1").drafts.get("ben")).toEqual({ text: "one" });
	expect(discarded(drafted(three, "ben", "new"), "1").drafts.get("ben")).toEqual({ text: "new" });
	expect(discarded(three, "nothing")).toBe(three);
});

it("keeps the form of a draft over a reload, and knows when only that has changed", () => {
	const plain = drafted(EMPTY, "ben", "bold");
	const bold = drafted(plain, "ben", "bold", "<b>bold</b>");
	expect(bold).not.toBe(plain);
	expect(drafted(bold, "ben", "bold", "<b>bold</b>")).toBe(bold);
	expect(restored(EMPTY, kept(bold), 2).drafts.get("ben")).toEqual({ text: "bold", html: "<b>bold</b>" });
	expect(drafted(bold, "ben", "").drafts.size).toBe(0);
	const formatted = queued(EMPTY, { clientId: "9", to: ben, text: "bold", html: "<b>bold</b>", at: 1 });
	expect(discarded(formatted, "9").drafts.get("ben")).toEqual({ text: "bold", html: "<b>bold</b>" });
});

const me: Me = {
	id: "ana",
	address: "ana@example.com",
	displayName: "Ana",
	availability: "available",
	chosen: "automatic",
	note: "Here",
	location: "",
};
const note = (text: string, state: Note["state"], more: Partial<Note> = {}): Note => {
	return { text, at: 1, replaces: ["Here"], state, ...more };
};

it("keeps a note that the server hasn't taken over a reload, to be sent then, unless there is a later one", () => {
	const late = noted(EMPTY, note("Back at 3", "late"));
	expect([isWritten(late), isWritten(noted(late, undefined)), isWritten(EMPTY)]).toEqual([true, false, false]);
	expect(restored(EMPTY, kept(late), 2).note).toEqual(note("Back at 3", "waiting"));
	const later = noted(EMPTY, note("Back at 4", "sending"));
	expect(restored(later, kept(late), 2).note).toEqual(later.note);
	expect(leftOver(later, kept(late))).toBeUndefined();
	for (const wrong of ["7", '"x"', '{"text":"x"}', '{"text":"x","at":1}', '{"text":1,"at":1,"replaces":[]}']) {
		expect(restored(EMPTY, `{"outbox":[],"drafts":[],"note":${wrong}}`, 2).note).toBeUndefined();
	}
	// An empty one takes away what stands there.
	expect(restored(EMPTY, kept(noted(EMPTY, note("", "late"))), 2).note?.text).toBe("");
});

it("says of a note after a reload still that it was refused, or that its writer is to decide", () => {
	const refused = note("no", "refused", { reason: { code: "too-large", title: "long" } });
	for (const one of [refused, note("old", "overtaken")])
		expect(restored(EMPTY, kept(noted(EMPTY, one)), 2).note).toEqual(one);
});

it("sends a note that waited in the place of what stood there, or of what was tried before it, and of nothing else", () => {
	const first = newNote({ ...EMPTY, me }, "On the train", 5);
	expect(first).toEqual({ text: "On the train", at: 5, replaces: ["Here"], state: "sending" });
	expect(met(first, "Here")?.state).toBe("late");
	expect(met(first, "On the train")).toBeUndefined();
	expect(met(first, "In Lisbon")).toEqual({ ...first, state: "overtaken" });
	const next = newNote({ ...EMPTY, me, note: { ...first, state: "late" } }, "Off the train", 6);
	expect(["Here", "On the train", "In Lisbon"].map((stands) => met(next, stands)?.state)).toEqual([
		"late",
		"late",
		"overtaken",
	]);
	// Whoever decides on it after all has seen what stands there.
	const decided = newNote(
		{ ...EMPTY, me: { ...me, note: "In Lisbon" }, note: { ...first, state: "overtaken" } },
		"x",
		7,
	);
	expect(decided.replaces).toEqual(["In Lisbon"]);
});
