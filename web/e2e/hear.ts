/** Runs the journeys by ear against the server in memory: `cargo xtask web npm run heard`. */

import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { HEARD } from "./heard.ts";
import { PATIENCE, settled, slowed } from "./journey.ts";
import { serve } from "./serve.ts";

const root = resolve(import.meta.dirname, "..");
// A place of its own: other journeys may be building theirs.
const outDir = resolve(root, "../target/web/heard");
await build({
	configFile: resolve(root, "apps/client/vite.config.ts"),
	mode: "mock",
	logLevel: "error",
	build: { outDir, emptyOutDir: true },
});
const { address, close } = await serve(outDir);
const browser = await chromium.launch({
	timeout: 120_000,
	executablePath: process.env["RAPPORT_CHROMIUM"] ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

async function go([name, language, act]: (typeof HEARD)[number]): Promise<boolean> {
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		serviceWorkers: "block",
		reducedMotion: "reduce",
		locale: language,
	});
	await slowed(context);
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE);
	const faults: string[] = [];
	// What the reader itself falls over, such as a part that is gone by the time it is to be said, is no fault of the page.
	page.on("pageerror", (error) => error.stack?.includes("/im/reader.js") || faults.push(error.message));
	try {
		await page.goto(`${address}/im/?signed-out&still`);
		await page.locator("form").waitFor();
		await settled(page);
		await act(page);
		if (faults.length > 0) throw new Error(faults.join("\n"));
		console.error(`ok: ${name}`);
		return true;
	} catch (error) {
		console.error(`FAILED: ${name}\n  ${error instanceof Error ? error.message.slice(0, 3000) : String(error)}`);
		return false;
	} finally {
		await context.close();
	}
}

const done = await Promise.all(HEARD.map(go));
await browser.close();
await close();
if (done.includes(false)) process.exitCode = 1;
