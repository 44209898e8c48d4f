/** The conversations there are, the latest first: what was said last, and what is unread. */

import { Caption1, CounterBadge, mergeClasses, Text as Words } from "@fluentui/react-components";
import type { Conversation } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { talksInOrder } from "@rapport/live/list";
import { nameOf } from "@rapport/live/state";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { stateWords } from "@rapport/ui/presence";
import { useMemo } from "react";
import { useApp, useLive, useNow } from "../../app/context";
import { useRoute } from "../../app/route";
import { Loading } from "../../parts/loading";
import { useStyles } from "./conversation.styles";

export function TalkPane() {
	const styles = useStyles();
	const text = useText();
	const { router } = useApp();
	const route = useRoute(router);
	const isReady = useLive((live) => live.ready);
	const conversations = useLive((live) => live.conversations);
	const ordered = useMemo(() => talksInOrder(conversations), [conversations]);
	return (
		<>
			<Words as="h1" size={500} weight="semibold" block className={styles.talksHead} style={{ margin: 0 }}>
				{text.say("rail-conversations")}
			</Words>
			{!isReady && <Loading rows={6} height={60} inset="pane" />}
			{isReady && ordered.length === 0 && (
				<div className={styles.none}>
					<Words weight="semibold">{text.say("talks-empty-title")}</Words>
					<Words>{text.say("talks-empty-words")}</Words>
				</div>
			)}
			<ul className={styles.talks}>
				{ordered.map((conversation) => (
					<li key={conversation.with.id}>
						<TalkRow
							conversation={conversation}
							isCurrent={route.page === "conversation" && route.person === conversation.with.id}
						/>
					</li>
				))}
			</ul>
		</>
	);
}

function TalkRow({ conversation, isCurrent }: { conversation: Conversation; isCurrent: boolean }) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { router } = useApp();
	const { id } = conversation.with;
	const name = useLive((live) => nameOf(live, conversation.with));
	const presence = useLive((live) => live.presence.get(id));
	const draft = useLive((live) => live.drafts.get(id));
	const { unread, lastMessage: last } = conversation;
	const when = last && text.when(Date.parse(last.at), now);
	const words = draft
		? text.say("draft", { words: draft.text })
		: last?.direction === "out"
			? text.say("you-said", { words: last.text })
			: (last?.text ?? "");
	return (
		<button
			type="button"
			className={mergeClasses(styles.talk, isCurrent && styles.current)}
			aria-current={isCurrent}
			aria-label={[name, stateWords(presence, text), unread ? text.say("unread", { count: unread }) : "", words, when]
				.filter(Boolean)
				.join(", ")}
			onClick={() => router.go({ page: "conversation", person: id, panel: "conversations" })}
		>
			<PersonAvatar id={id} name={name} presence={presence} decorative />
			<span className={styles.words}>
				<span dir="auto" className={mergeClasses(styles.line, unread > 0 && styles.strong)}>
					{name}
				</span>
				<Caption1 dir="auto" className={mergeClasses(styles.line, unread > 0 ? styles.strong : styles.quiet)}>
					{words}
				</Caption1>
			</span>
			<span className={styles.aside}>
				{last && <Caption1 className={styles.quiet}>{when}</Caption1>}
				{unread > 0 && <CounterBadge count={unread} size="small" color="danger" aria-hidden />}
			</span>
		</button>
	);
}
