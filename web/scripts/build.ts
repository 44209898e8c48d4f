/**
 * Builds the client and lays out what the server embeds: `target/web/embed`, each file beside its compressed forms, and
 * `index.tsv` with a line for each (path, type, tag, caching, encodings).
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const root = resolve(import.meta.dirname, "..");
const target = resolve(root, "../target/web");
const dist = join(target, "dist");

const KINDS: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".wav": "audio/wav",
	".webmanifest": "application/manifest+json",
	".woff2": "font/woff2",
};

function filesBelow(directory: string): string[] {
	const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
	return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The compressed form, where it is worth the trouble. */
function worthwhile(plain: Buffer, compressed: Buffer): Buffer | undefined {
	return compressed.length < plain.length * 0.9 ? compressed : undefined;
}

/** Whose work is in what is shipped, with the licences that travel with it: what the lock file has that isn't for us alone. */
function thirdParty(): string {
	const lock: {
		packages: Record<string, { version?: string; license?: string; dev?: boolean; link?: boolean; optional?: boolean }>;
	} = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
	const texts = new Map<string, string[]>();
	const lines = ["The web client of Rapport contains these packages.", ""];
	for (const [path, { version, license, dev, link }] of Object.entries(lock.packages)) {
		if (!path.startsWith("node_modules/") || dev || link || path.includes("@types/")) continue;
		const name = path.slice("node_modules/".length);
		lines.push(`${name} ${version}: ${license ?? "see below"}`);
		const notices = readdirSync(join(root, path)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
		for (const file of notices) {
			const text = readFileSync(join(root, path, file), "utf8")
				.replaceAll("\r", "")
				.trim();
			texts.set(text, [...(texts.get(text) ?? []), name]);
		}
	}
	for (const [text, names] of texts) lines.push("", "-".repeat(72), names.join(", "), "", text);
	return `${lines.join("\n")}\n`;
}

await build({ configFile: join(root, "apps/client/vite.config.ts"), logLevel: "warn" });

writeFileSync(join(dist, "third-party.txt"), thirdParty());

// The service worker keeps the shell: everything that the first page needs, by name, and a name for all of them.
const worker = join(dist, "sw.js");
const shell = filesBelow(dist)
	.map((path) => relative(dist, path).replaceAll("\\", "/"))
	.filter((path) => path !== "sw.js" && path !== "manifest.json" && !path.endsWith(".map"))
	.sort();
const version = createHash("sha256");
for (const path of shell) version.update(path).update(readFileSync(join(dist, path)));
const list = JSON.stringify(shell.filter((path) => path !== "index.html"));
const text = readFileSync(worker, "utf8")
	.replace('"__VERSION__"', JSON.stringify(version.digest("hex").slice(0, 16)))
	.replace('"__FILES__"', list);
writeFileSync(worker, text);

const staged = join(target, "embed.new");
rmSync(staged, { recursive: true, force: true });
const lines: string[] = [];
for (const path of filesBelow(dist).sort()) {
	const name = relative(dist, path).replaceAll("\\", "/");
	if (name === "manifest.json") continue;
	const kind = KINDS[extname(name)];
	if (!kind) throw new Error(`${name}: no media type is known for its suffix`);
	const plain = readFileSync(path);
	const quality = {
		params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
	};
	const br = worthwhile(plain, brotliCompressSync(plain, quality));
	const gzip = worthwhile(plain, gzipSync(plain, { level: 9 }));
	const to = join(staged, "files", name);
	mkdirSync(dirname(to), { recursive: true });
	writeFileSync(to, plain);
	if (br) writeFileSync(`${to}.br`, br);
	if (gzip) writeFileSync(`${to}.gz`, gzip);
	const tag = createHash("sha256").update(plain).digest("hex").slice(0, 20);
	const encodings = [br && "br", gzip && "gzip"].filter(Boolean).join(",");
	lines.push([name, kind, tag, name.startsWith("assets/") ? "immutable" : "revalidate", encodings].join("\t"));
}
writeFileSync(join(staged, "index.tsv"), `${lines.join("\n")}\n`);
rmSync(join(target, "embed"), { recursive: true, force: true });
renameSync(staged, join(target, "embed"));
