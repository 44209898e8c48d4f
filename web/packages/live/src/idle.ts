/** Whether this tab is in use: sans-IO. The server adds up all tabs and clients of a person. */

export interface Idle {
	/** The last sign of life, in milliseconds since 1970. */
	readonly usedAt: number;
	readonly active: boolean;
}

export interface IdleStep {
	readonly idle: Idle;
	/** What the server is to hear, if anything. */
	readonly tell?: boolean;
}

export function used(idle: Idle, now: number): IdleStep {
	return idle.active ? { idle: { usedAt: now, active: true } } : { idle: { usedAt: now, active: true }, tell: true };
}

/** @param after how long without a sign of life is idle, in milliseconds. */
export function looked(idle: Idle, now: number, after: number): IdleStep {
	return idle.active && now - idle.usedAt >= after ? { idle: { ...idle, active: false }, tell: false } : { idle };
}
