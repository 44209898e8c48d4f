import { expect, expectTypeOf, it } from "vitest";
import { Client } from "./client";
import type { Answered, Given, Operation, PathOf } from "./described";
import type { Request } from "./transport";
import type { FoundPeople, Group } from "./types";

it("a request takes and gives what the server's description says of it, or doesn't compile", () => {
	expectTypeOf<Answered<"GET", "/people">>().toEqualTypeOf<FoundPeople>();
	expectTypeOf<Answered<"POST", "/groups">>().toEqualTypeOf<Group>();
	expectTypeOf<Answered<"DELETE", "/groups/{id}">>().toEqualTypeOf<undefined>();
	expectTypeOf<Given<Operation<"PATCH", "/groups/{id}">>>().toHaveProperty("path").toEqualTypeOf<{ id: string }>();
	expectTypeOf<{ body: { name: string } }>().toExtend<Given<Operation<"POST", "/groups">>>();
	expectTypeOf<{ body: { title: string } }>().not.toExtend<Given<Operation<"POST", "/groups">>>();
	expectTypeOf<{ query: { limit: number } }>().not.toExtend<Given<Operation<"GET", "/people">>>();
	expectTypeOf<"/people">().toExtend<PathOf<"GET">>();
	expectTypeOf<"/people">().not.toExtend<PathOf<"POST">>();
	expectTypeOf<"/persons">().not.toExtend<PathOf<"GET">>();
});

it("what varies in a path is escaped, and what isn't known is not asked for", async () => {
	const asked: string[] = [];
	const client = new Client({
		request: async ({ method, path, body }: Request) => {
			asked.push(`${method} ${path} ${JSON.stringify(body) ?? ""}`);
			return { status: 200, body: { messages: [], conversations: [], more: false } };
		},
		events: () => ({ send: () => false, close: () => undefined }),
	});
	await client.setContact("a/b?c@one.example", ["1"], "");
	await client.find("ann & ben");
	await client.history({ with: "p1" }, undefined);
	await client.conversationsKept();
	await client.deleteHistory();
	await client.signOut();
	expect(asked).toEqual([
		'PUT /contacts/a%2Fb%3Fc%40one.example {"groups":["1"],"alias":""}',
		"GET /people?q=ann+%26+ben&limit=20 ",
		"GET /history?with=p1&limit=50 ",
		"GET /history?limit=50 ",
		"DELETE /history ",
		"DELETE /session ",
	]);
});
