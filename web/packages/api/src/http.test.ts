import { beforeEach, expect, it, vi } from "vitest";
import { httpTransport } from "./http";

/** A socket as browsers have it: what is sent before it is open is a fault, and what is sent after it is lost. */
class Socket {
	static readonly OPEN = 1;
	static last: Socket;
	readyState = 0;
	onmessage?: (event: { data: string }) => void;
	onclose?: (event: { code: number; reason: string }) => void;
	readonly sent: string[] = [];

	constructor(
		readonly url: string,
		readonly protocol: string,
	) {
		Socket.last = this;
	}

	open(): void {
		this.readyState = 1;
	}

	hear(text: string): void {
		this.onmessage?.({ data: text });
	}

	send(text: string): void {
		if (this.readyState === 0) throw new DOMException("not yet", "InvalidStateError");
		this.sent.push(text);
	}

	close(): void {
		this.readyState = 3;
		this.onclose?.({ code: 1006, reason: "" });
	}
}

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal("WebSocket", Socket);
	return () => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	};
});

function events() {
	const closed: number[] = [];
	const stream = httpTransport("https://im.example").events("ticket=t", {
		onFrame: () => undefined,
		onClosed: (code) => closed.push(code),
	});
	return { stream, closed, socket: Socket.last };
}

it("tells what could be said, and what could not", () => {
	const { stream, socket } = events();
	expect(socket.url).toBe("wss://im.example/api/v1/events?ticket=t");
	expect(stream.send({ type: "activity", active: false })).toBe(false);
	socket.open();
	expect(stream.send({ type: "activity", active: true })).toBe(true);
	socket.close();
	expect(stream.send({ type: "activity", active: false })).toBe(false);
	expect(socket.sent).toEqual(['{"type":"activity","active":true}']);
});

it("gives up a socket that doesn't open, or on which nothing comes, and none that has begun", () => {
	for (const begin of [() => undefined, (socket: Socket) => socket.open()]) {
		const { closed, socket } = events();
		begin(socket);
		vi.advanceTimersByTime(19_000);
		expect(closed).toEqual([]);
		vi.advanceTimersByTime(1_000);
		expect(closed).toEqual([1006]);
	}
	const other = events();
	other.socket.open();
	other.socket.hear('{"type":"hello","stream":"s","seq":0,"resumed":false}');
	vi.advanceTimersByTime(600_000);
	expect(other.closed).toEqual([]);
});

it("tells what the server's clock showed, where it says so", async () => {
	const answers = [new Response("{}", { headers: { date: "Thu, 01 Jan 2026 12:00:00 GMT" } }), new Response("")];
	vi.stubGlobal("fetch", () => Promise.resolve(answers.shift()));
	const { request } = httpTransport("https://im.example");
	expect((await request({ method: "GET", path: "/session" })).at).toBe(Date.UTC(2026, 0, 1, 12));
	expect(await request({ method: "GET", path: "/session" })).not.toHaveProperty("at");
});
