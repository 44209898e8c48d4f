/**
 * Measures with Lighthouse how fast the client is there, in Debian's Chromium: `cargo xtask web npm run lighthouse`. It
 * brings Lighthouse into `target/lighthouse` first, by the lock file of `web/lighthouse`; nothing else needs it.
 *
 * By default the sign-in page as it is shipped, and the client with its server in memory; with addresses, those. It fails
 * when a page isn't interactive within its time on a machine four times slower.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { serve } from "../e2e/serve.ts";

/** When the page is to be interactive, in milliseconds. */
const BUDGET = 2_000;

interface Network {
	readonly rttMs: number;
	readonly throughputKbps: number;
	readonly cpuSlowdownMultiplier: number;
}

const OFFICE = { rttMs: 40, throughputKbps: 10_240 };
const MACHINES: readonly (Network & { readonly name: string; readonly isBound: boolean })[] = [
	{ name: "office network", ...OFFICE, cpuSlowdownMultiplier: 1, isBound: true },
	{ name: "office network, processor 4 times slower", ...OFFICE, cpuSlowdownMultiplier: 4, isBound: true },
	{
		name: "slow 4G, processor 4 times slower",
		rttMs: 150,
		throughputKbps: 1_638.4,
		cpuSlowdownMultiplier: 4,
		isBound: false,
	},
];

const AUDITS = ["first-contentful-paint", "largest-contentful-paint", "interactive", "total-blocking-time"] as const;

type Lighthouse = (
	url: string,
	flags: { port: number; output: "json"; logLevel: "error" },
	config: unknown,
) => Promise<{ lhr: { audits: Record<string, { numericValue?: number }>; runtimeError?: { message: string } } }>;

type Launch = (options: { chromePath: string; chromeFlags: string[] }) => Promise<{ port: number; kill: () => void }>;

const root = resolve(import.meta.dirname, "..");
const target = resolve(root, "../target/lighthouse");

async function brought(): Promise<{ lighthouse: Lighthouse; launch: Launch }> {
	mkdirSync(target, { recursive: true });
	const wanted = readFileSync(join(root, "lighthouse/package-lock.json"), "utf8");
	const installed = join(target, "package-lock.json");
	const isThere = (() => {
		try {
			return readFileSync(join(target, "node_modules/.package-lock.json"), "utf8").length > 0;
		} catch {
			return false;
		}
	})();
	if (!isThere || readFileSync(installed, "utf8") !== wanted) {
		for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
			copyFileSync(join(root, "lighthouse", name), join(target, name));
		}
		console.error("bringing Lighthouse into target/lighthouse, once");
		const npm = process.env["npm_execpath"];
		const command: [string, string[]] = npm ? [process.execPath, [npm]] : ["npm", []];
		execFileSync(command[0], [...command[1], "ci", "--loglevel=error"], { cwd: target, stdio: "inherit" });
	}
	const load = (path: string) => import(pathToFileURL(join(target, "node_modules", path)).href);
	const { default: lighthouse } = await load("lighthouse/core/index.js");
	const { launch } = await load("chrome-launcher/dist/index.js");
	return { lighthouse, launch };
}

const { lighthouse, launch } = await brought();

async function measured(url: string, network: Network): Promise<Record<string, number>> {
	const chrome = await launch({
		chromePath: "/usr/bin/chromium",
		chromeFlags: ["--headless=new", "--no-sandbox", "--ignore-certificate-errors"],
	});
	try {
		const { lhr } = await lighthouse(
			url,
			{ port: chrome.port, output: "json", logLevel: "error" },
			{
				extends: "lighthouse:default",
				settings: {
					onlyAudits: AUDITS,
					formFactor: "desktop",
					throttlingMethod: "simulate",
					throttling: { ...network, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
					screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
				},
			},
		);
		if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
		return Object.fromEntries(AUDITS.map((name) => [name, Math.round(lhr.audits[name]?.numericValue ?? Number.NaN)]));
	} finally {
		chrome.kill();
	}
}

const pages: { name: string; url: string }[] = process.argv.slice(2).map((url) => ({ name: url, url }));
const closing: (() => Promise<void>)[] = [];
if (pages.length === 0) {
	await import("./build.ts");
	await build({ configFile: resolve(root, "apps/client/vite.config.ts"), mode: "mock", logLevel: "error" });
	const shipped = await serve(resolve(root, "../target/web/dist"));
	const withMock = await serve(resolve(root, "../target/web/mock"));
	pages.push({ name: "sign-in page", url: `${shipped.address}/im/` });
	pages.push({ name: "client, signed in", url: `${withMock.address}/im/?still` });
	closing.push(shipped.close, withMock.close);
}

console.log("| page | machine | first paint | largest paint | interactive | blocked |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const { name, url } of pages) {
	for (const machine of MACHINES) {
		// The middle one of three: the machine that measures does other things too.
		const runs: Record<string, number>[] = [];
		for (let n = 0; n < 3; n++) runs.push(await measured(url, machine));
		const [, middle = {}] = runs.sort((a, b) => (a["interactive"] ?? 0) - (b["interactive"] ?? 0));
		const figures = AUDITS.map((audit) => `${middle[audit]} ms`).join(" | ");
		console.log(`| ${name} | ${machine.name} | ${figures} |`);
		// Anything but a number below the budget is a miss.
		if (machine.isBound && !((middle["interactive"] ?? Number.NaN) < BUDGET)) process.exitCode = 1;
	}
}
for (const close of closing) await close();
