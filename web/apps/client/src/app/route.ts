/** Where the person is: in the address, so that a reload and a link lead there again. */

import { Store } from "@rapport/live/store";
import { useSyncExternalStore } from "react";

export type Panel = "contacts" | "conversations";

export const SETTINGS_PAGES = [
	"look",
	"notifications",
	"access",
	"devices",
	"app-passwords",
	"password",
	"about",
] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

export type Route =
	| { readonly page: "list"; readonly panel: Panel }
	| { readonly page: "conversation"; readonly person: string; readonly panel: Panel }
	| { readonly page: "history"; readonly person: string | undefined }
	| { readonly page: "settings"; readonly section: SettingsPage | undefined };

const BASE = "/im";

export function parse(path: string): Route {
	const [, , first, second] = path.split("/").map(decode);
	const section = SETTINGS_PAGES.find((one) => one === second);
	switch (first) {
		case "c":
			return second ? { page: "conversation", person: second, panel: "contacts" } : { page: "list", panel: "contacts" };
		case "talks":
			return second
				? { page: "conversation", person: second, panel: "conversations" }
				: { page: "list", panel: "conversations" };
		case "history":
			return { page: "history", person: second || undefined };
		case "settings":
			return { page: "settings", section };
		default:
			return { page: "list", panel: "contacts" };
	}
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return "";
	}
}

export function format(route: Route): string {
	switch (route.page) {
		case "list":
			return route.panel === "contacts" ? `${BASE}/` : `${BASE}/talks`;
		case "conversation":
			return `${BASE}/${route.panel === "contacts" ? "c" : "talks"}/${encodeURIComponent(route.person)}`;
		case "history":
			return route.person ? `${BASE}/history/${encodeURIComponent(route.person)}` : `${BASE}/history`;
		case "settings":
			return route.section ? `${BASE}/settings/${route.section}` : `${BASE}/settings`;
	}
}

/** Where one goes to find somebody: nowhere, where the box is there already; else what is open stays so if there is room. */
export function toFind(route: Route, at: { readonly hasList: boolean; readonly hasBox: boolean }): Route | undefined {
	if (at.hasBox) return undefined;
	if (route.page === "conversation" && at.hasList) return { ...route, panel: "contacts" };
	return { page: "list", panel: "contacts" };
}

export class Router {
	readonly #route = new Store<Route>(parse(location.pathname));

	constructor() {
		addEventListener("popstate", () => this.#route.set(parse(location.pathname)));
	}

	get = () => this.#route.get();
	subscribe = this.#route.subscribe;

	go(route: Route): void {
		const path = format(route);
		if (path === location.pathname) return;
		history.pushState(null, "", path + location.search);
		this.#route.set(route);
	}

	/** Goes where everybody begins; the way back doesn't lead to where this was. */
	restart(): void {
		const route: Route = { page: "list", panel: "contacts" };
		history.replaceState(null, "", format(route) + location.search);
		this.#route.set(route);
	}
}

export function useRoute(router: Router): Route {
	return useSyncExternalStore(router.subscribe, router.get);
}
