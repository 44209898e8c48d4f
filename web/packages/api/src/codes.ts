import type { ProblemBody } from "./types";

/** The stable codes of problems. Each has a sentence in every language. */
export const CODES = [
	"account-disabled",
	"bad-body",
	"bad-query",
	"bad-request",
	"body-too-large",
	"company-disabled",
	"contact-list-full",
	"csrf",
	"forbidden",
	"full",
	"group-is-fixed",
	"history-off",
	"internal",
	"invalid-field",
	"message-too-large",
	"not-found",
	"not-licensed",
	"not-signed-in",
	"not-yours",
	"overloaded",
	"policy-forbids",
	"repeated-publication",
	"reserved-container",
	"reserved-publication",
	"sign-in-failed",
	"stale-delta",
	"stale-version",
	"store-full",
	"store-unwritable",
	"taken",
	"too-large",
	"too-many",
	"too-many-app-passwords",
	"too-many-conversations",
	"too-many-endpoints",
	"too-many-groups",
	"too-many-members",
	"too-many-publications",
	"too-many-requests",
	"too-many-watchers",
	"unavailable",
	"unexpected-answer",
	"unknown-contact",
	"unknown-group",
	"weak-password",
	"wrong-origin",
	"wrong-password",
] as const;

export type Code = (typeof CODES)[number];

export type Fault = NonNullable<ProblemBody["reason"]>;

/** Why a password is not taken. Each has a sentence of its own in every language. */
export const FAULTS: Readonly<Record<Fault, true>> = {
	"too-short": true,
	"too-long": true,
	common: true,
	name: true,
	same: true,
};
