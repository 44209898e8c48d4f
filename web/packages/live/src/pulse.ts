/**
 * Whether the server can still be heard: sans-IO. A connection that has died without a word looks for minutes like one on
 * which nothing happens.
 */

export interface Pulse {
	/** When the server said something last, in milliseconds since 1970. */
	readonly heardAt: number;
	/** At least how often it says something, in milliseconds; nothing where it doesn't promise that. */
	readonly every?: number;
	/** When it was looked last whether it is still heard. */
	readonly lookedAt: number;
}

export interface PulseStep {
	readonly pulse: Pulse;
	/** Whether so much time has passed in silence that there is nobody at the other end. */
	readonly isLost: boolean;
}

/** How many times as long as promised the server may be silent where nothing speaks against the connection. */
const PATIENCE = 2.5;

/** How late what was promised may come where something does, in milliseconds. */
const LATE = 5_000;

/** Whoever looks every few seconds and hasn't for so long has been asleep, in milliseconds. */
const ASLEEP = 20_000;

/** The server has said something. */
export function heardAt(pulse: Pulse, now: number): Pulse {
	return { ...pulse, heardAt: now };
}

/** A connection begins, on which the server promises to say something every so many seconds. */
export function promised(pulse: Pulse, now: number, seconds: number | null | undefined): Pulse {
	const { lookedAt } = pulse;
	return { heardAt: now, lookedAt, ...(seconds ? { every: seconds * 1000 } : {}) };
}

/** @param isDoubted whether something has happened by which connections are lost, or somebody looks at the page again. */
export function looked(pulse: Pulse, now: number, isDoubted: boolean): PulseStep {
	const wasAsleep = now - pulse.lookedAt > ASLEEP;
	// The clock may have been set back.
	const next = { ...pulse, heardAt: Math.min(pulse.heardAt, now), lookedAt: now };
	const { every } = pulse;
	if (every === undefined) return { pulse: next, isLost: false };
	const patience = isDoubted || wasAsleep ? every + LATE : every * PATIENCE;
	return { pulse: next, isLost: now - next.heardAt > patience };
}
