/**
 * What a screen reader says by itself: who wrote, who added me, that the one who is talked to has another state, and what
 * I chose.
 */

import { makeStyles } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { conversationWith, nameOf } from "@rapport/live/state";
import { myState, stateUntil, stateWords } from "@rapport/ui/presence";
import { useEffect, useState } from "react";
import { useApp } from "../../app/context";

/** Lines that are kept: the one that is read, and what came meanwhile. */
const KEPT = 3;

const useStyles = makeStyles({
	unseen: {
		position: "absolute",
		inlineSize: "1px",
		blockSize: "1px",
		overflow: "hidden",
		clipPath: "inset(50%)",
	},
});

export function Aloud() {
	const styles = useStyles();
	const text = useText();
	const { session, router } = useApp();
	const [lines, setLines] = useState<readonly { readonly id: number; readonly words: string }[]>([]);

	useEffect(() => {
		const { live, heard } = session;
		let next = 1;
		const say = (words: string) => setLines((before) => [...before, { id: next++, words }].slice(-KEPT));
		const talkedTo = () => {
			const route = router.get();
			return route.page === "conversation" ? route.person : undefined;
		};
		const name = (id: string) => {
			const now = live.get();
			const person = now.contacts.get(id)?.person ?? conversationWith(now, id)?.with;
			return person ? nameOf(now, person) : id;
		};
		const stopHearing = heard.subscribe(() => {
			const message = heard.get();
			if (!message) return;
			const { person, text: words } = message;
			if (person === talkedTo()) say(text.say("aloud-message", { name: name(person), words }));
			else say(text.say("aloud-elsewhere", { name: name(person) }));
		});
		let before: { person: string | undefined; state: string | undefined } = { person: undefined, state: undefined };
		const stopLooking = live.subscribe(() => {
			const person = talkedTo();
			const presence = person === undefined ? undefined : live.get().presence.get(person);
			const state = presence && stateWords(presence, text);
			const isOther = person === before.person && before.state !== undefined && state !== before.state;
			before = { person, state };
			if (isOther && person !== undefined && state) {
				say(text.say("aloud-state", { name: name(person), state: stateUntil(presence, text, Date.now()) }));
			}
		});
		// Chosen by a key there is nothing else that says so.
		let chosen = live.get().me?.chosen;
		const stopChoosing = live.subscribe(() => {
			const { me } = live.get();
			if (!me || me.chosen === chosen) return;
			const isFirst = chosen === undefined;
			chosen = me.chosen;
			if (!isFirst) say(text.say("my-status-label", { state: myState(me, text, Date.now()) }));
		});
		// Those who were there as the page came are read with it.
		let adders = live.get().ready ? live.get().incoming : undefined;
		const stopMeeting = live.subscribe(() => {
			const { ready, incoming } = live.get();
			if (!ready || incoming === adders) return;
			const known = new Set((adders ?? incoming).map((one) => one.person.id));
			adders = incoming;
			for (const { person } of incoming) {
				if (!known.has(person.id)) say(text.say("added-you", { name: person.displayName }));
			}
		});
		return () => {
			stopHearing();
			stopLooking();
			stopMeeting();
			stopChoosing();
		};
	}, [session, router, text]);

	return (
		// Each line once: the whole of a status would be said again with every line that comes.
		<div className={styles.unseen} role="status" aria-atomic={false} data-unseen>
			{lines.map(({ id, words }) => (
				<p key={id}>{words}</p>
			))}
		</div>
	);
}
