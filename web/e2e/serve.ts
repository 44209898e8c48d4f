/** Serves a build as the server does: the same fallback, the same policy, taken from where the server has it. */

import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

const KINDS: Readonly<Record<string, string>> = {
	".css": "text/css",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".svg": "image/svg+xml",
	".webmanifest": "application/manifest+json",
};

function policy(): string {
	const source = readFileSync(resolve(import.meta.dirname, "../../crates/face-api/src/pages.rs"), "utf8");
	const found = /const POLICY: &str = "([^;]*(?:;[^"]*)*)";/.exec(source)?.[1];
	if (!found) throw new Error("pages.rs has no policy");
	return found.replace(/\\\n\s*/g, "");
}

export interface Served {
	readonly address: string;
	readonly close: () => void;
}

export function serve(directory: string): Promise<Served> {
	const header = policy();
	const server = createServer((request, response) => {
		const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname)).replace(
			/^\/im\//,
			"/",
		);
		const file = join(directory, path);
		const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
		const shown = isThere ? file : join(directory, "index.html");
		response.setHeader("content-type", KINDS[extname(shown)] ?? "application/octet-stream");
		response.setHeader("content-security-policy", header);
		response.end(readFileSync(shown));
	});
	return new Promise((done) => {
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			const port = typeof address === "object" && address ? address.port : 0;
			done({ address: `http://127.0.0.1:${port}`, close: () => server.close() });
		});
	});
}
