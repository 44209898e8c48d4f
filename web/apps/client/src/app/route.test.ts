import { expect, it } from "vitest";
import { type Route, toFind } from "./route";

const talk: Route = { page: "conversation", person: "ben", panel: "conversations" };

it("finds from everywhere, and leaves a conversation open where there is room beside it", () => {
	expect(toFind({ ...talk, panel: "contacts" }, { hasList: true, hasBox: true })).toBeUndefined();
	expect(toFind(talk, { hasList: true, hasBox: false })).toEqual({ ...talk, panel: "contacts" });
	// On a phone there is one at a time.
	expect(toFind(talk, { hasList: false, hasBox: false })).toEqual({ page: "list", panel: "contacts" });
	const contacts = { page: "list", panel: "contacts" };
	expect(toFind({ page: "list", panel: "conversations" }, { hasList: true, hasBox: false })).toEqual(contacts);
	expect(toFind({ page: "history", person: undefined }, { hasList: false, hasBox: false })).toEqual(contacts);
});
