/** What the server in memory answers with, and how it reads what it is asked. */

import type { Answer } from "@rapport/api/transport";

export class Problem extends Error {
	readonly answer: Answer;
	constructor(status: number, code: string, extra: Record<string, unknown> = {}) {
		super(code);
		this.answer = { status, body: { type: `urn:rapport:problem:${code}`, status, code, title: code, ...extra } };
	}
}

export const done: Answer = { status: 204, body: undefined };
export const ok = (body: unknown): Answer => ({ status: 200, body });
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Whether there is more, and where it begins. */
export function more(is: boolean, next: string | undefined): { more: boolean; next?: string } {
	return is && next !== undefined ? { more: true, next } : { more: false };
}

export function octets(words: string): number {
	return new TextEncoder().encode(words).length;
}

export function folded(words: string): string {
	return words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
