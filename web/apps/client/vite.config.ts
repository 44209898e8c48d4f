import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const target = resolve(import.meta.dirname, "../../../target/web");

// In mode `mock` the page brings its server along, in memory; nothing of it is in what is shipped.
export default defineConfig(({ mode }) => ({
	root: import.meta.dirname,
	base: "/im/",
	cacheDir: resolve(target, "vite"),
	plugins: [react()],
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
	},
}));
