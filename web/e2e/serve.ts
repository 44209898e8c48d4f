/** Serves a build as the server does: the same fallback, the same policy, taken from where the server has it. */

import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const KINDS: Readonly<Record<string, string>> = {
	".css": "text/css",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".png": "image/png",
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
	readonly port: number;
	/** Ends every connection too. */
	readonly close: () => Promise<void>;
}

/** Nobody is signed in where there is nothing but pages. */
const NOBODY = JSON.stringify({ type: "about:blank", status: 401, code: "not-signed-in", title: "not signed in" });

export function serve(directory: string, wanted = 0): Promise<Served> {
	const header = policy();
	const server = createServer((request, response) => {
		const asked = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname);
		if (asked.startsWith("/api/")) {
			response.writeHead(401, { "content-type": "application/problem+json" });
			response.end(NOBODY);
			return;
		}
		const file = join(directory, normalize(asked).replace(/^\/im\//, "/"));
		const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
		const shown = isThere ? file : join(directory, "index.html");
		response.setHeader("content-type", KINDS[extname(shown)] ?? "application/octet-stream");
		response.setHeader("content-security-policy", header);
		// As the server sends it: compressed ahead, and to be kept where its name has its hash.
		if (asked.startsWith("/im/assets/")) response.setHeader("cache-control", "public, max-age=31536000, immutable");
		const plain = readFileSync(shown);
		const takes = String(request.headers["accept-encoding"]).includes("br") && !shown.endsWith(".png");
		if (takes) response.setHeader("content-encoding", "br");
		response.end(takes ? compressed(shown, plain) : plain);
	});
	return new Promise((done) => {
		server.listen(wanted, "127.0.0.1", () => {
			const address = server.address();
			const port = typeof address === "object" && address ? address.port : 0;
			const close = () =>
				new Promise<void>((closed) => {
					server.close(() => closed());
					server.closeAllConnections();
				});
			done({ address: `http://127.0.0.1:${port}`, port, close });
		});
	});
}

const known = new Map<string, Buffer>();

function compressed(path: string, plain: Buffer): Buffer {
	const there = known.get(path);
	if (there) return there;
	const made = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
	known.set(path, made);
	return made;
}
