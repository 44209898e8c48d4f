/** An empty list, as it is exactly once: whom one would add first. */

import { Button, Caption1, Text as Words } from "@fluentui/react-components";
import type { FoundPerson } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { groupsForAdded } from "@rapport/live/list";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { stateWords } from "@rapport/ui/presence";
import { useCallback, useRef } from "react";
import { useAct, useApp, useLive } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";
import { type Next, useGoingOn } from "../../parts/focus";
import { Loading } from "../../parts/loading";
import { useStyles } from "./list.styles";
import { suggested } from "./suggest";

/** How many of those who are found are looked at: those of a department may come last among them. */
const LOOKED_AT = 100;

export function FirstRun() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const me = useLive((live) => live.me?.id);
	const ask = useCallback(async (): Promise<readonly FoundPerson[]> => {
		if (me === undefined) return [];
		const own = await session.client.person(me);
		// By the address of the one, which nobody else has, and the words of the other, which others may have, too.
		const words = [own.manager?.address, own.department].filter((word) => word !== undefined && word !== "");
		const found = await Promise.all(words.map((word) => session.client.find(word ?? "", LOOKED_AT)));
		return suggested(
			own,
			found.flatMap((one) => one.people),
		);
	}, [session, me]);
	const { value: people, reason, again } = useAsked(ask);
	const first = useRef<string>(undefined);
	// With the first who is added all of this is gone, and the list is there.
	const box = useGoingOn<HTMLElement>(
		useCallback((here: HTMLElement): Next => {
			const list = here.closest('[data-pane="list"]');
			return () => {
				const row = CSS.escape(`/${first.current}`);
				const tree = list?.querySelector("[role=tree]");
				return tree?.querySelector<HTMLElement>(`[data-row$="${row}"]`) ?? tree?.querySelector("[tabindex='0']");
			};
		}, []),
	);

	async function add(chosen: readonly FoundPerson[]): Promise<void> {
		const [one, ...others] = chosen;
		if (!one) return;
		first.current = one.id;
		const isDone = await act(async () => {
			const groups = groupsForAdded(session.live.get().groups);
			for (const person of chosen) await session.client.setContact(person.id, groups);
		});
		if (!isDone) return;
		const words =
			others.length === 0
				? text.say("added", { name: one.displayName })
				: text.say("added-all", { count: chosen.length });
		const undo = async () => {
			for (const person of chosen) await session.client.removeContact(person.id);
		};
		shown.say({ text: words, intent: "done", undo: () => void act(undo) });
	}

	return (
		<section ref={box} className={styles.box}>
			<Words weight="semibold">{text.say("first-title")}</Words>
			{people && <Caption1>{text.say(people.length > 0 ? "first-words" : "first-nobody")}</Caption1>}
			{reason && <Failure reason={reason} onRetry={again} />}
			{!people && !reason && <Loading rows={3} />}
			{people?.map((person) => (
				<div key={person.id} className={styles.boxRow} style={{ gridTemplateColumns: "auto minmax(0, 1fr) auto" }}>
					<button
						type="button"
						className={styles.photo}
						aria-label={text.say("card-of", { name: person.displayName })}
						onClick={() => shown.card.set(person.id)}
					>
						<PersonAvatar id={person.id} name={person.displayName} presence={person.presence} decorative />
					</button>
					<div className={styles.words}>
						<span dir="auto" className={styles.line}>
							{person.displayName}
						</span>
						<Caption1 className={styles.line}>
							{[stateWords(person.presence, text), person.title && text.isolate(person.title)]
								.filter(Boolean)
								.join(" · ")}
						</Caption1>
					</div>
					<Button
						size="small"
						aria-label={text.say("add-person", { name: person.displayName })}
						onClick={() => void add([person])}
					>
						{text.say("add")}
					</Button>
				</div>
			))}
			{people && people.length > 1 && (
				<Button appearance="primary" onClick={() => void add(people)}>
					{text.say("add-all")}
				</Button>
			)}
		</section>
	);
}
