import { expect, it } from "vitest";
import { grantedTo } from "./wish";

const answer = (query: string, ...ids: string[]) => ({ query, people: ids.map((id) => ({ id })) });

it("talks to the first who was found for what is typed", () => {
	expect(grantedTo({ query: "okaf", to: "talk" }, "okaf", answer("okaf", "ben", "olga"))).toBe("ben");
});

it("waits for the answer to what is typed, whoever was found for the letters before", () => {
	expect(grantedTo({ query: "okaf", to: "talk" }, "okaf", answer("o", "olga"))).toBeUndefined();
	expect(grantedTo({ query: "okaf", to: "talk" }, "okaf", undefined)).toBeUndefined();
});

it("forgets a wish when something else is typed", () => {
	expect(grantedTo({ query: "o", to: "talk" }, "okaf", answer("okaf", "ben"))).toBeUndefined();
});

it("talks to nobody when nobody was found", () => {
	expect(grantedTo({ query: "zzz", to: "talk" }, "zzz", answer("zzz"))).toBeUndefined();
});
