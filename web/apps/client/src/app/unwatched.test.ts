import { Store } from "@rapport/live/store";
import { expect, it, vi } from "vitest";
import { inBrowser, server, started, within } from "./testing";
import { ASK_EVERY, askOfUnwatched, calledBy } from "./unwatched";

inBrowser();

async function begun() {
	const mock = server();
	const session = await started(mock);
	const awaited = new Store<ReadonlySet<string>>(new Set(["nils"]));
	const answers: string[] = [];
	const asks = { now: true };
	const unwatched = askOfUnwatched({
		session,
		awaited,
		isAsking: () => asks.now,
		onAnswer: ({ person, availability }) => answers.push(`${person} ${availability}`),
	});
	const presence = vi.spyOn(session.client, "presence");
	// No event tells of it.
	mock.presence.set("nils", { person: "nils", availability: "available", capabilities: [], known: true });
	return { mock, session, awaited, answers, asks, unwatched, presence };
}

it("asks now and then about who is awaited and isn't on the list, and about nobody else", async () => {
	const { awaited, answers, presence, unwatched } = await begun();
	await vi.advanceTimersByTimeAsync(ASK_EVERY + 100);
	expect(answers.at(-1)).toBe("nils available");
	awaited.set(new Set(["ben"]));
	presence.mockClear();
	await vi.advanceTimersByTimeAsync(2 * ASK_EVERY);
	expect(presence).not.toHaveBeenCalled();
	awaited.set(new Set(["nils", "ben"]));
	expect(presence.mock.calls).toEqual([["nils"]]);
	unwatched.stop();
	const told = answers.length;
	await vi.advanceTimersByTimeAsync(2 * ASK_EVERY);
	expect(answers).toHaveLength(told);
});

it("asks nothing without a connection, nor where another window does, and at once when that is over", async () => {
	const { mock, session, answers, asks, presence, unwatched } = await begun();
	mock.lose();
	presence.mockClear();
	await vi.advanceTimersByTimeAsync(2 * ASK_EVERY);
	expect(presence).not.toHaveBeenCalled();
	mock.reachable = true;
	answers.length = 0;
	session.reconnect();
	await vi.advanceTimersByTimeAsync(200);
	expect(answers).toEqual(["nils available"]);
	asks.now = false;
	presence.mockClear();
	await vi.advanceTimersByTimeAsync(2 * ASK_EVERY);
	expect(presence).not.toHaveBeenCalled();
	asks.now = true;
	unwatched.ask();
	expect(presence).toHaveBeenCalledTimes(1);
});

it("knows how somebody is called of whom nothing else is known here", async () => {
	const { session } = await begun();
	expect(await within(50, calledBy(session, "nils"))).toBe("Nils Berg");
	expect(await calledBy(session, "ben")).toBe("Ben Okafor");
});
