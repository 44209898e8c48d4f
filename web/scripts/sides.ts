/**
 * Sees that no style says left or right where it means the start or the end: what does stands on the wrong side of a page
 * that is read from right to left. Part of `npm run lint`. What is the same on both sides is fine.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "..");

/** Sides by name: what to write in their place. */
const SIDED: readonly (readonly [physical: RegExp, logical: string])[] = [
	[/^(margin|padding|scrollMargin|scrollPadding)(Left|Right)$/, "…InlineStart, …InlineEnd"],
	[/^border(Left|Right)(Color|Style|Width)?$/, "borderInlineStart…, borderInlineEnd…"],
	[/^border(Top|Bottom)(Left|Right)Radius$/, "borderStartStartRadius and its like"],
	[/^(left|right)$/, "insetInlineStart, insetInlineEnd"],
];

const OTHER: Readonly<Record<string, string>> = { left: "right", right: "left", Left: "Right", Right: "Left" };

/** Where the value may be a side. */
const ALIGNED = /^(textAlign|float|clear|justify(Content|Items|Self)|(background|object)Position(X)?|transformOrigin)$/;

/** All four sides at once: the second is right, the fourth left; of corners the second and the third are right. */
const FOUR = /^(margin|padding|inset|border(Width|Style|Color)|scroll(Margin|Padding))$/;

/** Each with its reason. */
const ALLOWED: readonly (readonly [file: string, name: string, value: string])[] = [
	// A code by which a conversation ends: they have left.
	["apps/client/src/features/conversation/thread.tsx", "left", '"delivery-left"'],
];

/** What is wrong with a property of a style. */
function wrong(name: string, value: string, others: ReadonlyMap<string, string>): string | undefined {
	const sided = SIDED.find(([physical]) => physical.test(name));
	if (sided) {
		const other = name.replace(/left|right/i, (side) => OTHER[side] ?? side);
		return others.get(other) === value ? undefined : `${name} is a side of the screen; ${sided[1]}`;
	}
	const words = value.replace(/^["'`]|["'`]$/g, "");
	if (ALIGNED.test(name) && /\b(left|right)\b/.test(words))
		return `${name}: ${words} is a side of the screen; start, end`;
	const parts = words.match(/(?:\$\{[^}]*\}|\([^)]*\)|[^\s])+/g) ?? [];
	if (FOUR.test(name) && parts.length === 4 && parts[1] !== parts[3])
		return `${name}: ${words} differs by side; …Inline`;
	const [first, second = first, third = first, fourth = second] = parts;
	if (name === "borderRadius" && !words.includes("/") && (first !== second || third !== fourth))
		return `${name}: ${words} differs by side; borderStartStartRadius and its like`;
	return undefined;
}

const found: string[] = [];
const met = new Set<unknown>();

function tell(file: string, line: number, name: string, value: string, others: ReadonlyMap<string, string>): void {
	const allowed = ALLOWED.find((one) => one[0] === file && one[1] === name && one[2] === value);
	if (allowed) met.add(allowed);
	else {
		const what = wrong(name, value, others);
		if (what) found.push(`${file}:${line}: ${what}`);
	}
}

function lookAtCode(file: string, text: string): void {
	const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
	const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
	const look = (node: ts.Node): void => {
		if (ts.isObjectLiteralExpression(node)) {
			// What has properties itself is a style with a name, not a value.
			const all = node.properties
				.filter((one) => ts.isPropertyAssignment(one))
				.filter((one) => !ts.isObjectLiteralExpression(one.initializer));
			const nameOf = ({ name }: ts.PropertyAssignment) => (ts.isStringLiteral(name) ? name.text : name.getText());
			const others = new Map(all.map((one) => [nameOf(one), one.initializer.getText()]));
			for (const one of all) tell(file, lineOf(one), nameOf(one), one.initializer.getText(), others);
		}
		// `shorthands.borderLeft(…)`, `element.style.left`.
		if (ts.isPropertyAccessExpression(node) && /\b(shorthands|style)$/.test(node.expression.getText()))
			tell(file, lineOf(node), node.name.text, "", new Map());
		ts.forEachChild(node, look);
	};
	look(source);
}

function lookAtStyles(file: string, text: string): void {
	// Rules by their braces; nothing here is so clever that more were needed.
	for (const { 0: block, index } of text
		.replace(/\/\*.*?\*\//gs, (one) => one.replace(/[^\n]/g, " "))
		.matchAll(/[^{}]+/g)) {
		const all = [...block.matchAll(/([a-z-]+)\s*:\s*([^;]+)(?:;|$)/g)].map(
			({ 1: name = "", 2: value = "", index: at }) => ({
				name: name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
				value: value.trim(),
				line: text.slice(0, index + at).split("\n").length,
			}),
		);
		const others = new Map(all.map(({ name, value }) => [name, value]));
		for (const { name, value, line } of all) tell(file, line, name, value, others);
	}
}

for (const directory of ["apps", "packages/ui"]) {
	for (const entry of readdirSync(join(root, directory), { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		if (!entry.isFile() || path.includes("node_modules") || entry.name.includes(".test.")) continue;
		const file = relative(root, path);
		if (/\.tsx?$/.test(file)) lookAtCode(file, readFileSync(path, "utf8"));
		else if (file.endsWith(".css")) lookAtStyles(file, readFileSync(path, "utf8"));
	}
}
for (const one of ALLOWED)
	if (!met.has(one)) found.push(`scripts/sides.ts: ${one[0]} has no ${one[1]}: ${one[2]} any more`);
for (const line of found) console.error(`sides: ${line}`);
if (found.length > 0) process.exitCode = 1;
