/** What was said with one person, as far as it is kept: read, searched, deleted. */

import { Button, SearchBox, Text, Tooltip } from "@fluentui/react-components";
import { ArrowLeftRegular, ChatRegular, DeleteRegular } from "@fluentui/react-icons";
import { Refused } from "@rapport/api/transport";
import type { KeptMessage, PersonRef } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { midnightBefore } from "@rapport/i18n/text";
import { days } from "@rapport/live/thread";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { AskFirst } from "../../parts/ask-first";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";
import { type Next, useGoingOn } from "../../parts/focus";
import { Loading } from "../../parts/loading";
import { More } from "../../parts/more";
import { NewBelow } from "../../parts/new-below";
import { type Page, usePages } from "../../parts/pages";
import { useNameOf, usePerson, usePresence } from "../../parts/person";
import { useReading } from "../../parts/reading";
import { directionOf, faultOf, faultWords, LONGEST_QUERY } from "../../parts/written";
import { useStyles } from "./history.styles";
import { Matches, OF_MESSAGES } from "./matches";
import { Said } from "./said";

export function Past({ person: id }: { person: string }) {
	const { person, isGone, reason, again } = useSpokenWith(id);
	if (person && !reason) return <PastWith person={person} isGone={isGone} />;
	return <Before reason={reason} onRetry={again} />;
}

/** As long as it isn't known with whom it was. */
function Before({ reason, onRetry }: { reason: string | undefined; onRetry: () => void }) {
	const styles = useStyles();
	const text = useText();
	const page = useGoingOn<HTMLDivElement>(toTop);
	return (
		<div ref={page} className={styles.past}>
			<header className={styles.pastHead}>
				<div className={styles.pastInner}>
					<div className={styles.title}>
						<Back />
						<Text as="h1" size={500} weight="semibold">
							{text.say("rail-history")}
						</Text>
					</div>
				</div>
			</header>
			<div className={styles.scroll}>
				<div className={styles.pastInner}>
					{reason ? <Failure reason={reason} onRetry={onRetry} /> : <Loading rows={6} inset="page" isPlain />}
				</div>
			</div>
		</div>
	);
}

interface SpokenWith {
	readonly person: PersonRef | undefined;
	/** Whether nothing can be said to them any more, or never could. */
	readonly isGone: boolean;
	readonly reason: string | undefined;
	readonly again: () => void;
}

/** Somebody with whom something was said: who is nobody here, or isn't any more, is known by what was. */
function useSpokenWith(id: string): SpokenWith {
	const { session } = useApp();
	const { person, reason, isNobody, again } = usePerson(id);
	const hasLeft = useLive((live) => live.contacts.get(id)?.gone ?? false);
	const ask = useCallback(async () => {
		if (!isNobody) return undefined;
		const { messages } = await session.client.history({ with: id }, undefined, 1);
		return { person: messages.at(-1)?.with };
	}, [session, id, isNobody]);
	const said = useAsked<{ readonly person: PersonRef | undefined } | undefined>(ask);
	if (!isNobody) return { person, isGone: hasLeft, reason, again };
	const isNowhere = said.value !== undefined && said.value.person === undefined;
	return {
		person: said.value?.person,
		isGone: true,
		reason: said.reason ?? (isNowhere ? reason : undefined),
		again: said.again,
	};
}

/** Whoever is led elsewhere is at the top of it. */
const top: Next = () => document.querySelector<HTMLElement>("main h1");
const toTop = () => top;

function Back() {
	const text = useText();
	const { router } = useApp();
	return (
		<Button
			appearance="subtle"
			icon={<ArrowLeftRegular style={text.direction === "rtl" ? { transform: "scaleX(-1)" } : {}} />}
			aria-label={text.say("back")}
			onClick={() => router.go({ page: "history", person: undefined })}
		/>
	);
}

