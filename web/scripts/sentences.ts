/**
 * Sees that the sentences are whole: each key in every language with the same arguments, each used, none missing; and
 * writes the type of the keys, so that a wrong one doesn't compile.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { CODES, FAULTS } from "../packages/api/src/codes.ts";

const root = resolve(import.meta.dirname, "..");
const locales = join(root, "packages/i18n/src/locales");
const keysFile = join(root, "packages/i18n/src/keys.ts");
const found: string[] = [];

/** The keys of a language, each with the names of its arguments. */
function sentences(tag: string): Map<string, string> {
	const made = new Map<string, string>();
	let key = "";
	for (const line of readFileSync(join(locales, `${tag}.ftl`), "utf8").split("\n")) {
		const start = /^([a-z][a-z0-9-]*) =/.exec(line);
		if (start?.[1]) {
			key = start[1];
			if (made.has(key)) found.push(`${tag}.ftl: ${key} is there twice`);
			made.set(key, "");
		} else if (line !== "" && !/^[\s#}]/.test(line)) found.push(`${tag}.ftl: not understood: ${line}`);
		if (line.startsWith("#")) continue;
		const names = [...line.matchAll(/\$([a-zA-Z]+)/g)].map((match) => match[1] ?? "");
		const all = new Set([...(made.get(key) ?? "").split(" "), ...names].filter((name) => name !== ""));
		if (key !== "") made.set(key, [...all].sort().join(" "));
	}
	return made;
}

/** The code of the pages: what is said elsewhere, by tests and the server in memory, is no use of a sentence. */
function sources(...directories: string[]): string[] {
	return directories
		.flatMap((directory) => readdirSync(join(root, directory), { recursive: true, withFileTypes: true }))
		.filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.|^keys\.ts$/.test(entry.name))
		.map((entry) => join(entry.parentPath, entry.name))
		.filter((path) => !path.includes("node_modules"));
}

/** The keys that stand in the code where a key is wanted, by the types: as what is said, or in a table of keys. */
function used(files: string[]): Set<string> {
	const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
	const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
	const program = ts.createProgram({ rootNames: files, options });
	const checker = program.getTypeChecker();
	const used = new Set<string>();
	const isWanted = (literal: ts.StringLiteralLike): boolean => {
		const type = checker.getContextualType(literal);
		const members = type?.isUnion() ? type.types.filter((one) => one.isStringLiteral()) : [];
		return members.length === keys.length && members.every((one) => english.has(one.value));
	};
	const look = (node: ts.Node): void => {
		if (ts.isStringLiteralLike(node) && english.has(node.text) && isWanted(node)) used.add(node.text);
		ts.forEachChild(node, look);
	};
	for (const file of files) {
		const source = program.getSourceFile(file);
		if (source) look(source);
	}
	return used;
}

const english = sentences("en");
const keys = [...english.keys()].sort();
for (const file of readdirSync(locales)) {
	const tag = file.replace(".ftl", "");
	const other = sentences(tag);
	for (const [key, args] of english) {
		if (!other.has(key)) found.push(`${file}: ${key} is missing`);
		else if (other.get(key) !== args)
			found.push(`${file}: ${key} has the arguments (${other.get(key)}), English (${args})`);
	}
	for (const key of other.keys()) if (!english.has(key)) found.push(`${file}: ${key} is not in English`);
}

// Every sentence is named whole in the code, so that it can be looked for; those of problems go by their code.
const ofFaults = Object.keys(FAULTS).map((one) => `problem-weak-password-${one}`);
const ofProblems = new Set<string>([...Object.keys(CODES).map((one) => `problem-${one}`), ...ofFaults]);
for (const key of ofProblems) if (!english.has(key)) found.push(`${key} has no sentence`);

const type = `/** Written by \`npm run sentences -- --write\`. */\nexport type SentenceKey =\n${keys.map((key) => `\t| "${key}"`).join("\n")};\n`;
if (process.argv.includes("--write")) writeFileSync(keysFile, type);
else if (readFileSync(keysFile, "utf8") !== type)
	found.push("packages/i18n/src/keys.ts is out of date; npm run sentences -- --write");
else {
	const named = used(sources("apps", "packages/api/src", "packages/i18n/src", "packages/ui/src"));
	for (const key of keys) if (!named.has(key) && !ofProblems.has(key)) found.push(`${key} is not used`);
}

for (const line of found) console.error(`sentences: ${line}`);
if (found.length > 0) process.exitCode = 1;
