/** The events of the WebSocket, as the server describes them: each names the whole new value of what changed. */

import type { components } from "./generated/events";
import type { Read } from "./types";

type Event = Read<components["schemas"]["Event"]>;

export type Hello = Extract<Event, { type: "hello" }> & { readonly seq: number };

export type Change = Exclude<Event, { type: "hello" }>;

export type ServerEvent = Change & { readonly seq: number };

export type Frame = Hello | ServerEvent;

/** The server is still there: no event, and in no stream. */
export type Beat = Read<components["schemas"]["Pulse"]>;

/** What a browser may say on the WebSocket. */
export type ClientFrame = Read<components["schemas"]["Said"]>;

/** Close codes of the WebSocket. */
export const CLOSED = { goingAway: 1001, refused: 1008, signedOut: 4001, tooSlow: 4002 } as const;
