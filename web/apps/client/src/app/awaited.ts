/** Keeps who is awaited beside the page: over a reload, and the same in every window of one person. */

import type { Store } from "@rapport/live/store";
import { ofBrowser } from "./storage";

/** @returns what ends it, and forgets them on this page. */
export function keepAwaited(user: string, awaited: Store<ReadonlySet<string>>): () => void {
	const key = `rapport.awaited.${user}`;
	const take = () => awaited.set(new Set((ofBrowser.read(key) ?? "").split("\n").filter(Boolean)));
	take();
	const stop = awaited.subscribe(() => {
		const ids = [...awaited.get()].join("\n");
		if (ids === (ofBrowser.read(key) ?? "")) return;
		if (ids === "") ofBrowser.remove(key);
		else ofBrowser.write(key, ids);
	});
	const onStorage = (event: StorageEvent) => event.key === key && take();
	addEventListener("storage", onStorage);
	return () => {
		removeEventListener("storage", onStorage);
		stop();
		awaited.set(new Set());
	};
}
