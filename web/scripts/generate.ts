/**
 * Writes the types of the API's values from the server's own descriptions, `docs/api`; with `--check` it only sees that
 * they are up to date.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string) => JSON.parse(readFileSync(resolve(root, "docs/api", name), "utf8"));

/** The description of events is no OpenAPI, but its schemas are the same JSON Schema. */
function events(): OpenAPI3 {
	const { info, components } = read("asyncapi.json");
	return { openapi: "3.1.0", info, paths: {}, components: { schemas: components.schemas } };
}

let isStale = false;
for (const [name, description] of [
	["requests", read("openapi.json") as OpenAPI3],
	["events", events()],
] as const) {
	const path = resolve(root, `web/packages/api/src/generated/${name}.ts`);
	const text = `// Written by \`npm run generate\` from docs/api.\n${astToString(await openapiTS(description, { alphabetize: true }))}`;
	if (!process.argv.includes("--check")) writeFileSync(path, text);
	else if (readFileSync(path, "utf8") !== text) {
		console.error(`${name}.ts is not what docs/api says; cargo xtask web npm run generate`);
		isStale = true;
	}
}
if (isStale) process.exitCode = 1;
