/**
 * Two people in two browsers against a real server: `cargo xtask web npm run live -- https://127.0.0.1:8443 PASSWORD
 * ADDRESS ADDRESS`, with the demonstration of `cargo xtask run` for a server.
 */

import { strict as assert } from "node:assert";
import { resolve } from "node:path";
import { chromium, type Page } from "playwright-core";

const [address = "", password = "", first = "", second = ""] = process.argv.slice(2);
const screens = resolve(import.meta.dirname, "../../target/screens");

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

async function person(account: string): Promise<Page> {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 800 },
		locale: "en-GB",
		serviceWorkers: "block",
	});
	const page = await context.newPage();
	page.setDefaultTimeout(10_000);
	page.on("console", (message) => {
		if (message.type() === "error") console.error(`  ${account}: ${message.text().slice(0, 300)}`);
	});
	page.on("pageerror", (error) => console.error(`  ${account}: FAULT ${error.message}`));
	page.on("response", async (response) => {
		if (response.status() >= 400) {
			console.error(
				`  ${account}: ${response.status()} ${response.request().method()} ${response.url()} ${(await response.text().catch(() => "")).slice(0, 200)}`,
			);
		}
	});
	await page.goto(`${address}/`);
	await page.getByLabel("Address").fill(account);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.locator("[data-pane=list] h1").waitFor({ state: "attached" });
	await page.getByRole("button", { name: /^My status/ }).waitFor();
	return page;
}

const steps: [string, () => Promise<void>][] = [];
const it = (name: string, act: () => Promise<void>) => steps.push([name, act]);
const said = (page: Page, text: string) => page.locator("[role=log]").getByText(text, { exact: true });
const box = (page: Page) => page.locator("main [role=textbox]");

const a = await person(first);
const b = await person(second);
const idOf = (page: Page, account: string) =>
	page.evaluate(
		async (name) =>
			((await (await fetch(`/api/v1/people/${encodeURIComponent(`sip:${name}`)}`)).json()) as { id: string }).id,
		account,
	);
const aId = await idOf(b, first);
const bId = await idOf(a, second);

const rowOfB = () => a.locator(`[data-row$="/${bId}"]`);

it("a message arrives within a second, and opens when it is looked at", async () => {
	await a.goto(`${address}/im/c/${bId}`);
	await box(a).fill("Hello from the browser");
	await box(a).press("Enter");
	const from = Date.now();
	await b.getByRole("navigation").getByText("1").waitFor();
	console.error(`  unread after ${Date.now() - from} ms`);
	await b.goto(`${address}/im/talks/${aId}`);
	await said(b, "Hello from the browser").waitFor();
	await box(b).fill("Hello back");
	await box(b).press("Enter");
	await said(a, "Hello back").waitFor();
});
it("formatting arrives", async () => {
	await box(a).click();
	await a.keyboard.press("Control+b");
	await a.keyboard.type("bold");
	await a.keyboard.press("Enter");
	await b.locator("[role=log] b", { hasText: "bold" }).waitFor();
});
it("typing is seen", async () => {
	await box(b).click();
	await b.keyboard.type("I am typ");
	await a.getByText(/is typing/).waitFor();
});
it("a state and a note are seen at once", async () => {
	await b.goto(`${address}/im/c/${aId}`);
	await b.getByLabel("My note").waitFor();
	await b.keyboard.press("Alt+Shift+D");
	await rowOfB()
		.getByText(/Do Not Disturb/)
		.first()
		.waitFor();
	await b.getByLabel("My note").fill("Noted");
	await b.getByLabel("My note").press("Enter");
	await a.getByText(/Noted/).first().waitFor();
	await b.getByLabel("My note").fill("");
	await b.getByLabel("My note").press("Enter");
	await b.getByRole("button", { name: /^My status/ }).click();
	await b.getByRole("menuitem", { name: "Reset status" }).click();
	await rowOfB()
		.getByText(/Do Not Disturb/)
		.first()
		.waitFor({ state: "detached" });
});
it("a reload keeps the session, the draft and what was said", async () => {
	await box(a).fill("half a sen");
	await a.reload();
	await said(a, "Hello back").waitFor();
	assert.equal(await box(a).innerText(), "half a sen");
});
it("settings roam to a second tab", async () => {
	const other = await a.context().newPage();
	await other.goto(`${address}/im/settings/look`);
	await other.getByRole("radio", { name: "Dark" }).click();
	await a.waitForTimeout(600);
	const colour = await a.evaluate(
		() => getComputedStyle(document.querySelector(".fui-FluentProvider") as Element).backgroundColor,
	);
	assert.notEqual(colour, "rgb(255, 255, 255)");
	await other.getByRole("radio", { name: "Same as the system" }).click();
	await other.close();
});
it("an app password is made and revoked", async () => {
	await a.goto(`${address}/im/settings/app-passwords`);
	await a.getByLabel("What is it for?").fill("A laptop");
	await a.getByRole("button", { name: "Create a password" }).click();
	await a.getByText("Password for A laptop").first().waitFor();
	await a.getByRole("button", { name: "Revoke the password for A laptop" }).click();
});
it("the card shows who it is and what they see", async () => {
	await a.goto(`${address}/im/c/${bId}`);
	await a.getByRole("button", { name: "Contact card" }).click();
	await a
		.getByText(/sees you like this/)
		.first()
		.waitFor();
	await a.waitForTimeout(300);
	await a.screenshot({ path: resolve(screens, "live-card.png") });
	await a.keyboard.press("Escape");
	await a.goto(`${address}/im/settings/access`);
	await a.getByText("Personal", { exact: true }).waitFor();
});
it("devices and sessions are listed", async () => {
	await a.goto(`${address}/im/settings/devices`);
	await a.getByText("This browser").first().waitFor();
});
it("a group is made and removed", async () => {
	await a.goto(`${address}/im/`);
	await a.getByRole("button", { name: "View and new group" }).click();
	await a.getByRole("menuitem", { name: "New group" }).click();
	await a.getByLabel("Name of the group").fill("Friends");
	await a.getByRole("button", { name: "Save" }).click();
	await a.getByRole("treeitem", { name: /Friends/ }).waitFor();
	await a.getByRole("treeitem", { name: /Friends/ }).press("Shift+F10");
	await a.getByRole("menuitem", { name: "Remove group" }).click();
	await a.getByRole("treeitem", { name: /Friends/ }).waitFor({ state: "detached" });
});
it("somebody is found", async () => {
	await a.getByRole("searchbox").fill(second.slice(0, 4));
	await a.locator(`[data-found] [data-row="${bId}"]`).waitFor();
	await a.getByRole("searchbox").fill("");
});
it("who is signed out is on the sign-in page, and stays there", async () => {
	await a.goto(`${address}/im/`);
	await a.getByRole("button", { name: /^My status/ }).click();
	await a.getByRole("menuitem", { name: "Sign out" }).click();
	await a.getByLabel("Password").waitFor();
	await a.reload();
	await a.getByLabel("Password").waitFor();
});

let failed = 0;
for (const [name, act] of steps) {
	try {
		await act();
		console.error(`ok: ${name}`);
	} catch (error) {
		failed++;
		console.error(`FAILED: ${name}\n  ${String(error).slice(0, 500)}`);
		await a.screenshot({ path: resolve(screens, `failed-a-${failed}.png`) });
		await b.screenshot({ path: resolve(screens, `failed-b-${failed}.png`) });
	}
}
await browser.close();
if (failed > 0) process.exitCode = 1;
