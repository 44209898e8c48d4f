/** What concerns everything: that the connection is away, that what is shown may be old, that nothing can be kept here. */

import { Button, MessageBar, MessageBarActions, MessageBarBody } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useApp } from "../../app/context";
import { Offer } from "./offer";

/** A connection that is away for less than this is nobody's business, in milliseconds. */
const GRACE = 1_500;

export function Banner({ className }: { className: string }) {
	const text = useText();
	const { session } = useApp();
	const link = useSyncExternalStore(session.link.subscribe, session.link.get);
	const isAway = link.phase !== "up";
	const [isShown, setShown] = useState(false);
	useEffect(() => {
		if (!isAway) {
			setShown(false);
			return;
		}
		const timer = setTimeout(() => setShown(true), GRACE);
		return () => clearTimeout(timer);
	}, [isAway]);
	const isUnkept = useSyncExternalStore(session.unkept.subscribe, session.unkept.get);
	const isOffline = link.phase === "waiting" && link.offline;
	return (
		<div className={className} aria-live="polite">
			{isShown && isAway && (
				<MessageBar intent="warning" shape="square">
					<MessageBarBody>{text.say(isOffline ? "banner-offline" : "banner-reconnecting")}</MessageBarBody>
					<MessageBarActions>
						<Button size="small" onClick={() => session.reconnect()}>
							{text.say("banner-now")}
						</Button>
					</MessageBarActions>
				</MessageBar>
			)}
			{isUnkept && (
				<MessageBar intent="warning" shape="square" layout="multiline">
					<MessageBarBody>{text.say("banner-unkept")}</MessageBarBody>
				</MessageBar>
			)}
			<Offer />
		</div>
	);
}
