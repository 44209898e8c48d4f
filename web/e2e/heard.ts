/**
 * A day by ear alone, in both languages: signing in, the Contact List with presence, finding somebody, talking, hearing
 * what comes, a message that can't be delivered, and a state of one's own. What is held true is what is said.
 */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";
import { isSent, settled } from "./journey.ts";
import { Reader } from "./reader.ts";

/** What is to be heard, as a person who speaks the language would write it down. */
interface Words {
	readonly signIn: RegExp;
	readonly address: RegExp;
	readonly password: RegExp;
	readonly wrong: RegExp;
	readonly list: RegExp;
	readonly group: RegExp;
	readonly ben: RegExp;
	readonly chloe: RegExp;
	readonly find: RegExp;
	readonly one: RegExp;
	readonly nobody: RegExp;
	readonly nils: RegExp;
	readonly write: RegExp;
	readonly typing: RegExp;
	readonly answer: RegExp;
	readonly elsewhere: RegExp;
	readonly there: RegExp;
	readonly you: RegExp;
	readonly offline: RegExp;
	readonly failed: RegExp;
	readonly status: RegExp;
	readonly available: RegExp;
	readonly chosen: RegExp;
	readonly busy: RegExp;
	readonly isBusy: RegExp;
	readonly isAvailable: RegExp;
	readonly card: RegExp;
	readonly level: RegExp;
	readonly leave: RegExp;
}

const ENGLISH: Words = {
	signIn: /^heading, Sign in, level 1$/,
	address: /^textbox, Address, .*required/,
	password: /^Password(, |$)/,
	wrong: /^assertive: Address or password is wrong/,
	list: /^heading, Contact List, level 1$/,
	group: /^treeitem, Favourites 2\/2, .*expanded.*level 1.*position 1.*set size \d/,
	ben: /^treeitem, Ben Okafor, Busy, In a call \d+ mins?, .*level 2.*position 1.*set size 2/,
	chloe: /^treeitem, Chloé Martin, Away \d+ mins? · Working from the Gothenburg office/,
	find: /^searchbox, Find anyone/,
	one: /^polite: 1 person found$/,
	nobody: /^polite: Nobody was found for “zzz”/,
	nils: /^button, Nils Berg, Available, Facilities · Office/,
	write: /^textbox, Message to Nils Berg, /,
	typing: /^polite: Nils Berg is typing …$/,
	answer: /^polite: Nils Berg: Good morning to you\.$/,
	elsewhere: /^polite: New message from Hugo Sandström$/,
	there: /^polite: Müller, Anna is now: Available$/,
	you: /^You$/,
	offline: /^textbox, Message to Müller, Anna, .*Offline.*Müller, Anna is offline\. A message can be delivered only/,
	failed: /^assertive: .*Not delivered: They are offline\./,
	status: /^button, My status: Available/,
	available: /^menuitemradio, Available, not checked, position 1, set size 6/,
	chosen: /^menuitemradio, Available, checked/,
	busy: /^menuitemradio, Busy, not checked/,
	isBusy: /^polite: My status: Busy$/,
	isAvailable: /^polite: My status: Available$/,
	card: /^dialog, Card of Nils Berg/,
	level: /^combobox, Level of Access/,
	leave: /^menuitem, Sign out/,
};

const GERMAN: Words = {
	signIn: /^heading, Anmelden, level 1$/,
	address: /^textbox, Adresse, .*required/,
	password: /^Kennwort(, |$)/,
	wrong: /^assertive: Adresse oder Kennwort ist falsch/,
	list: /^heading, Kontaktliste, level 1$/,
	group: /^treeitem, Favoriten 2\/2, .*expanded.*level 1.*position 1.*set size \d/,
	ben: /^treeitem, Ben Okafor, Beschäftigt, Im Gespräch \d+ Min\., .*level 2.*position 1.*set size 2/,
	chloe: /^treeitem, Chloé Martin, Abwesend \d+ Min\. · Working from the Gothenburg office/,
	find: /^searchbox, Jemanden suchen/,
	one: /^polite: 1 Person gefunden$/,
	nobody: /^polite: Niemand gefunden zu „zzz“/,
	nils: /^button, Nils Berg, Verfügbar, Facilities · Office/,
	write: /^textbox, Nachricht an Nils Berg, /,
	typing: /^polite: Nils Berg schreibt …$/,
	answer: /^polite: Nils Berg: Good morning to you\.$/,
	elsewhere: /^polite: Neue Nachricht von Hugo Sandström$/,
	there: /^polite: Müller, Anna ist jetzt: Verfügbar$/,
	you: /^Sie$/,
	offline: /^textbox, Nachricht an Müller, Anna, .*Offline.*Müller, Anna ist offline\. Nachrichten können erst/,
	failed: /^assertive: .*Nicht zugestellt: Die Person ist offline\./,
	status: /^button, Mein Status: Verfügbar/,
	available: /^menuitemradio, Verfügbar, not checked, position 1, set size 6/,
	chosen: /^menuitemradio, Verfügbar, checked/,
	busy: /^menuitemradio, Beschäftigt, not checked/,
	isBusy: /^polite: Mein Status: Beschäftigt$/,
	isAvailable: /^polite: Mein Status: Verfügbar$/,
	card: /^dialog, Karte von Nils Berg/,
	level: /^combobox, Zugriffsebene/,
	leave: /^menuitem, Abmelden/,
};

