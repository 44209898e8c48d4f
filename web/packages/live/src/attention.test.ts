import { expect, it } from "vitest";
import { allowed, isOfferDue, lookedAt } from "./attention";
import { EMPTY, type Live } from "./state";

const me = (availability: "available" | "doNotDisturb"): NonNullable<Live["me"]> => ({
	id: "me",
	address: "me@example.com",
	displayName: "Me",
	availability,
	chosen: "automatic",
	note: "",
	location: "",
});
const with_ = (settings: Partial<Live["settings"]>) => ({ ...EMPTY, settings: { ...EMPTY.settings, ...settings } });

it("tells nothing in Do Not Disturb, by sound or by notification, of whom the server wouldn't let through", () => {
	const quiet = { ...EMPTY, me: me("doNotDisturb") };
	for (const level of [undefined, "personal", "company", "public", "blocked"] as const) {
		expect(allowed(quiet, level), level).toEqual({ sound: false, notice: false, words: false });
	}
	expect(allowed({ ...EMPTY, me: me("available") })).toEqual({ sound: true, notice: true, words: true });
});

it("shows what the Team says in Do Not Disturb, without a sound, and as it is set", () => {
	const quiet = { me: me("doNotDisturb") };
	expect(allowed({ ...EMPTY, ...quiet }, "team")).toEqual({ sound: false, notice: true, words: true });
	const wordless = with_({ showWordsInNotifications: false });
	expect(allowed({ ...wordless, ...quiet }, "team")).toEqual({ sound: false, notice: true, words: false });
	const none = with_({ notifications: false });
	expect(allowed({ ...none, ...quiet }, "team")).toEqual({ sound: false, notice: false, words: false });
});

it("shows no notification, and no words, where they are switched off", () => {
	expect(allowed(with_({ notifications: false }))).toEqual({ sound: true, notice: false, words: false });
	expect(allowed(with_({ showWordsInNotifications: false }))).toEqual({ sound: true, notice: true, words: false });
	expect(allowed(with_({ sounds: false })).sound).toBe(false);
});

it("knows what is looked at in any window, until that window loses the focus or another has it", () => {
	const one = lookedAt(undefined, { window: "a", hasFocus: true, person: "ben" });
	expect(one?.person).toBe("ben");
	// Another that hadn't the focus loses nothing of it.
	expect(lookedAt(one, { window: "b", hasFocus: false })).toBe(one);
	expect(lookedAt(one, { window: "a", hasFocus: false })).toBeUndefined();
	expect(lookedAt(one, { window: "b", hasFocus: true, person: undefined })?.person).toBeUndefined();
});

it("asks for notifications once, after the first message, and not of whom doesn't want them", () => {
	const first = { permission: "default", isAnswered: false, hasHeard: true };
	expect(isOfferDue(EMPTY, first)).toBe(true);
	expect(isOfferDue(EMPTY, { ...first, hasHeard: false })).toBe(false);
	expect(isOfferDue(EMPTY, { ...first, isAnswered: true })).toBe(false);
	expect(isOfferDue(EMPTY, { ...first, permission: "denied" })).toBe(false);
	expect(isOfferDue(with_({ notifications: false }), first)).toBe(false);
	expect(isOfferDue({ ...EMPTY, me: me("doNotDisturb") }, first)).toBe(false);
});
