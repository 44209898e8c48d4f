import type { MockServer } from "@rapport/mock/server";
import { expect, it, vi } from "vitest";
import type { Session } from "./session";
import { ben, inBrowser, server, started } from "./testing";

inBrowser();

const BEAT = 30;

/** A page that looks every five seconds, as pages do, and a server that gives signs of life. */
async function page(): Promise<{ mock: MockServer; session: Session; sleep: (seconds: number) => Promise<void> }> {
	const mock = server(true, { beat: BEAT });
	const session = await started(mock);
	setInterval(() => session.tick(), 5_000);
	/** Time goes on, and nothing is done in it. */
	const sleep = async (seconds: number) => {
		vi.setSystemTime(Date.now() + seconds * 1000);
	};
	return { mock, session, sleep };
}

const phase = (session: Session) => session.link.get().phase;
const last = (session: Session) => session.live.get().talks.get("ben")?.messages.at(-1)?.text;

it("stays on a connection on which nothing happens but signs of life, which are no events", async () => {
	const { mock, session } = await page();
	const before = session.live.get();
	const opened = vi.spyOn(mock, "events");
	await vi.advanceTimersByTimeAsync(600_000);
	expect(opened).not.toHaveBeenCalled();
	expect(session.link.get()).toMatchObject({ phase: "up" });
	expect(session.live.get().talks).toBe(before.talks);
	mock.hear("ben", "still here");
	expect(last(session)).toBe("still here");
});

it("says that it is away when nothing has been heard for too long, and misses nothing when it is back", async () => {
	const { mock, session } = await page();
	mock.isStalled = true;
	mock.hear("ben", "into the void");
	await vi.advanceTimersByTimeAsync(60_000);
	expect(phase(session)).toBe("up");
	await vi.advanceTimersByTimeAsync(30_000);
	expect(phase(session)).not.toBe("up");
	session.write(ben, "waits");
	expect(session.live.get().outbox).toMatchObject([{ text: "waits", state: "waiting" }]);
	const opened = vi.spyOn(mock, "events");
	mock.isStalled = false;
	await vi.advanceTimersByTimeAsync(60_000);
	expect(phase(session)).toBe("up");
	expect(opened.mock.calls.map(([query]) => new URLSearchParams(query).get("after"))).toEqual([
		expect.stringMatching(/^\d+$/),
	]);
	const texts =
		session.live
			.get()
			.talks.get("ben")
			?.messages.map((one) => one.text) ?? [];
	expect(texts.slice(-2)).toEqual(["into the void", "waits"]);
	expect(mock.open).toHaveLength(1);
});

it("doubts the connection as soon as somebody looks at the page again, or the network is back", async () => {
	for (const isDue of [false, true]) {
		const { mock, session } = await page();
		mock.isStalled = true;
		await vi.advanceTimersByTimeAsync(isDue ? 40_000 : 20_000);
		expect(phase(session)).toBe("up");
		session.reconnect();
		expect(phase(session)).toBe(isDue ? "connecting" : "up");
	}
});

it("doubts the connection after sleep", async () => {
	const { mock, session, sleep } = await page();
	mock.isStalled = true;
	await sleep(50);
	const opened = vi.spyOn(session.client, "ticket");
	await vi.advanceTimersByTimeAsync(5_000);
	expect(opened).toHaveBeenCalledOnce();
	expect(phase(session)).toBe("connecting");
});

it("takes a server that promises no signs of life at its word", async () => {
	const mock = server();
	const session = await started(mock);
	setInterval(() => session.tick(), 5_000);
	await vi.advanceTimersByTimeAsync(600_000);
	session.reconnect();
	expect(phase(session)).toBe("up");
});
