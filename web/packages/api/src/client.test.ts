import { expect, it, vi } from "vitest";
import { Client } from "./client";
import type { Answer, Request } from "./transport";

const signedIn = (csrf: string, id: string): Answer => ({
	status: 200,
	body: { csrf, user: { id, address: `${id}@lindblad.example`, displayName: id, company: "Lindblad" } },
});

/** A client of somebody whose token isn't good any more, and what it asks with. */
async function stale(session: Answer): Promise<{ client: Client; asked: (string | undefined)[] }> {
	const asked: (string | undefined)[] = [];
	let now = signedIn("old", "ana");
	const request = async ({ path, csrf }: Request): Promise<Answer> => {
		if (path === "/session") return now;
		asked.push(csrf);
		if (csrf === "new") return { status: 200, body: { ticket: "t" } };
		return { status: 403, body: { type: "about:blank", status: 403, code: "csrf", title: "stale" } };
	};
	const client = new Client({
		request,
		events: () => ({ send: () => false, close: () => undefined }),
	});
	await client.session();
	now = session;
	return { client, asked };
}

it("asks once more, with the new token, where the same person has one", async () => {
	const { client, asked } = await stale(signedIn("new", "ana"));
	client.renew = () => client.session().then(() => true);
	expect(await client.ticket()).toEqual({ ticket: "t" });
	expect(asked).toEqual(["old", "new"]);
});

it("asks no more where there is none, and no third time", async () => {
	const none = await stale(signedIn("new", "ana"));
	await expect(none.client.ticket()).rejects.toMatchObject({ problem: { code: "csrf" } });
	expect(none.asked).toEqual(["old"]);
	const wrong = await stale(signedIn("old", "ana"));
	wrong.client.renew = () => wrong.client.session().then(() => true);
	await expect(wrong.client.ticket()).rejects.toMatchObject({ problem: { code: "csrf" } });
	expect(wrong.asked).toEqual(["old", "old"]);
});

it("asks nothing as somebody else that the person before has asked", async () => {
	const { client, asked } = await stale(signedIn("new", "ben"));
	client.renew = () => client.session().then(() => true);
	await expect(client.ticket()).rejects.toMatchObject({ problem: { code: "csrf" } });
	expect(asked).toEqual(["old"]);
});

it("counts a time from now by the server's clock, as answers that came quickly show it", async () => {
	vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12) });
	const halfAnHour = 30 * 60_000;
	let took = 200;
	/** The clock here is 40 minutes slow. */
	const request = async (): Promise<Answer> => {
		await vi.advanceTimersByTimeAsync(took);
		return { ...signedIn("c", "ana"), at: Math.floor(Date.now() / 1000) * 1000 + 40 * 60_000 };
	};
	const client = new Client({ request, events: () => ({ send: () => false, close: () => undefined }) });
	expect(client.inTime(halfAnHour)).toBe("2026-01-01T12:30:00.000Z");
	const isRight = () => Math.abs(Date.parse(client.inTime(halfAnHour)) - Date.now() - 70 * 60_000) <= 1_000;
	await client.session();
	expect(isRight()).toBe(true);
	took = 30_000;
	await client.session();
	expect(isRight()).toBe(true);
	vi.useRealTimers();
});
