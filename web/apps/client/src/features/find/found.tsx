/** Who was found: contacts first, then the company, presence with each; what was looked for when nobody was. */

import { Button, Caption1, makeStyles, mergeClasses, tokens, Text as Words } from "@fluentui/react-components";
import { PersonAddRegular } from "@fluentui/react-icons";
import type { FoundPerson } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { groupsForAdded } from "@rapport/live/list";
import { LINE } from "@rapport/ui/line";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { stateLine } from "@rapport/ui/presence";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";
import { Loading } from "../../parts/loading";
import { useIsOnScreen } from "../../parts/on-screen";
import { usePresence } from "../../parts/person";
import { grantedTo, type Wish } from "./wish";

const useStyles = makeStyles({
	found: { flexGrow: 1, minBlockSize: 0, overflowY: "auto", paddingBlockEnd: tokens.spacingVerticalM },
	item: { position: "relative" },
	/** Over the end of the row, not in it: a button holds no button. */
	add: { position: "absolute", insetInlineEnd: tokens.spacingHorizontalM, insetBlock: 0, marginBlock: "auto" },
	beside: { paddingInlineEnd: "52px" },
	row: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr)",
		alignItems: "center",
		columnGap: tokens.spacingHorizontalM,
		minBlockSize: "56px",
		paddingInline: tokens.spacingHorizontalM,
		marginInline: tokens.spacingHorizontalXS,
		borderRadius: tokens.borderRadiusMedium,
		cursor: "pointer",
		":hover": { backgroundColor: tokens.colorNeutralBackground2Hover },
		":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
	},
	words: { minInlineSize: 0, display: "grid" },
	line: LINE,
	/** The last to be cut. */
	state: { flexShrink: 0, maxInlineSize: "66%" },
	both: { display: "flex", minInlineSize: 0, whiteSpace: "pre" },
	second: { color: tokens.colorNeutralForeground3 },
	none: { padding: tokens.spacingHorizontalL, display: "grid", gap: tokens.spacingVerticalS },
	head: {
		color: tokens.colorNeutralForeground3,
		paddingInline: tokens.spacingHorizontalL,
		paddingBlock: tokens.spacingVerticalXS,
		display: "block",
	},
});

/** The query as it was a moment ago: who types fast asks once. */
function useSettled(query: string): string {
	const [settled, setSettled] = useState(query);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(query), 80);
		return () => clearTimeout(timer);
	}, [query]);
	return settled;
}

export interface FoundProps {
	readonly query: string;
	/** What the last key in the box asked for. */
	readonly wish: Wish | undefined;
	/** The wish is granted, or never will be. */
	readonly onWished: () => void;
	readonly onDone: () => void;
}