async function day(page: Page, words: Words): Promise<void> {
	const reader = await Reader.on(page);

	// In: what the page is, what it asks for, and why it was refused.
	await reader.readsTo(words.signIn);
	await reader.readsTo(words.address);
	await reader.types("ana@lindblad.example");
	await reader.tabsTo(words.password);
	await reader.types("wrong");
	await reader.press("Enter");
	await reader.hears(words.wrong);
	// The password is chosen whole, to be typed anew.
	await reader.types("rapport");
	await reader.press("Enter");
	await reader.hears(words.list);

	// The list: who there is and what they do, where one is in it.
	await reader.agrees(await reader.tabsTo(words.group));
	await reader.press("ArrowDown");
	await reader.agrees(await reader.hears(words.ben));
	await reader.press("ArrowDown");
	await reader.hears(words.chloe);

	// Somebody who isn't on it.
	await reader.press("/");
	await reader.hears(words.find);
	await reader.types("zzz");
	await reader.hears(words.nobody);
	await reader.press("Control+a");
	await reader.types("nils");
	await reader.hears(words.one);
	await reader.press("ArrowDown");
	await reader.agrees(await reader.hears(words.nils));

	// A conversation, what comes in, there and elsewhere; each said once.
	await reader.press("Enter");
	await reader.agrees(await reader.hears(words.write));
	await reader.types("Good morning");
	await reader.press("Enter");
	await page.locator("[role=log]").getByText("Good morning", { exact: true }).waitFor();
	// What waits to be sent stands behind what comes in meanwhile.
	await isSent(page);
	await page.evaluate('mock.tell({type: "typing", conversation: "c-nils", person: "nils", typing: true})');
	await reader.hears(words.typing);
	await page.evaluate('mock.hear("nils", "Good morning to you.")');
	await reader.hears(words.answer);
	await page.evaluate('mock.hear("hugo", "A secret")');
	await reader.hears(words.elsewhere);
	await settled(page);
	assert.equal(await reader.count(/^(polite|assertive): .*Good morning to you/), 1, "a message is said once");
	assert.equal(await reader.count(words.elsewhere), 1, "that there is one elsewhere is said once");
	assert.equal(await reader.count(/A secret/), 0, "what was said elsewhere stays there");
	assert.equal(await reader.count(/^polite: .*Good morning$/), 0, "what one wrote isn't said");

	// What was said can be read again, with who said it.
	await reader.jumps("moveToPreviousHeading");
	await reader.readsTo(words.you);
	await reader.readsTo(/^Good morning$/);
	await reader.readsTo(/Nils Berg/);
	await reader.readsTo(/^Good morning to you\.$/);

	// Their card.
	await page.locator("main [role=textbox]").focus();
	await reader.press("Alt+Enter");
	await reader.hears(words.card);
	await reader.agrees(await reader.tabsTo(words.level));
	await reader.press("Escape");
	await reader.hears(words.write);

	// Somebody who isn't there: told before one writes, and when it wasn't delivered.
	await reader.press("Control+k");
	await reader.hears(words.find);
	await reader.types("Müller, Anna");
	await reader.hears(words.one);
	await reader.press("Enter");
	await reader.hears(words.offline);
	await reader.types("Are you there?");
	await reader.press("Enter");
	await reader.hears(words.failed);
	await page.evaluate('mock.become("mueller2", "available")');
	await reader.hears(words.there);

	// A state of one's own, by the menu and by its key; and out.
	await reader.tabsTo(/Ana Lind/, "F6");
	await reader.tabsTo(words.status);
	await reader.press("Enter");
	await reader.hears(words.available);
	await reader.press("ArrowDown");
	await reader.agrees(await reader.hears(words.busy));
	await reader.press("Enter");
	await reader.hears(words.isBusy);
	await reader.press("Alt+Shift+A");
	await reader.hears(words.isAvailable);
	await reader.press("Enter");
	await reader.hears(words.chosen);
	await reader.press("End");
	await reader.hears(words.leave);
	await reader.press("Enter");
	await reader.hears(words.password);
}

/** The journeys by ear: what it shows, the language that the browser asks for, and what is done. */
export const HEARD: readonly (readonly [name: string, language: string, act: (page: Page) => Promise<void>])[] = [
	["by ear alone one spends a day, in English", "en-GB", (page) => day(page, ENGLISH)],
	["by ear alone one spends a day, in German", "de-DE", (page) => day(page, GERMAN)],
];
