/**
 * The windows of one browser among each other: one of them speaks for all, and each knows what is looked at in another.
 *
 * Who speaks holds a lock, which goes on to another window when it is gone. All of them hear what there is to be told of,
 * so that nothing is lost while it isn't decided who speaks: whoever gets the lock tells what nobody has dealt with, and
 * whoever doesn't get word of it in time takes the lock away from a window that is there and doesn't act. A browser
 * without locks or without channels lets each speak for itself.
 *
 * ```text
 *  waiting ──lock──▶ listening ──grace──▶ speaking
 *     ▲                  │                   │
 *     └──────────────────┴── lock is taken ──┘
 * ```
 */

import { type Looking, lookedAt } from "@rapport/live/attention";
import { current, dealt, type Heard, hearing, isOverdue, NOTHING_HEARD, type Telling } from "@rapport/live/telling";

const LOCK = "rapport.speaks";
const CHANNEL = "rapport.windows";

/** How long the words of the window that spoke before may take to arrive here after its lock, in milliseconds. */
export const GRACE = 200;

/** How long the window that speaks may take to deal with what was heard, in milliseconds. */
export const PATIENCE = 3_000;

type Word =
	| { readonly looking: Looking }
	| { readonly isBack: string }
	| { readonly who: true }
	/** Ids of messages. */
	| { readonly dealt: readonly string[] };

export interface WindowsOptions {
	readonly locks: Pick<LockManager, "request"> | undefined;
	readonly channel: Pick<BroadcastChannel, "postMessage" | "onmessage" | "close"> | undefined;
	/** Somebody who was awaited is back, says the window that speaks. */
	readonly onBack: (person: string) => void;
	/** What is looked at here. */
	readonly look: () => Omit<Looking, "window">;
	/** Whether any window is looked at. */
	readonly onLooked: (isLookedAt: boolean) => void;
	/** This window is to tell of a message, or to decide not to; it may have been read if it has waited. */
	readonly tell: (heard: Heard, hasWaited: boolean) => void;
	/** From now on this is the window that speaks; not called where it is from the start. */
	readonly onSpeaks: () => void;
}

export class Windows {
	readonly #options: WindowsOptions;
	readonly #name: string = crypto.randomUUID();
	#speaks = false;
	#telling: Telling = NOTHING_HEARD;
	#release: (() => void) | undefined;
	/** Whether the lock will be had in turn. */
	#isInLine = false;
	#grace: ReturnType<typeof setTimeout> | undefined;
	#patience: ReturnType<typeof setTimeout> | undefined;
	#isOver = false;
	#looking: Looking | undefined;

	constructor(options: WindowsOptions) {
		this.#options = options;
		const { locks, channel } = options;
		if (channel) channel.onmessage = ({ data }: MessageEvent<Word>) => this.#take(data);
		if (locks && channel) this.#queue();
		else this.#speaks = true;
		this.#post({ who: true });
		this.looked();
	}

	static open(options: Omit<WindowsOptions, "locks" | "channel">): Windows {
		return new Windows({
			...options,
			locks: navigator.locks,
			channel: "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : undefined,
		});
	}

	/** Whether this is the window that speaks. */
	get speaks(): boolean {
		return this.#speaks;
	}

	/** A message has come in: it is told of here, or by another window. */
	hear(heard: Heard): void {
		this.#telling = hearing(this.#telling, heard, Date.now());
		if (this.#speaks) this.#deal(false);
		else this.#wait();
	}

	/** Whether what is said with somebody is being looked at, in whichever window. */
	isOnScreen(person: string): boolean {
		this.#look({ window: this.#name, ...this.#options.look() });
		return this.#looking?.person === person;
	}

	/** Something else may be looked at here. */
	looked(): void {
		const looking = { window: this.#name, ...this.#options.look() };
		this.#look(looking);
		this.#post({ looking });
	}

	/** Tells every window that somebody is back. */
	back(person: string): void {
		this.#options.onBack(person);
		this.#post({ isBack: person });
	}

	close(): void {
		this.#isOver = true;
		this.#speaks = false;
		clearTimeout(this.#grace);
		clearTimeout(this.#patience);
		this.#post({ looking: { window: this.#name, hasFocus: false } });
		this.#options.channel?.close();
		this.#release?.();
	}

	#queue(): void {
		if (this.#isInLine) return;
		this.#isInLine = true;
		this.#request({});
	}

	#request(how: LockOptions): void {
		let isHeld = false;
		const held = () => {
			isHeld = true;
			if (how.steal !== true) this.#isInLine = false;
			return this.#hold();
		};
		this.#options.locks?.request(LOCK, how, held).catch(() => {
			if (this.#isOver) return;
			if (how.steal !== true) this.#isInLine = false;
			// Another window has taken it; or there is none to be had, and each speaks for itself.
			if (isHeld) this.#lose();
			else this.#speak();
		});
	}

	#hold(): Promise<void> {
		return new Promise<void>((resolve) => {
			if (this.#isOver) return resolve();
			this.#release = resolve;
			this.#grace = setTimeout(() => this.#speak(), GRACE);
		});
	}

	#lose(): void {
		this.#speaks = false;
		clearTimeout(this.#grace);
		this.#grace = undefined;
		this.#queue();
		this.#wait();
	}

	#speak(): void {
		this.#speaks = true;
		this.#grace = undefined;
		clearTimeout(this.#patience);
		this.#patience = undefined;
		this.#deal(true);
		this.#options.onSpeaks();
	}

	#deal(haveWaited: boolean): void {
		const { open } = current(this.#telling, Date.now());
		if (open.length === 0) return;
		const ids = open.map(({ heard }) => heard.id);
		this.#telling = dealt(this.#telling, ids, Date.now());
		this.#post({ dealt: ids });
		for (const { heard } of open) this.#options.tell(heard, haveWaited);
	}

	/** Sees that what was heard is dealt with by somebody. */
	#wait(): void {
		if (this.#telling.open.length === 0 || this.#patience !== undefined) return;
		this.#patience = setTimeout(() => {
			this.#patience = undefined;
			// Whoever has the lock speaks in a moment.
			const hasLock = this.#grace !== undefined;
			if (!hasLock && isOverdue(this.#telling, Date.now(), PATIENCE)) this.#request({ steal: true });
			this.#wait();
		}, PATIENCE);
	}

	#take(word: Word): void {
		if ("looking" in word) this.#look(word.looking);
		else if ("isBack" in word) this.#options.onBack(word.isBack);
		else if ("dealt" in word) this.#telling = dealt(this.#telling, word.dealt, Date.now());
		else {
			// Whoever comes may hear yet what has been dealt with.
			if (this.#telling.done.size > 0) this.#post({ dealt: [...this.#telling.done.keys()] });
			this.looked();
		}
	}

	#look(looking: Looking): void {
		this.#looking = lookedAt(this.#looking, looking);
		this.#options.onLooked(this.#looking !== undefined);
	}

	#post(word: Word): void {
		this.#options.channel?.postMessage(word);
	}
}
