/**
 * What this browser keeps beside the page. Its storage may be full, or forbidden altogether: then nothing is there, and
 * whoever writes is told so. Nothing here throws.
 */

class Kept {
	readonly #storage: () => Storage;

	/** @param storage where it is forbidden, naming it throws. */
	constructor(storage: () => Storage) {
		this.#storage = storage;
	}

	read(key: string): string | null {
		try {
			return this.#storage().getItem(key);
		} catch {
			return null;
		}
	}

	/** Tells whether it is kept. If it isn't, what was kept before is there still. */
	write(key: string, text: string): boolean {
		try {
			this.#storage().setItem(key, text);
			return true;
		} catch {
			return false;
		}
	}

	remove(key: string): void {
		try {
			this.#storage().removeItem(key);
		} catch {
			// What can't be had isn't kept.
		}
	}

	/** All keys that begin so. */
	keys(prefix: string): readonly string[] {
		try {
			return Object.keys(this.#storage()).filter((key) => key.startsWith(prefix));
		} catch {
			return [];
		}
	}
}

/** For all tabs, and for good. */
export const ofBrowser = new Kept(() => localStorage);

/** For as long as the tab is there. */
export const ofTab = new Kept(() => sessionStorage);
