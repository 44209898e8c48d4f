/** Holds one immutable value and tells who listens that it is another one. */
export class Store<T> {
	#value: T;
	readonly #listeners = new Set<() => void>();

	constructor(value: T) {
		this.#value = value;
	}

	get = (): T => this.#value;

	/** Every listener is told, whatever becomes of another: what one throws is nobody's here, and reported for itself. */
	set(value: T): void {
		if (Object.is(value, this.#value)) return;
		this.#value = value;
		for (const listener of this.#listeners) {
			try {
				listener();
			} catch (fault) {
				queueMicrotask(() => {
					throw fault;
				});
			}
		}
	}

	update(change: (value: T) => T): void {
		this.set(change(this.#value));
	}

	subscribe = (listener: () => void): (() => void) => {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	};
}
