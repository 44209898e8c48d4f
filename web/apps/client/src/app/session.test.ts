import { Client } from "@rapport/api/client";
import { MockServer } from "@rapport/mock/server";
import { beforeEach, expect, it, vi } from "vitest";
import { Session } from "./session";

class Kept {
	readonly #values = new Map<string, string>();
	getItem = (key: string) => this.#values.get(key) ?? null;
	setItem(key: string, value: string): void {
		this.#values.set(key, value);
		Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
	}
	removeItem(key: string): void {
		this.#values.delete(key);
		Reflect.deleteProperty(this, key);
	}
}

const ben = { id: "ben", address: "ben@lindblad.example", displayName: "Ben Okafor" };
const now = Date.UTC(2026, 0, 1);

function server(): MockServer {
	return new MockServer({ now: () => Date.now(), delay: 1, signedIn: true, empty: false, alive: false, keeps: true });
}

async function started(mock: MockServer): Promise<Session> {
	const session = new Session(new Client(mock));
	void session.start();
	await vi.advanceTimersByTimeAsync(50);
	return session;
}

const said = (session: Session) =>
	session.live
		.get()
		.talks.get("ben")
		?.messages.map((one) => one.text) ?? [];

beforeEach(() => {
	vi.useFakeTimers({ now });
	vi.stubGlobal("localStorage", new Kept());
	vi.stubGlobal("sessionStorage", new Kept());
	vi.stubGlobal("navigator", { languages: ["en"] });
	return () => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	};
});

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
	if (failed) await Promise.all([session.resend(ben, failed), vi.advanceTimersByTimeAsync(100)]);
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
