import { expect, it } from "vitest";
import {
	discarded,
	drafted,
	failed,
	isWritten,
	kept,
	leftOver,
	nextToSend,
	noted,
	postponed,
	queued,
	restored,
	sending,
} from "./outbox";
import { EMPTY } from "./state";

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
	expect(ids(nextToSend(failed(three, "1", { code: "gone", title: "" })))).toEqual(["3"]);
});

it("sends again, under the same id, what a lost connection has left in doubt", () => {
	expect(ids(nextToSend(postponed(sending(three, "1"), "1")))).toEqual(["1", "3"]);
});

it("survives a reload: what was under way waits again, what has failed says so still", () => {
	const before = drafted(failed(sending(three, "1"), "3", { code: "offline", title: "t" }), "ben", "draft");
	const after = restored(EMPTY, kept(before));
	expect(after.outbox.map((one) => [one.clientId, one.state])).toEqual([
		["1", "waiting"],
		["2", "waiting"],
		["3", "failed"],
	]);
	expect(after.drafts.get("ben")).toEqual({ text: "draft" });
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
		expect(restored(EMPTY, text)).toMatchObject({ outbox: [] });
		expect(restored(EMPTY, text).drafts.size).toBe(0);
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
	expect(restored(EMPTY, kept(bold)).drafts.get("ben")).toEqual({ text: "bold", html: "<b>bold</b>" });
	expect(drafted(bold, "ben", "").drafts.size).toBe(0);
	const formatted = queued(EMPTY, { clientId: "9", to: ben, text: "bold", html: "<b>bold</b>", at: 1 });
	expect(discarded(formatted, "9").drafts.get("ben")).toEqual({ text: "bold", html: "<b>bold</b>" });
});

it("keeps a note that the server hasn't taken over a reload, to be sent then, unless there is a later one", () => {
	const late = noted(EMPTY, { text: "Back at 3", state: "late" });
	expect([isWritten(late), isWritten(noted(late, undefined)), isWritten(EMPTY)]).toEqual([true, false, false]);
	expect(restored(EMPTY, kept(late)).note).toEqual({ text: "Back at 3", state: "waiting" });
	const later = noted(EMPTY, { text: "Back at 4", state: "sending" });
	expect(restored(later, kept(late)).note).toEqual(later.note);
	expect(leftOver(later, kept(late))).toBeUndefined();
	expect(restored(EMPTY, '{"outbox":[],"drafts":[],"note":7}').note).toBeUndefined();
	// An empty one takes away what stands there.
	expect(restored(EMPTY, kept(noted(EMPTY, { text: "", state: "late" }))).note?.text).toBe("");
});
