/** Asks once, after the first message, whether one wants to be told of them: the browser itself is asked only then. */

import { Button, MessageBar, MessageBarActions, MessageBarBody } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { isOfferDue } from "@rapport/live/attention";
import { useState, useSyncExternalStore } from "react";
import { useApp, useLive } from "../../app/context";
import { ofBrowser } from "../../app/storage";

const ANSWERED = "rapport.offered-notifications";

export function Offer() {
	const text = useText();
	const { session } = useApp();
	const heard = useSyncExternalStore(session.heard.subscribe, session.heard.get);
	const [isAnswered, setAnswered] = useState(() => ofBrowser.read(ANSWERED) !== null);
	const isDue = useLive((live) =>
		isOfferDue(live, {
			permission: "Notification" in globalThis ? Notification.permission : "denied",
			isAnswered,
			hasHeard: heard !== undefined,
		}),
	);
	if (!isDue) return null;
	const answer = () => {
		ofBrowser.write(ANSWERED, "1");
		setAnswered(true);
	};
	return (
		<MessageBar intent="info" shape="square">
			<MessageBarBody>{text.say("notifications-offer")}</MessageBarBody>
			<MessageBarActions>
				<Button size="small" onClick={() => void Notification.requestPermission().then(answer, answer)}>
					{text.say("notifications-allow")}
				</Button>
				<Button size="small" appearance="transparent" onClick={answer}>
					{text.say("notifications-not-now")}
				</Button>
			</MessageBarActions>
		</MessageBar>
	);
}
