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

/** For how many seconds this tab has been without use, as a new connection says it; nothing while it is used. */
export function unusedFor(idle: Idle, now: number): number | undefined {
	return idle.active ? undefined : Math.max(0, Math.floor((now - idle.usedAt) / 1000));
}

/** @param after how long without a sign of life is idle, in milliseconds. */
export function looked(idle: Idle, now: number, after: number): IdleStep {
	return idle.active && now - idle.usedAt >= after ? { idle: { ...idle, active: false }, tell: false } : { idle };
}