function PastWith({ person, isGone }: { person: PersonRef; isGone: boolean }) {
	const styles = useStyles();
	const text = useText();
	const { router, session, shown } = useApp();
	const act = useAct();
	const name = useNameOf(person);
	// Of nobody there is nothing to be asked.
	const presence = usePresence(person.id, { isLookedAt: !isGone });
	const page = useGoingOn<HTMLDivElement>(toTop);
	const [query, setQuery] = useState("");
	const typed = useDeferredValue(query.trim());
	const fault = faultWords(faultOf(typed, LONGEST_QUERY, "note"), text);
	// One letter is a word in some languages.
	const settled = fault ? "" : typed;
	const [isDoomed, setDoomed] = useState(false);
	return (
		<div ref={page} className={styles.past}>
			<header className={styles.pastHead}>
				<div className={styles.pastInner}>
					<div className={styles.title}>
						<Back />
						<PersonAvatar id={person.id} name={name} presence={presence} decorative />
						<Text as="h1" size={500} weight="semibold" title={text.say("history-with", { name })}>
							{text.say("history-with", { name })}
						</Text>
						{!isGone && (
							<Tooltip content={text.say("history-talk")} relationship="label">
								<Button
									appearance="subtle"
									icon={<ChatRegular />}
									onClick={() => router.go({ page: "conversation", person: person.id, panel: "conversations" })}
								/>
							</Tooltip>
						)}
						<Tooltip content={text.say("history-delete-of", { name })} relationship="label">
							<Button appearance="subtle" icon={<DeleteRegular />} onClick={() => setDoomed(true)} />
						</Tooltip>
					</div>
					{isGone && (
						<Text className={styles.quiet}>
							{text.say(person.id.startsWith("sip:") ? "history-outside" : "standing-gone", { name })}
						</Text>
					)}
					<SearchBox
						className={styles.search}
						value={query}
						dir={directionOf(query)}
						placeholder={text.say("history-search")}
						aria-label={text.say("history-search")}
						dismiss={{ "aria-label": text.say("find-clear") }}
						onChange={(_, data) => setQuery(data.value)}
					/>
					{fault && <Text role="alert">{fault}</Text>}
				</div>
			</header>
			{settled !== "" ? (
				<div className={styles.scroll}>
					<div className={styles.pastInner}>
						<Matches query={settled} person={person.id} />
					</div>
				</div>
			) : (
				<Lines person={person} name={name} />
			)}
			{isDoomed && (
				<AskFirst
					title={text.say("history-delete-title")}
					words={text.say("history-delete-words", { name })}
					yes={text.say("delete")}
					onYes={() =>
						void act(() => session.forget({ person: person.id })).then((isDone) => {
							if (!isDone) return;
							shown.say({ text: text.say("history-deleted-of", { name }), intent: "done" });
							router.go({ page: "history", person: undefined });
						})
					}
					onClose={() => setDoomed(false)}
					next={top}
				/>
			)}
		</div>
	);
}

function Lines({ person, name }: { person: PersonRef; name: string }) {
	const styles = useStyles();
	const text = useText();
	const today = midnightBefore(useNow());
	const { session } = useApp();
	const act = useAct();
	const [keepsNone, setKeepsNone] = useState(false);
	const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
	const [doomed, setDoomed] = useState<KeptMessage>();
	const ask = useCallback(
		async (before: string | undefined): Promise<Page<KeptMessage>> => {
			try {
				const { messages, more, next } = await session.client.history({ with: person.id }, before);
				return { items: [...messages].reverse(), next: more ? (next ?? messages[0]?.id) : undefined };
			} catch (error) {
				if (!(error instanceof Refused) || error.problem.code !== "history-off") throw error;
				setKeepsNone(true);
				return { items: [], next: undefined };
			}
		},
		[session, person.id],
	);
	const { items, hasMore, isBusy, reason, more, again } = usePages(ask, OF_MESSAGES, person.id);
	const messages = useMemo(() => items?.filter((one) => !gone.has(one.id)).reverse() ?? [], [items, gone]);
	const made = useMemo(() => days({ messages }, [], midnightBefore), [messages]);
	const byId = useMemo(() => new Map(messages.map((one) => [one.id, one])), [messages]);
	const { ref, onScroll, below, toEnd } = useReading({
		name: `past.${person.id}`,
		count: messages.length,
		first: messages[0]?.id,
		last: messages.at(-1)?.id,
		lastIsOwn: false,
	});
	return (
		<>
			<div
				ref={ref}
				className={styles.scroll}
				tabIndex={0}
				role="region"
				aria-label={text.say("history-with", { name })}
				onScroll={onScroll}
			>
				<div className={styles.pastInner}>
					{hasMore && (
						<More label={text.say("show-earlier")} isBusy={isBusy} isByHand={reason !== undefined} onMore={more} />
					)}
					{reason && <Failure reason={reason} onRetry={items ? more : again} />}
					{!items && !reason && <Loading rows={6} inset="page" isPlain />}
					{items && messages.length === 0 && !hasMore && (
						<div className={styles.none}>{text.say(keepsNone ? "history-off-title" : "thread-empty", { name })}</div>
					)}
					{made.map((day) => (
						<section key={day.start} aria-label={text.day(day.start, today)}>
							<h2 className={styles.day}>{text.day(day.start, today)}</h2>
							{day.runs.flatMap((run) =>
								run.lines.flatMap((line) => {
									const message = line.kind === "message" ? byId.get(line.message.id) : undefined;
									return message
										? [<Said key={message.id} message={message} isDayKnown onDelete={() => setDoomed(message)} />]
										: [];
								}),
							)}
						</section>
					))}
				</div>
				{doomed && (
					<AskFirst
						title={text.say("history-delete-one-title")}
						words={text.say("history-delete-one-words", { name })}
						yes={text.say("delete")}
						onYes={() =>
							void act(() => session.forget({ message: doomed.id })).then((isDone) => {
								if (!isDone) return;
								setGone((before) => new Set([...before, doomed.id]));
								// The line goes with its button.
								ref.current?.focus();
							})
						}
						onClose={() => setDoomed(undefined)}
					/>
				)}
			</div>
			<NewBelow count={below} onClick={toEnd} />
		</>
	);
}
