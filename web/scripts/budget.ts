/** Holds the first load to its budget: the JavaScript that the page needs before it shows anything, compressed. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** In bytes, as the server sends them. */
const BUDGET = 250 * 1024;

interface Chunk {
	readonly file: string;
	readonly name?: string;
	readonly isEntry?: boolean;
	readonly imports?: readonly string[];
}

const target = resolve(import.meta.dirname, "../../target/web");
const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(join(target, "dist/manifest.json"), "utf8"));

const needed = new Set<string>();
function need(name: string): void {
	const chunk = manifest[name];
	if (!chunk || needed.has(chunk.file)) return;
	needed.add(chunk.file);
	for (const other of chunk.imports ?? []) need(other);
}
// The frame comes with the first page of whoever is signed in, and their language with it.
const first = Object.entries(manifest).filter(([name, chunk]) => {
	return chunk.isEntry || chunk.name === "frame" || name.endsWith("/en.ftl?raw");
});
for (const [name] of first) need(name);

let sum = 0;
for (const file of needed) sum += readFileSync(join(target, "embed/files", `${file}.br`)).length;
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
console.error(`first load: ${kib(sum)} of JavaScript in ${needed.size} files, of ${kib(BUDGET)}`);
// One that isn't found under its name would count as nothing.
if (first.length !== 3 || sum > BUDGET) process.exitCode = 1;
