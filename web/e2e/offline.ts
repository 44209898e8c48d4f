/** The client as a program of its own: it can be installed, and without its server it opens, says so and comes back. */

import { strict as assert } from "node:assert";
import { resolve } from "node:path";
import type { Browser } from "playwright-core";
import { PATIENCE, slowed, soon, until } from "./journey.ts";
import { serve } from "./serve.ts";

const dist = resolve(import.meta.dirname, "../../target/web/dist");

type Act = (browser: Browser) => Promise<void>;

export const OFFLINE: readonly (readonly [name: string, act: Act])[] = [
	[
		"without its server the client opens all the same, says that it is offline, and comes back by itself",
		async (browser) => {
			const served = await serve(dist);
			const context = await browser.newContext({ locale: "en-GB" });
			await slowed(context);
			const page = await context.newPage();
			page.setDefaultTimeout(PATIENCE);
			await page.goto(`${served.address}/im/`);
			await page.getByLabel("Password").waitFor();
			await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
			await page.reload();
			await until(page, "navigator.serviceWorker.controller !== null");
			await served.close();
			await page.reload();
			await page.getByRole("heading", { name: "You are offline" }).waitFor();
			const again = await serve(dist, served.port);
			await page.getByLabel("Password").waitFor();
			await again.close();
			// An address that was never asked for opens as well.
			await page.goto(`${served.address}/im/c/somebody`);
			await page.getByRole("heading", { name: "You are offline" }).waitFor();
			await context.close();
		},
	],
	[
		"nothing keeps the client from being installed",
		async (browser) => {
			const served = await serve(dist);
			const context = await browser.newContext();
			await slowed(context);
			const page = await context.newPage();
			page.setDefaultTimeout(PATIENCE);
			await page.goto(`${served.address}/im/`);
			await page.getByLabel("Password").waitFor();
			await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
			const devtools = await context.newCDPSession(page);
			const manifest = await devtools.send("Page.getAppManifest");
			assert.deepEqual(manifest.errors, []);
			await soon(async () => {
				const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
				// A context of a test is one, and only for that nothing is installed.
				const wrong = installabilityErrors.filter((one) => one.errorId !== "in-incognito");
				assert.deepEqual(wrong, []);
			});
			const icons = JSON.parse(manifest.data ?? "{}").icons as { src: string; sizes: string; type: string }[];
			for (const { src, sizes, type } of icons.filter((one) => one.type === "image/png")) {
				const size = (await page.evaluate(
					`new Promise((done, fail) => {
						const image = new Image();
						image.onload = () => done(image.naturalWidth + "x" + image.naturalHeight);
						image.onerror = fail;
						image.src = ${JSON.stringify(src)};
					})`,
				)) as string;
				assert.equal(size, sizes, `${src} ${type}`);
			}
			await context.close();
			await served.close();
		},
	],
];
