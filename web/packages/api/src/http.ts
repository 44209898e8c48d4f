/** The transport of browsers: `fetch` and `WebSocket`, named here alone. */

import type { Beat, Frame } from "./events";
import { type Answer, type EventStream, type Transport, Unreachable } from "./transport";

const BASE = "/api/v1";

/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000;

export function httpTransport(origin: string): Transport {
	return {
		request: async ({ method, path, body, csrf }) => {
			const headers: Record<string, string> = { accept: "application/json" };
			if (body !== undefined) headers["content-type"] = "application/json";
			if (csrf !== undefined) headers["x-rapport-csrf"] = csrf;
			let response: Response;
			try {
				response = await fetch(`${origin}${BASE}${path}`, {
					method,
					headers,
					credentials: "same-origin",
					cache: "no-store",
					redirect: "error",
					signal: AbortSignal.timeout(PATIENCE),
					...(body === undefined ? {} : { body: JSON.stringify(body) }),
				});
			} catch {
				throw new Unreachable();
			}
			return read(response);
		},
		events: (query, handlers) => {
			const url = `${origin.replace(/^http/, "ws")}${BASE}/events?${query}`;
			const socket = new WebSocket(url, "rapport.v1");
			// A browser waits for minutes by itself, and for ever once the socket is open.
			const timer = setTimeout(() => socket.close(), PATIENCE);
			socket.onmessage = (event) => {
				clearTimeout(timer);
				const frame = parse(event.data);
				if (frame) handlers.onFrame(frame);
				else socket.close(4003, "not understood");
			};
			socket.onclose = (event) => {
				clearTimeout(timer);
				handlers.onClosed(event.code, event.reason);
			};
			const stream: EventStream = {
				send: (frame) => {
					if (socket.readyState !== WebSocket.OPEN) return false;
					socket.send(JSON.stringify(frame));
					return true;
				},
				close: () => socket.close(1000),
			};
			return stream;
		},
	};
}

async function read(response: Response): Promise<Answer> {
	const text = await response.text().catch(() => {
		throw new Unreachable();
	});
	const date = Date.parse(response.headers.get("date") ?? "");
	const head = { status: response.status, ...(Number.isNaN(date) ? {} : { at: date }) };
	if (text === "") return { ...head, body: undefined };
	// One value, that is: lines of JSON are text for whoever asked for them.
	if (!/\/(?:[\w.-]+\+)?json\b/.test(response.headers.get("content-type") ?? "")) return { ...head, body: text };
	try {
		return { ...head, body: JSON.parse(text) };
	} catch {
		throw new Unreachable();
	}
}

/** A frame, if that is what it is; its fields are the server's word. */
function parse(data: unknown): Frame | Beat | undefined {
	if (typeof data !== "string") return undefined;
	try {
		const value: unknown = JSON.parse(data);
		const isFrame = typeof value === "object" && value !== null && "type" in value && "seq" in value;
		return isFrame ? (value as Frame | Beat) : undefined;
	} catch {
		return undefined;
	}
}
