import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { type Icon, png } from "../../scripts/icons.ts";

const target = resolve(import.meta.dirname, "../../../target/web");

/** What the manifest and the page name. */
const ICONS: Readonly<Record<string, Icon>> = {
	"icon-192.png": { size: 192 },
	"icon-512.png": { size: 512 },
	"icon-maskable-512.png": { size: 512, isMaskable: true },
	"icon-touch-180.png": { size: 180, isMaskable: true },
};

const icons: Plugin = {
	name: "icons",
	generateBundle() {
		const svg = readFileSync(resolve(import.meta.dirname, "public/icon.svg"), "utf8");
		for (const [fileName, icon] of Object.entries(ICONS)) {
			this.emitFile({ type: "asset", fileName, source: png(svg, icon) });
		}
	},
};

/** What comes when it is asked for, and what only that needs. */
const LATER =
	/features\/(settings|history|card)\/|key-help|emoji\.tsx|locales\/|packages\/mock\/|app\/mock|react-(select|tabs|switch|radio|checkbox)\//;

// In mode `mock` the page brings its server along, in memory; nothing of it is in what is shipped.
export default defineConfig(({ mode }) => ({
	root: import.meta.dirname,
	base: "/im/",
	cacheDir: resolve(target, "vite"),
	plugins: [react(), icons],
	define: { __MOCK__: JSON.stringify(mode === "mock") },
	build: {
		outDir: resolve(target, mode === "mock" ? "mock" : "dist"),
		emptyOutDir: true,
		manifest: "manifest.json",
		target: "es2022",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		chunkSizeWarningLimit: 2000,
		rolldownOptions: {
			output: {
				// Left to itself the bundler makes a file of whatever two pages share: 24 for a first load, each a way to the server.
				codeSplitting: {
					groups: [
						{ name: "base", tags: ["$initial"], priority: 1 },
						{ name: "frame", test: (id: string) => !LATER.test(id) },
					],
				},
			},
		},
	},
}));
