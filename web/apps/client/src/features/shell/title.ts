/** The title of the page: what is unread, and where one is, for tabs, for the browser's history, and said first of all. */

import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { conversationWith, nameOf } from "@rapport/live/state";
import { useEffect } from "react";
import { useLive } from "../../app/context";
import type { Route } from "../../app/route";
import { unseenOf } from "../../app/unseen";

const PLACES: Readonly<Partial<Record<Route["page"], SentenceKey>>> = {
	history: "rail-history",
	settings: "rail-settings",
};

export function useTitle(route: Route): void {
	const text = useText();
	const unread = useLive((live) => unseenOf(live, route));
	const id = "person" in route ? route.person : undefined;
	const name = useLive((live) => {
		const person = id === undefined ? undefined : (live.contacts.get(id)?.person ?? conversationWith(live, id)?.with);
		return person && text.isolate(nameOf(live, person));
	});
	const place = PLACES[route.page];
	const where = [name, place && text.say(place)].filter(Boolean).join(" – ");
	useEffect(() => {
		const timer = setTimeout(() => {
			document.title = `${unread > 0 ? `(${unread}) ` : ""}${where === "" ? "" : `${where} – `}Rapport`;
		}, 100);
		return () => clearTimeout(timer);
	}, [unread, where]);
	useEffect(
		() => () => {
			document.title = "Rapport";
		},
		[],
	);
}
