import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"],
		cache: false,
		// What is slow here is starting, not testing.
		isolate: false,
		pool: "threads",
	},
});
