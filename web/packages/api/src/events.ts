/** The events of the WebSocket: each names the whole new value of what changed. */

import type { Adder, Contact, Conversation, Endpoint, Group, Me, Message, Presence, Settings, Snapshot } from "./types";

export type SignedOutReason =
	| "replaced"
	| "disabled"
	| "unlicensed"
	| "company-disabled"
	| "password-changed"
	| "removed"
	| "renamed"
	| "too-many-endpoints"
	| "ended-by-you"
	| "restored";

export interface Hello {
	readonly type: "hello";
	readonly stream: string;
	readonly seq: number;
	readonly resumed: boolean;
}

export type Change =
	| { readonly type: "snapshot"; readonly snapshot: Snapshot }
	| { readonly type: "me"; readonly me: Me }
	| { readonly type: "presence"; readonly presence: readonly Presence[] }
	| { readonly type: "groups"; readonly groups: readonly Group[] }
	| { readonly type: "contactSet"; readonly contact: Contact }
	| { readonly type: "contactGone"; readonly person: string }
	| { readonly type: "adder"; readonly adder: Adder }
	| { readonly type: "adderGone"; readonly person: string }
	| { readonly type: "endpoints"; readonly endpoints: readonly Endpoint[] }
	| { readonly type: "conversation"; readonly conversation: Conversation }
	| { readonly type: "conversationGone"; readonly conversation: string }
	| { readonly type: "message"; readonly message: Message }
	| {
			readonly type: "typing";
			readonly conversation: string;
			readonly person: string;
			readonly typing: boolean;
	  }
	| { readonly type: "settings"; readonly settings: Settings }
	| { readonly type: "signedOut"; readonly reason: SignedOutReason };

export type ServerEvent = Change & { readonly seq: number };

export type Frame = Hello | ServerEvent;

/** What a browser may say on the WebSocket. */
export type ClientFrame =
	| { readonly type: "activity"; readonly active: boolean }
	| { readonly type: "seen"; readonly conversation: string; readonly message: string };

/** Close codes of the WebSocket. */
export const CLOSED = { goingAway: 1001, refused: 1008, signedOut: 4001, tooSlow: 4002 } as const;
