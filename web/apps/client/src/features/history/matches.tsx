/** Messages in which words occur, the latest first. */

import { Text } from "@fluentui/react-components";
import { Refused } from "@rapport/api/transport";
import type { KeptMessage } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { took } from "@rapport/live/gone";
import { useCallback } from "react";
import { useApp } from "../../app/context";
import { Failure } from "../../parts/failure";
import { Loading } from "../../parts/loading";
import { More } from "../../parts/more";
import { type Kind, type Page, usePages } from "../../parts/pages";
import { useStyles } from "./history.styles";
import { Said } from "./said";

/** A message goes by itself. */
export const OF_MESSAGES: Kind<KeptMessage> = {
	key: (one) => one.id,
	takes: (gone, one) => took(gone, one.id, one.with.id),
	changes: () => false,
};

/** @param person only what was said with them. */
export function Matches({ query, person }: { query: string; person?: string }) {
	const styles = useStyles();
	const text = useText();
	const { session, router } = useApp();
	const ask = useCallback(
		async (before: string | undefined): Promise<Page<KeptMessage>> => {
			try {
				const of = { q: query, ...(person === undefined ? {} : { with: person }) };
				const { messages, more, next } = await session.client.history(of, before);
				return { items: [...messages].reverse(), next: more ? (next ?? messages[0]?.id) : undefined };
			} catch (error) {
				if (error instanceof Refused && error.problem.code === "history-off") return { items: [], next: undefined };
				throw error;
			}
		},
		[session, query, person],
	);
	const { items, hasMore, isBusy, reason, more, again } = usePages(ask, OF_MESSAGES, person);
	return (
		<>
			<Text role="status" className={styles.quiet}>
				{items && !isBusy && !(hasMore && items.length === 0) ? text.say("history-found", { count: items.length }) : ""}
			</Text>
			{!items && !reason && <Loading rows={4} inset="page" isPlain />}
			<div>
				{items?.map((one) => (
					<Said
						key={one.id}
						message={one}
						isDayKnown={false}
						{...(person === undefined ? { onOpen: () => router.go({ page: "history", person: one.with.id }) } : {})}
					/>
				))}
			</div>
			{reason && <Failure reason={reason} onRetry={items ? more : again} />}
			{hasMore && (
				<More label={text.say("history-search-on")} isBusy={isBusy} isByHand={reason !== undefined} onMore={more} />
			)}
		</>
	);
}
