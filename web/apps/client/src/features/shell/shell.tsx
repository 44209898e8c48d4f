/** The frame of the client in its three widths: the rail, the list, and what is open beside it. */

import { mergeClasses, Spinner, Text as Words } from "@fluentui/react-components";
import { ChatMultipleRegular } from "@fluentui/react-icons";
import { useText } from "@rapport/i18n/react";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useApp, useLive } from "../../app/context";
import { useRoute } from "../../app/route";
import { useIsWide } from "../../parts/narrow";
import { ContactPane } from "../contacts/contact-pane";
import { Conversation } from "../conversation/conversation";
import { TalkPane } from "../conversation/talk-pane";
import { TALK, TalkTabs, tabOf } from "../conversation/talk-tabs";
import { Aloud } from "./aloud";
import { Banner } from "./banner";
import { useKeys } from "./keys";
import { Rail } from "./rail";
import { Saying } from "./saying";
import { useStyles } from "./shell.styles";
import { useTitle } from "./title";

const SettingsPages = lazy(async () => ({ default: (await import("../settings/settings")).SettingsPages }));
const History = lazy(async () => ({ default: (await import("../history/history")).History }));
const Card = lazy(async () => ({ default: (await import("../card/card")).Card }));
const KeyHelp = lazy(async () => ({ default: (await import("./key-help")).KeyHelp }));

/** @param isFresh whether one has just signed in here: nothing has the focus then, and a screen reader would say nothing. */
export function Shell({ isFresh }: { isFresh: boolean }) {
	const styles = useStyles();
	const text = useText();
	const { router, shown } = useApp();
	const route = useRoute(router);
	const card = useSyncExternalStore(shown.card.subscribe, shown.card.get);
	const keys = useSyncExternalStore(shown.keys.subscribe, shown.keys.get);
	const [panel, setPanel] = useState(() => ("panel" in route ? route.panel : ("contacts" as const)));
	const isWide = useIsWide();
	const root = useRef<HTMLDivElement>(null);
	useKeys(root);
	useTitle(route);
	useEffect(() => {
		const heading = root.current?.querySelector("h1");
		if (!isFresh || !heading || document.activeElement !== document.body) return;
		heading.tabIndex = -1;
		heading.focus();
	}, [isFresh]);
	if ("panel" in route && route.panel !== panel) setPanel(route.panel);
	// What the page is about is its main part: the list, until somebody of it is talked to.
	const listRole = route.page === "list" ? "main" : "region";
	const isWhole = route.page === "settings" || route.page === "history";
	return (
		<div className={styles.shell} ref={root}>
			<Banner className={styles.banner} />
			<Rail route={route} panel={panel} />
			{!isWhole && (
				<section
					role={listRole}
					className={mergeClasses(styles.list, route.page === "conversation" && styles.onlyMedium)}
					data-pane="list"
					aria-label={text.say(panel === "contacts" ? "rail-contacts" : "rail-conversations")}
				>
					{panel === "contacts" ? <ContactPane /> : <TalkPane />}
				</section>
			)}
			{route.page === "conversation" && (
				<main className={styles.main} data-pane="main">
					{isWide && <TalkTabs person={route.person} panel={panel} />}
					<div
						className={styles.panel}
						{...(isWide ? { role: "tabpanel", id: TALK, "aria-labelledby": tabOf(route.person) } : {})}
					>
						<Conversation key={route.person} person={route.person} />
					</div>
				</main>
			)}
			{route.page === "list" && (
				<section className={mergeClasses(styles.main, styles.onlyMedium)} aria-label={text.say("nothing-open-title")}>
					<NothingOpen />
				</section>
			)}
			{isWhole && (
				<main className={mergeClasses(styles.main, styles.whole)} data-pane="main">
					<Suspense fallback={<Spinner delay={200} aria-label={text.say("loading")} />}>
						{route.page === "settings" && <SettingsPages section={route.section} />}
						{route.page === "history" && <History person={route.person} />}
					</Suspense>
				</main>
			)}
			<Suspense>{card !== undefined && <Card key={card} person={card} />}</Suspense>
			<Suspense>{keys && <KeyHelp />}</Suspense>
			<Saying />
			<Aloud />
		</div>
	);
}

function NothingOpen() {
	const styles = useStyles();
	const text = useText();
	const isReady = useLive((live) => live.ready);
	if (!isReady) return null;
	return (
		<div className={styles.none}>
			<ChatMultipleRegular className={styles.noneIcon} />
			<Words as="h2" size={500} weight="semibold">
				{text.say("nothing-open-title")}
			</Words>
			<Words>{text.say("nothing-open-words")}</Words>
		</div>
	);
}
