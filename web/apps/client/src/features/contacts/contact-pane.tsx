/** The Contact List: me, find anyone, who added me, and the people; or what was found instead of them. */

import { makeStyles, tokens } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { useCallback, useState } from "react";
import { useLive } from "../../app/context";
import { Loading } from "../../parts/loading";
import { useKeptScroll } from "../../parts/reading";
import { FindBox } from "../find/find-box";
import { Found } from "../find/found";
import type { Wish } from "../find/wish";
import { Me } from "../me/me";
import { Adders } from "./adders";
import { ContactList } from "./contact-list";
import { FirstRun } from "./first-run";
import { ViewMenu } from "./view-menu";

const useStyles = makeStyles({
	unseen: {
		position: "absolute",
		inlineSize: "1px",
		blockSize: "1px",
		overflow: "hidden",
		clipPath: "inset(50%)",
		margin: 0,
	},
	tools: {
		display: "flex",
		gap: tokens.spacingHorizontalXS,
		paddingInline: tokens.spacingHorizontalM,
		paddingBlockEnd: tokens.spacingVerticalS,
	},
	scroll: { flexGrow: 1, minBlockSize: 0, overflowY: "auto", paddingBlockEnd: tokens.spacingVerticalM },
});

export function ContactPane() {
	const styles = useStyles();
	const text = useText();
	const [query, setQuery] = useState("");
	const typed = query.trim();
	const [wish, setWish] = useState<Wish>();
	const onWished = useCallback(() => setWish(undefined), []);
	const onFound = useCallback(() => setQuery(""), []);
	const isReady = useLive((live) => live.ready);
	const isEmpty = useLive((live) => live.ready && live.contacts.size === 0);
	const hasGroups = useLive((live) => live.groups.some((group) => !group.isFixed));
	const scroll = useKeptScroll("list", isReady && typed === "");
	return (
		<>
			<h1 className={styles.unseen}>{text.say("rail-contacts")}</h1>
			<Me />
			<div className={styles.tools} role="search">
				<FindBox query={query} onQuery={setQuery} onWish={(to) => setWish({ query: typed, to })} />
				<ViewMenu />
			</div>
			{typed !== "" ? (
				<Found query={typed} wish={wish} onWished={onWished} onDone={onFound} />
			) : (
				<div className={styles.scroll} ref={scroll} tabIndex={isEmpty ? 0 : undefined}>
					<Adders />
					{!isReady && <Loading rows={6} inset="pane" />}
					{isEmpty && <FirstRun />}
					{isReady && (!isEmpty || hasGroups) && <ContactList />}
				</div>
			)}
		</>
	);
}
