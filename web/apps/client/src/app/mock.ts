/** The server in memory, as the address asks for it: for development and pictures. */

import type { Settings } from "@rapport/api/types";
import { MockServer } from "@rapport/mock/server";
import { ofTab } from "./storage";

const KEPT = "mock.settings";

export function mock(): MockServer {
	const words = new URLSearchParams(location.search);
	const theme = words.get("theme");
	const server = new MockServer({
		now: () => Date.now(),
		delay: Number(words.get("delay") ?? "30"),
		signedIn: !words.has("signed-out"),
		empty: words.has("empty"),
		alive: !words.has("still"),
		keeps: !words.has("keeps-none"),
		settings: {
			...(JSON.parse(ofTab.read(KEPT) ?? "{}") as Partial<Settings>),
			...(theme === "light" || theme === "dark" || theme === "highContrast" ? { theme } : {}),
			...(words.has("language") ? { language: words.get("language") ?? "" } : {}),
			...(words.get("density") === "compact" ? { density: "compact" } : {}),
		},
	});
	server.reachable = !words.has("unreachable");
	// A reload is no new server: it still has what was set.
	addEventListener("pagehide", () => ofTab.write(KEPT, JSON.stringify(server.snapshot().settings)));
	Object.assign(globalThis, { mock: server });
	return server;
}
