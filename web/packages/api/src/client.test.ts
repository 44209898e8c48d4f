import { expect, it } from "vitest";
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
