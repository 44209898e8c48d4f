import type { ProblemBody, ProblemCode } from "./types";

/** What the server answers, and what the client itself says of an answer that isn't the server's. */
export type Code = ProblemCode | "unexpected-answer";

/** The stable codes of problems. Each has a sentence in every language. */
export const CODES: Readonly<Record<Code, true>> = {
	"account-disabled": true,
	"bad-body": true,
	"bad-path": true,
	"bad-query": true,
	"body-too-large": true,
	"company-disabled": true,
	"contact-list-full": true,
	csrf: true,
	forbidden: true,
	full: true,
	"group-is-fixed": true,
	"history-off": true,
	internal: true,
	"invalid-field": true,
	"method-not-allowed": true,
	"not-a-websocket": true,
	"not-found": true,
	"not-json": true,
	"not-licensed": true,
	"not-signed-in": true,
	"not-yours": true,
	"policy-forbids": true,
	"repeated-publication": true,
	"reserved-container": true,
	"reserved-publication": true,
	"sign-in-failed": true,
	"stale-delta": true,
	"stale-version": true,
	"store-full": true,
	"store-unwritable": true,
	taken: true,
	"too-large": true,
	"too-many-app-passwords": true,
	"too-many-conversations": true,
	"too-many-endpoints": true,
	"too-many-groups": true,
	"too-many-members": true,
	"too-many-publications": true,
	"too-many-requests": true,
	"too-slow": true,
	unavailable: true,
	"unexpected-answer": true,
	"unknown-contact": true,
	"unknown-group": true,
	"weak-password": true,
	"wrong-origin": true,
	"wrong-password": true,
	"wrong-subprotocol": true,
};

export type Fault = NonNullable<ProblemBody["reason"]>;

/** Why a password is not taken. Each has a sentence of its own in every language. */
export const FAULTS: Readonly<Record<Fault, true>> = {
	"too-short": true,
	"too-long": true,
	common: true,
	name: true,
	same: true,
};
