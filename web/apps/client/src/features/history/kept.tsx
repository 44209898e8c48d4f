/** With whom there is a history, the latest first. */

import { Button, Caption1, mergeClasses } from "@fluentui/react-components";
import { DeleteRegular, HistoryRegular } from "@fluentui/react-icons";
import { Refused } from "@rapport/api/transport";
import type { HistoryConversation, PersonRef } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { took } from "@rapport/live/gone";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useCallback, useState } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { AskFirst } from "../../parts/ask-first";
import { Failure } from "../../parts/failure";
import { beside, type Next, useGoingOn } from "../../parts/focus";
import { Loading } from "../../parts/loading";
import { More } from "../../parts/more";
import { type Kind, type Page, usePages } from "../../parts/pages";
import { useNameOf } from "../../parts/person";
import { useSteady } from "../../parts/steady";
import { useStyles } from "./history.styles";

/** A deleted message changes how many there are, and which is the last: with whom it was said isn't told. */
const OF_CONVERSATIONS: Kind<HistoryConversation> = {
	key: (one) => one.id,
	takes: (gone, one) => took(gone, one.lastMessage.id, one.with.id),
	changes: (gone) => gone.message !== undefined,
};

/** Whose history is to be deleted, and where the focus goes on when it is gone. */
interface Doomed {
	readonly person: PersonRef;
	readonly name: string;
	readonly next: Next;
}

export interface KeptProps {
	/** Only those whose name or address has it. */
	readonly named?: string;
	readonly onKeepsNone: (keepsNone: boolean) => void;
}

export function Kept({ named, onKeepsNone }: KeptProps) {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const [keepsNone, setKeepsNone] = useState(false);
	const ask = useCallback(
		async (before: string | undefined): Promise<Page<HistoryConversation>> => {
			try {
				const { conversations, more, next } = await session.client.conversationsKept(before);
				return { items: conversations, next: more ? (next ?? conversations.at(-1)?.id) : undefined };
			} catch (error) {
				if (!(error instanceof Refused) || error.problem.code !== "history-off") throw error;
				setKeepsNone(true);
				onKeepsNone(true);
				return { items: [], next: undefined };
			}
		},
		[session, onKeepsNone],
	);
	const { items, hasMore, isBusy, reason, more, again } = usePages(ask, OF_CONVERSATIONS);
	const [doomed, setDoomed] = useState<Doomed>();
	const { shown: inOrder, held } = useSteady(items, OF_CONVERSATIONS.key);
	const listed = inOrder?.filter(
		(one) => named === undefined || text.contains(`${one.with.displayName} ${one.with.address}`, named),
	);
	async function forget({ person, name }: Doomed): Promise<void> {
		const isDone = await act(() => session.forget({ person: person.id }));
		if (isDone) shown.say({ text: text.say("history-deleted-of", { name }), intent: "done" });
		again();
	}
	if (items?.length === 0 && !hasMore && named === undefined) return <Nothing keepsNone={keepsNone} />;
	return (
		<>
			{/* What is looked for is found among what was said as well, which says that it loads. */}
			{!items && !reason && named === undefined && <Loading rows={6} height={52} inset="page" />}
			<ul {...held} className={styles.list} aria-label={text.say("rail-conversations")}>
				{listed?.map((one) => (
					<Row key={one.id} conversation={one} onDelete={setDoomed} />
				))}
			</ul>
			{reason && <Failure reason={reason} onRetry={items ? more : again} />}
			{hasMore && (
				<More
					label={text.say(named === undefined ? "show-earlier" : "history-search-on")}
					isBusy={isBusy}
					isByHand={reason !== undefined}
					onMore={more}
				/>
			)}
			{doomed && (
				<AskFirst
					title={text.say("history-delete-title")}
					words={text.say("history-delete-words", { name: doomed.name })}
					yes={text.say("delete")}
					onYes={() => void forget(doomed)}
					onClose={() => setDoomed(undefined)}
					next={doomed.next}
				/>
			)}
		</>
	);
}

function Nothing({ keepsNone }: { keepsNone: boolean }) {
	const styles = useStyles();
	const text = useText();
	return (
		<div className={styles.none}>
			<HistoryRegular className={styles.noneIcon} />
			<strong>{text.say(keepsNone ? "history-off-title" : "history-empty-title")}</strong>
			<span>{text.say(keepsNone ? "history-off-words" : "history-empty-words")}</span>
		</div>
	);
}

interface RowProps {
	readonly conversation: HistoryConversation;
	readonly onDelete: (doomed: Doomed) => void;
}

function Row({ conversation, onDelete }: RowProps) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { router } = useApp();
	const { with: person, lastMessage: last, startedAt, messages } = conversation;
	const name = useNameOf(person);
	const row = useGoingOn<HTMLLIElement>();
	const presence = useLive((live) => live.presence.get(person.id));
	const words = last?.direction === "out" ? text.say("you-said", { words: last.text }) : (last?.text ?? "");
	const at = last?.at ?? startedAt;
	return (
		<li ref={row} className={styles.item}>
			<button type="button" className={styles.open} onClick={() => router.go({ page: "history", person: person.id })}>
				<PersonAvatar id={person.id} name={name} presence={presence} decorative />
				<span className={styles.words}>
					<span dir="auto" className={styles.line} title={name}>
						{name}
					</span>
					<Caption1 dir="auto" className={mergeClasses(styles.line, styles.quiet)}>
						{words}
					</Caption1>
				</span>
				<span className={styles.aside}>
					{at && <Caption1>{text.when(Date.parse(at), now)}</Caption1>}
					<Caption1 className={styles.onlyWide}>{text.say("history-count", { count: messages })}</Caption1>
				</span>
			</button>
			<Button
				appearance="subtle"
				icon={<DeleteRegular />}
				aria-label={text.say("history-delete-of", { name })}
				onClick={() => row.current && onDelete({ person, name, next: beside(row.current) })}
			/>
		</li>
	);
}
