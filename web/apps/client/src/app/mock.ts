/** The server in memory, as the address asks for it: for development and pictures. */

import { MockServer } from "@rapport/mock/server";

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
			...(theme === "light" || theme === "dark" || theme === "highContrast" ? { theme } : {}),
			language: words.get("language") ?? "",
			density: words.get("density") === "compact" ? "compact" : "comfortable",
		},
	});
	server.reachable = !words.has("unreachable");
	Object.assign(globalThis, { mock: server });
	return server;
}
