/** People who have added me: what they may see is decided here, once. On a phone they are one line, which opens. */

import { Button, mergeClasses, Text as Words } from "@fluentui/react-components";
import { ChevronDownRegular, PersonAddRegular } from "@fluentui/react-icons";
import type { PersonRef } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { groupsForAdded } from "@rapport/live/list";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useId, useState } from "react";
import { useAct, useApp, useLive } from "../../app/context";
import { type Next, useGoingOn } from "../../parts/focus";
import { useLevels } from "../../parts/levels";
import { useIsNarrow } from "../../parts/narrow";
import { usePresence } from "../../parts/person";
import { useStyles } from "./list.styles";

/** How many are shown before the list: the others are one press away. */
const FIRST = 3;

export function Adders() {
	const styles = useStyles();
	const text = useText();
	const incoming = useLive((live) => live.incoming);
	const isNarrow = useIsNarrow();
	const [isOpen, setOpen] = useState(false);
	const [isWhole, setWhole] = useState(false);
	const id = useId();
	const [latest] = incoming;
	if (!latest) return null;
	const name = latest.person.displayName;
	const others = incoming.length - 1;
	const line = others === 0 ? text.say("added-you", { name }) : text.say("added-you-and-more", { name, count: others });
	// Whoever opens the line sees all of them.
	const shown = isWhole || isNarrow ? incoming : incoming.slice(0, FIRST);
	const rest = incoming.length - shown.length;
	return (
		<>
			{isNarrow && (
				<button
					type="button"
					className={styles.fold}
					aria-expanded={isOpen}
					aria-controls={id}
					title={line}
					onClick={() => setOpen(!isOpen)}
				>
					<PersonAddRegular className={styles.foldIcon} />
					<span className={styles.foldWords}>{line}</span>
					<ChevronDownRegular className={mergeClasses(styles.foldIcon, isOpen && styles.foldOpen)} />
				</button>
			)}
			<div id={id}>
				{(isOpen || !isNarrow) && shown.map(({ person }) => <Added key={person.id} person={person} />)}
				{rest > 0 && (
					<Button className={styles.boxMore} appearance="subtle" size="small" onClick={() => setWhole(true)}>
						{text.say("added-you-more", { count: rest })}
					</Button>
				)}
			</div>
		</>
	);
}

/** Whoever has decided goes on with the next who added them, or in the list. */
function afterDeciding(here: HTMLElement): Next {
	const list = here.closest('[data-pane="list"]');
	return () => list?.querySelector<HTMLElement>("[data-adder] [data-first], [role=tree] [tabindex='0']");
}

function Added({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const isContact = useLive((live) => live.contacts.has(person.id));
	const { client } = session;
	const { id, displayName: name } = person;
	const presence = usePresence(id);
	const box = useGoingOn<HTMLElement>(afterDeciding);
	async function decide(decision: () => Promise<void>, words: string, undo?: () => Promise<unknown>): Promise<void> {
		if (!(await act(decision))) return;
		shown.say({ text: words, intent: "done", ...(undo && { undo: () => void act(undo) }) });
	}
	async function allowAndAdd(): Promise<void> {
		await client.allowAdder(id);
		await client.setContact(id, groupsForAdded(session.live.get().groups));
	}
	const level = useLevels()?.get(id) ?? "company";
	const unblock = () => session.setAccess(id, level);
	return (
		<section ref={box} data-adder className={styles.box} aria-label={text.say("added-you", { name })}>
			<div className={styles.boxRow}>
				<button
					type="button"
					className={styles.photo}
					aria-label={text.say("card-of", { name })}
					onClick={() => shown.card.set(id)}
				>
					<PersonAvatar id={id} name={name} presence={presence} decorative />
				</button>
				<Words>{text.say("added-you", { name })}</Words>
			</div>
			<div className={styles.boxActions}>
				{/* Who is on the list already stays there as they are: in their groups, under the name they were given. */}
				{!isContact && (
					<Button
						data-first
						size="small"
						appearance="primary"
						onClick={() => void decide(allowAndAdd, text.say("added", { name }), () => client.removeContact(id))}
					>
						{text.say("allow-and-add")}
					</Button>
				)}
				<Button
					{...(isContact ? { "data-first": true } : {})}
					size="small"
					appearance={isContact ? "primary" : "secondary"}
					onClick={() => void decide(() => client.allowAdder(id), text.say("allowed", { name }))}
				>
					{text.say("allow")}
				</Button>
				<Button
					size="small"
					appearance="subtle"
					onClick={() => void decide(() => session.blockAdder(id), text.say("standing-blocked", { name }), unblock)}
				>
					{text.say("block")}
				</Button>
			</div>
		</section>
	);
}
