/** Puts the page together. */

import { Client } from "@rapport/api/client";
import { httpTransport } from "@rapport/api/http";
import type { Transport } from "@rapport/api/transport";
import { choose, load } from "@rapport/i18n/languages";
import { createRoot } from "react-dom/client";
import { attend } from "./app/attend";
import { handOver } from "./app/hand-over";
import { colour, lookKept } from "./app/look";
import { Root } from "./app/root";
import { Router } from "./app/route";
import { Session } from "./app/session";
import { Shown } from "./app/shown";
import { tabsOfBrowser } from "./app/tabs";

declare const __MOCK__: boolean;

async function transport(): Promise<Transport> {
	if (!__MOCK__) return httpTransport(location.origin);
	const { mock } = await import("./app/mock");
	return mock();
}

const { theme = "system", language = "" } = lookKept();
colour(theme);
// The language is fetched while it is found out who is signed in: one after the other would be two ways.
void load(choose(language, navigator.languages), navigator.languages);
// So is the frame, which whoever signs in has then, too; not with the page itself, whose first words it would delay.
void import("./features/shell/shell").catch(() => undefined);

/** Not awaited by the module: what it asks for is in files that need this one to have run. */
async function begin(): Promise<void> {
	const root = document.getElementById("root");
	if (!root) throw new Error("the page has no root");
	const session = new Session(new Client(await transport()), tabsOfBrowser());
	const app = { session, router: new Router(), shown: new Shown() };
	attend(app);
	handOver(app);
	createRoot(root).render(<Root app={app} />);
	void session.start();
}

void begin();
