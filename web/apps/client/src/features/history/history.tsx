/** What was said before, as the server keeps it: by person, searched, exported, deleted. */

import {
	Button,
	Caption1,
	Dialog,
	DialogActions,
	DialogBody,
	DialogContent,
	DialogSurface,
	DialogTitle,
	makeStyles,
	SearchBox,
	tokens,
	Text as Words,
} from "@fluentui/react-components";
import { ArrowDownloadRegular, DeleteRegular } from "@fluentui/react-icons";
import type { PersonRef } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useCallback, useDeferredValue, useState } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { isWithoutHistory } from "../../app/session";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";

const useStyles = makeStyles({
	page: {
		flexGrow: 1,
		minBlockSize: 0,
		overflowY: "auto",
		padding: tokens.spacingHorizontalXXL,
		"@media (max-width: 639px)": { padding: tokens.spacingHorizontalL },
	},
	inner: {
		gridTemplateColumns: "minmax(0, 1fr)",
		maxInlineSize: "760px",
		marginInline: "auto",
		display: "grid",
		gap: tokens.spacingVerticalM,
	},
	head: {
		"& h1": { margin: 0 },
		display: "flex",
		flexWrap: "wrap",
		alignItems: "center",
		gap: tokens.spacingHorizontalM,
		justifyContent: "space-between",
	},
	search: { maxInlineSize: "none" },
	list: { listStyleType: "none", margin: 0, padding: 0 },
	item: {
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr) auto",
		alignItems: "center",
		borderRadius: tokens.borderRadiusMedium,
		":hover": { backgroundColor: tokens.colorNeutralBackground2Hover },
	},
	open: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr) auto",
		alignItems: "center",
		gap: tokens.spacingHorizontalM,
		paddingBlock: tokens.spacingVerticalS,
		paddingInline: tokens.spacingHorizontalS,
		border: "none",
		background: "none",
		color: "inherit",
		font: "inherit",
		textAlign: "start",
		cursor: "pointer",
	},
	words: { minInlineSize: 0, display: "grid" },
	line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
	quiet: { color: tokens.colorNeutralForeground3 },
});

export function History() {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const act = useAct();
	const [query, setQuery] = useState("");
	async function save(): Promise<void> {
		await act(async () => {
			const lines = await session.client.exportHistory();
			const url = URL.createObjectURL(new Blob([lines], { type: "application/jsonl" }));
			const link = document.createElement("a");
			link.href = url;
			link.download = "rapport-history.jsonl";
			link.click();
			URL.revokeObjectURL(url);
		});
	}
	return (
		<div className={styles.page}>
			<div className={styles.inner}>
				<div className={styles.head}>
					<Words as="h1" size={600} weight="semibold">
						{text.say("rail-history")}
					</Words>
					<Button icon={<ArrowDownloadRegular />} onClick={() => void save()}>
						{text.say("history-export")}
					</Button>
				</div>
				<SearchBox
					className={styles.search}
					value={query}
					maxLength={100}
					placeholder={text.say("history-search")}
					aria-label={text.say("history-search")}
					dismiss={{ "aria-label": text.say("find-clear") }}
					onChange={(_, data) => setQuery(data.value)}
				/>
				{query.trim().length > 1 ? <Matches query={query.trim()} /> : <People />}
			</div>
		</div>
	);
}

interface RowProps {
	readonly person: PersonRef;
	readonly words: string;
	readonly at: string;
	readonly onDelete?: (() => void) | undefined;
}

function Row({ person, words, at, onDelete }: RowProps) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { router } = useApp();
	const presence = useLive((live) => live.presence.get(person.id));
	return (
		<li className={styles.item}>
			<button
				type="button"
				className={styles.open}
				onClick={() => router.go({ page: "conversation", person: person.id, panel: "conversations" })}
			>
				<PersonAvatar id={person.id} name={person.displayName} presence={presence} decorative />
				<span className={styles.words}>
					<span className={styles.line}>{person.displayName}</span>
					<Caption1 className={`${styles.line} ${styles.quiet}`}>{words}</Caption1>
				</span>
				<Caption1 className={styles.quiet}>{text.when(Date.parse(at), now)}</Caption1>
			</button>
			{onDelete && (
				<Button
					appearance="subtle"
					icon={<DeleteRegular />}
					aria-label={text.say("history-delete-of", { name: person.displayName })}
					onClick={onDelete}
				/>
			)}
		</li>
	);
}

function People() {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const act = useAct();
	const ask = useCallback(
		() =>
			session.client.history().catch((error: unknown) => {
				if (isWithoutHistory(error)) return { conversations: [], more: false };
				throw error;
			}),
		[session],
	);
	const { value, reason, again } = useAsked(ask);
	const [doomed, setDoomed] = useState<PersonRef>();
	if (reason) return <Failure reason={reason} onRetry={again} />;
	if (value?.conversations.length === 0) return <Words className={styles.quiet}>{text.say("history-empty")}</Words>;
	return (
		<>
			<ul className={styles.list}>
				{value?.conversations.map((one) => (
					<Row
						key={one.id}
						person={one.with}
						words={one.lastMessage?.text ?? ""}
						at={one.lastMessage?.at ?? one.startedAt}
						onDelete={() => setDoomed(one.with)}
					/>
				))}
			</ul>
			{doomed && (
				<Dialog open onOpenChange={(_, data) => !data.open && setDoomed(undefined)}>
					<DialogSurface style={{ maxInlineSize: "440px" }}>
						<DialogBody>
							<DialogTitle>{text.say("history-delete-title")}</DialogTitle>
							<DialogContent>{text.say("history-delete-words", { name: doomed.displayName })}</DialogContent>
							<DialogActions>
								<Button onClick={() => setDoomed(undefined)}>{text.say("cancel")}</Button>
								<Button
									appearance="primary"
									onClick={() => {
										setDoomed(undefined);
										void act(() => session.client.deleteHistory(doomed.id)).then(again);
									}}
								>
									{text.say("delete")}
								</Button>
							</DialogActions>
						</DialogBody>
					</DialogSurface>
				</Dialog>
			)}
		</>
	);
}

function Matches({ query }: { query: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const settled = useDeferredValue(query);
	const ask = useCallback(() => session.client.searchHistory(settled), [session, settled]);
	const { value, reason, again } = useAsked(ask);
	if (reason) return <Failure reason={reason} onRetry={again} />;
	return (
		<>
			<Words role="status" className={styles.quiet}>
				{value ? text.say("history-found", { count: value.messages.length }) : ""}
			</Words>
			<ul className={styles.list}>
				{[...(value?.messages ?? [])].reverse().map((one) => (
					<Row key={one.id} person={one.with} words={one.text} at={one.at} />
				))}
			</ul>
		</>
	);
}
