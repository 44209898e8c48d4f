/**
 * The windows of one browser among each other: one of them speaks for all, and each knows what is looked at in another.
 *
 * Who speaks holds a lock, which goes on to another window when it is gone. A browser without locks or without channels
 * lets each speak for itself.
 */

import { type Looking, lookedAt } from "@rapport/live/attention";

const LOCK = "rapport.speaks";
const CHANNEL = "rapport.windows";

type Word = { readonly looking: Looking } | { readonly isBack: string } | { readonly who: true };

export interface WindowsOptions {
	readonly locks: Pick<LockManager, "request"> | undefined;
	readonly channel: Pick<BroadcastChannel, "postMessage" | "onmessage" | "close"> | undefined;
	/** Somebody who was awaited is back, says the window that speaks. */
	readonly onBack: (person: string) => void;
	/** What is looked at here. */
	readonly look: () => Omit<Looking, "window">;
}

export class Windows {
	readonly #options: WindowsOptions;
	readonly #name: string = crypto.randomUUID();
	#speaks: boolean;
	#release: (() => void) | undefined;
	#isOver = false;
	#looking: Looking | undefined;

	constructor(options: WindowsOptions) {
		this.#options = options;
		const { locks, channel } = options;
		this.#speaks = locks === undefined;
		const held = () => {
			this.#speaks = true;
			return new Promise<void>((resolve) => {
				if (this.#isOver) resolve();
				else this.#release = resolve;
			});
		};
		void locks?.request(LOCK, held).catch(() => undefined);
		if (channel) channel.onmessage = ({ data }: MessageEvent<Word>) => this.#heard(data);
		this.#post({ who: true });
		this.looked();
	}

	static open(options: Pick<WindowsOptions, "onBack" | "look">): Windows {
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

	/** Whether what is said with somebody is being looked at, in whichever window. */
	isOnScreen(person: string): boolean {
		this.#take({ window: this.#name, ...this.#options.look() });
		return this.#looking?.person === person;
	}

	/** Something else may be looked at here. */
	looked(): void {
		const looking = { window: this.#name, ...this.#options.look() };
		this.#take(looking);
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
		this.#post({ looking: { window: this.#name, hasFocus: false } });
		this.#options.channel?.close();
		this.#release?.();
	}

	#heard(word: Word): void {
		if ("looking" in word) this.#take(word.looking);
		else if ("isBack" in word) this.#options.onBack(word.isBack);
		else this.looked();
	}

	#take(looking: Looking): void {
		this.#looking = lookedAt(this.#looking, looking);
	}

	#post(word: Word): void {
		this.#options.channel?.postMessage(word);
	}
}
