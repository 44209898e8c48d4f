import { Client } from "@rapport/api/client";
import type { Settings } from "@rapport/api/types";
import { MockServer } from "@rapport/mock/server";
import { expect, it, vi } from "vitest";
import { keepLook, lookKept } from "./look";
import { Session } from "./session";
import { inBrowser, started, unload, within } from "./testing";

inBrowser();

const LOOK: Partial<Settings> = { theme: "dark", density: "compact", language: "de" };

function server(): MockServer {
	const options = { now: () => Date.now(), delay: 1, signedIn: true, empty: false, alive: false, keeps: true };
	return new MockServer({ ...options, settings: LOOK });
}

it("looks from the first moment on as it looked last in this browser", async () => {
	const mock = server();
	const before = await started(mock);
	unload(before);
	expect(new Session(new Client(mock)).live.get()).toMatchObject({ ready: false, settings: LOOK });
	await within(50, before.set({ theme: "highContrast" }));
	expect(new Session(new Client(mock)).live.get().settings.theme).toBe("highContrast");
});

it("leaves nothing but the theme and the density behind where nobody is signed in any more", async () => {
	const mock = server();
	const session = await started(mock);
	await within(50, session.signOut());
	expect(session.live.get().settings).toMatchObject({ ...LOOK, language: "" });
	expect(Object.keys(localStorage)).toEqual(["rapport.look"]);
	expect(lookKept()).toEqual({ theme: "dark", density: "compact" });
	// Whoever was signed out while the page was closed, too.
	keepLook({ theme: "dark", density: "compact", language: "de" });
	const after = new Session(new Client(mock));
	await Promise.all([after.start(), vi.advanceTimersByTimeAsync(50)]);
	expect(after.standing.get()).toEqual({ at: "signedOut" });
	expect(after.live.get().settings).toMatchObject({ ...LOOK, language: "" });
	expect(lookKept()).toEqual({ theme: "dark", density: "compact" });
});

it("isn't taken in by what isn't in the form that it kept", () => {
	for (const text of ["", "{", "7", "null", "[]", '{"theme":"pink","density":1,"language":7}']) {
		localStorage.setItem("rapport.look", text);
		expect(lookKept()).toEqual({});
	}
});