export function Found({ query, wish, onWished, onDone }: FoundProps) {
	const styles = useStyles();
	const text = useText();
	const { session, router, shown } = useApp();
	const settled = useSettled(query);
	const ask = useCallback(
		async () => ({ query: settled, ...(await session.client.find(settled)) }),
		[session, settled],
	);
	const { value, reason, again } = useAsked(ask);
	const list = useRef<HTMLDivElement>(null);

	const me = useLive((live) => live.me?.id);
	const open = useCallback(
		(person: string) => {
			// With oneself nobody talks.
			if (person === me) return shown.card.set(person);
			router.go({ page: "conversation", person, panel: "contacts" });
			onDone();
		},
		[router, shown, me, onDone],
	);

	function onKeyDown(event: KeyboardEvent<HTMLElement>, person: FoundPerson): void {
		const row = event.currentTarget;
		const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
		const at = rows.indexOf(row);
		if (event.key === "ArrowDown") rows[at + 1]?.focus();
		else if (event.key === "ArrowUp" && at > 0) rows[at - 1]?.focus();
		else if (event.key === "ArrowUp") document.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
		else if (event.key === "Home") rows[0]?.focus();
		else if (event.key === "End") rows.at(-1)?.focus();
		else if (event.key === "Enter" && (event.ctrlKey || event.altKey)) shown.card.set(person.id);
		else if (event.key === "Enter" || event.key === " ") open(person.id);
		else if (event.key === "Escape") onDone();
		else return;
		event.preventDefault();
	}

	const granted = grantedTo(wish, query, value);
	// Nobody is taken to a conversation by an answer that comes when they have given up on it.
	const isVain = reason !== undefined || (value?.query === query && value.people.length === 0);
	useEffect(() => {
		if (!wish || (granted === undefined && !isVain)) return;
		onWished();
		if (granted === undefined) return;
		if (wish.to === "move") return list.current?.querySelector<HTMLElement>("[data-row]")?.focus();
		open(granted);
	}, [granted, wish, isVain, onWished, open]);

	return (
		<div className={styles.found} ref={list} data-found>
			<div role="status">
				{value && value.people.length > 0 && (
					<Caption1 className={styles.head}>{text.say("found-count", { count: value.people.length })}</Caption1>
				)}
				{value && value.people.length === 0 && (
					<div className={styles.none}>
						<Words weight="semibold">{text.say("found-none", { query: value.query })}</Words>
						<Words className={styles.second}>{text.say("found-hint")}</Words>
					</div>
				)}
			</div>
			{reason && <Failure reason={reason} onRetry={again} />}
			{!value && !reason && <Loading rows={4} height={56} inset="pane" />}
			<div role="list" aria-label={text.say("found-label")}>
				{value?.people.map((person, at) => (
					<FoundRow
						key={person.id}
						person={person}
						isTabStop={at === 0}
						onOpen={() => open(person.id)}
						onKeyDown={(event) => onKeyDown(event, person)}
					/>
				))}
			</div>
			{value?.more && <Caption1 className={styles.head}>{text.say("found-more")}</Caption1>}
		</div>
	);
}

interface FoundRowProps {
	readonly person: FoundPerson;
	readonly isTabStop: boolean;
	readonly onOpen: () => void;
	readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

function FoundRow({ person, isTabStop, onOpen, onKeyDown }: FoundRowProps) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { session, shown } = useApp();
	const act = useAct();
	const isMe = useLive((live) => live.me?.id === person.id);
	const canAdd = useLive((live) => !live.contacts.has(person.id)) && !isMe;
	const row = useRef<HTMLDivElement>(null);
	const presence = usePresence(person.id, { known: person.presence, isLookedAt: useIsOnScreen(row) });
	const name = isMe ? text.say("oneself", { name: person.displayName }) : person.displayName;
	const where = [person.title, person.department].filter(Boolean).join(" · ");
	const state = stateLine(presence, text, now);
	async function add(): Promise<void> {
		const groups = groupsForAdded(session.live.get().groups);
		const added = await act(() => session.client.setContact(person.id, groups));
		if (!added) return;
		// The button goes with what it was for.
		row.current?.focus();
		shown.say({
			text: text.say("added", { name: person.displayName }),
			intent: "done",
			undo: () => void act(() => session.client.removeContact(person.id)),
		});
	}
	return (
		<div role="listitem" className={styles.item}>
			<div
				ref={row}
				role="button"
				aria-label={[name, state, where].filter(Boolean).join(", ")}
				className={mergeClasses(styles.row, canAdd && styles.beside)}
				tabIndex={isTabStop ? 0 : -1}
				data-row={person.id}
				onClick={onOpen}
				onKeyDown={onKeyDown}
			>
				<PersonAvatar id={person.id} name={person.displayName} presence={presence} decorative />
				<div className={styles.words}>
					<span dir="auto" className={styles.line} title={name}>
						{name}
					</span>
					<Caption1 className={mergeClasses(styles.both, styles.second)} title={where}>
						<span className={mergeClasses(styles.line, styles.state)}>{state}</span>
						{where !== "" && (
							<>
								{" · "}
								<span dir="auto" className={styles.line}>
									{where}
								</span>
							</>
						)}
					</Caption1>
				</div>
			</div>
			{canAdd && (
				<Button
					appearance="subtle"
					size="small"
					className={styles.add}
					icon={<PersonAddRegular />}
					aria-label={text.say("add-person", { name: person.displayName })}
					onClick={() => void add()}
				/>
			)}
		</div>
	);
}
