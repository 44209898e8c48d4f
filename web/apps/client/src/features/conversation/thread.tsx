/** What was said: by days, by runs of one person; what is under way at the end, and why something didn't arrive. */

import { Button, mergeClasses, Spinner } from "@fluentui/react-components";
import { ErrorCircleRegular } from "@fluentui/react-icons";
import type { PersonRef, Reason } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { midnightBefore, type Text } from "@rapport/i18n/text";
import { MOST } from "@rapport/live/apply";
import { nameOf } from "@rapport/live/state";
import { type Day, days, type Line, type Run } from "@rapport/live/thread";
import { memo, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { reasonOf, useApp, useLive, useNow } from "../../app/context";
import { Failure } from "../../parts/failure";
import { MessageBody } from "../../parts/message/message-body";
import { More } from "../../parts/more";
import { NewBelow } from "../../parts/new-below";
import { useReading } from "../../parts/reading";
import { useStyles } from "./conversation.styles";

/** So many lines back, one's place of before a reload is looked for. */
const FURTHEST = 1_000;

export function Thread({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const today = midnightBefore(useNow());
	const { router } = useApp();
	const talk = useLive((live) => live.talks.get(person.id));
	const outbox = useLive((live) => live.outbox);
	const keepsNone = useLive((live) => live.keepsNone);
	const name = useLive((live) => nameOf(live, person));
	const own = useMemo(() => outbox.filter((one) => one.to.id === person.id), [outbox, person.id]);
	const made = useMemo(() => days(talk, own, midnightBefore), [talk, own]);
	const underWay = useUnderWay(made);
	const { reason, isBusy, earlier } = useEarlier(person.id);
	const count = (talk?.messages.length ?? 0) + own.length;
	const { ref, onScroll, below, toEnd, isSeeking, giveUp } = useReading({
		name: person.id,
		count,
		first: talk?.messages[0]?.id,
		last: own.at(-1)?.clientId ?? talk?.messages.at(-1)?.clientId ?? talk?.messages.at(-1)?.id,
		lastIsOwn: own.length > 0 || talk?.messages.at(-1)?.direction === "out",
	});
	const hasEarlier = talk?.hasEarlier;
	const toHistory = () => router.go({ page: "history", person: person.id });
	// Where one read before a reload may lie further back than the first page.
	useEffect(() => {
		if (!isSeeking || isBusy || hasEarlier === undefined) return;
		if (hasEarlier && count < FURTHEST) earlier();
		else giveUp();
	}, [isSeeking, isBusy, hasEarlier, count, earlier, giveUp]);

	return (
		<>
			<div
				ref={ref}
				className={styles.scroll}
				tabIndex={0}
				role="region"
				aria-label={text.say("thread-label", { name })}
				onScroll={onScroll}
				onWheel={giveUp}
			>
				{hasEarlier && count >= MOST && (
					<Button appearance="subtle" size="small" onClick={toHistory} style={{ alignSelf: "center" }}>
						{text.say("thread-further")}
					</Button>
				)}
				{hasEarlier && count > 0 && count < MOST && (
					<More label={text.say("show-earlier")} isBusy={isBusy} isByHand={reason !== undefined} onMore={earlier} />
				)}
				{reason && <Failure reason={reason} onRetry={earlier} />}
				{count === 0 && !reason && hasEarlier === undefined && (
					<Spinner delay={200} size="tiny" aria-label={text.say("loading")} />
				)}
				{hasEarlier === false && count === 0 && (
					<div className={styles.none} style={{ margin: "auto", textAlign: "center" }}>
						{text.say("thread-empty", { name })}
						{keepsNone && <span>{text.say("thread-keeps-none")}</span>}
					</div>
				)}
				{hasEarlier === false && count > 0 && (
					<div className={styles.beginning}>
						{text.say(keepsNone ? "thread-keeps-none" : "thread-beginning", { name })}
					</div>
				)}
				{/* Not live: `Aloud` says what comes in, once and with its name; what is loaded or written here isn't said. */}
				<div className={styles.log} role="log" aria-live="off">
					{made.map((day) => (
						<section key={day.start} aria-label={text.day(day.start, today)}>
							<h2 className={styles.day}>{text.day(day.start, today)}</h2>
							{day.runs.map((run) => (
								<RunView key={run.key} run={run} person={person} name={name} text={text} underWay={underWay} />
							))}
						</section>
					))}
				</div>
			</div>
			<NewBelow count={below} onClick={toEnd} />
		</>
	);
}

/** What has been under way since the conversation was opened, by its key: whether it arrives is news. */
function useUnderWay(made: readonly Day[]): ReadonlySet<string> {
	const [seen] = useState(() => new Set<string>());
	// Before it is drawn: by the next time it may have failed.
	for (const { runs } of made) {
		for (const line of runs.flatMap((run) => run.lines)) if (isPending(line)) seen.add(line.key);
	}
	return seen;
}

function isPending(line: Line): boolean {
	return line.kind === "waiting" ? line.waiting.state !== "failed" : line.message.delivery === "sending";
}

/** The server keeps more than is here: the latest when the conversation is opened, earlier ones when one comes to them. */
function useEarlier(person: string): { reason: string | undefined; isBusy: boolean; earlier: () => void } {
	const text = useText();
	const { session } = useApp();
	const isKnown = useLive((live) => live.talks.get(person)?.hasEarlier !== undefined);
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false });
	const earlier = useCallback(() => {
		setState({ isBusy: true });
		session.earlier(person).then(
			() => setState({ isBusy: false }),
			(error: unknown) => setState({ isBusy: false, error }),
		);
	}, [session, person]);
	useEffect(() => {
		if (isUp && !isKnown) earlier();
	}, [isUp, isKnown, earlier]);
	useEffect(() => () => session.letGo(person), [session, person]);
	return { reason: state.error === undefined ? undefined : reasonOf(state.error, text), isBusy: state.isBusy, earlier };
}

const RunView = memo(function RunView({ run, person, name, text, underWay }: RunProps) {
	const styles = useStyles();
	const isOwn = run.direction === "out";
	const time = text.clock(run.at);
	return (
		<div className={mergeClasses(styles.run, isOwn && styles.own)}>
			<div className={styles.meta}>
				{isOwn ? (
					<>
						<span className={styles.unseen} data-unseen>
							{text.say("you")}
						</span>{" "}
						{time}
					</>
				) : (
					text.say("who-when", { name, time })
				)}
			</div>
			{run.lines.map((line) => (
				<LineView
					key={line.key}
					line={line}
					person={person}
					isOwn={isOwn}
					text={text}
					isNews={underWay.has(line.key)}
				/>
			))}
		</div>
	);
}, isSame);

/** Runs are made anew with each message; most of them are what they were. */
function isSame(before: RunProps, after: RunProps): boolean {
	const [a, b] = [before.run.lines, after.run.lines];
	const content = (line: Line | undefined) => (line?.kind === "message" ? line.message : line?.waiting);
	const isContext = before.person === after.person && before.name === after.name && before.text === after.text;
	return isContext && a.length === b.length && a.every((line, at) => content(line) === content(b[at]));
}

interface RunProps {
	readonly run: Run;
	readonly person: PersonRef;
	readonly name: string;
	readonly text: Text;
	readonly underWay: ReadonlySet<string>;
}

interface LineProps {
	readonly line: Line;
	readonly person: PersonRef;
	readonly isOwn: boolean;
	readonly text: Text;
	/** Whether what becomes of it does so now, and not before the conversation was opened. */
	readonly isNews: boolean;
}

function LineView({ line, person, isOwn, text, isNews }: LineProps) {
	const styles = useStyles();
	const { session } = useApp();
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	const content = line.kind === "message" ? line.message : line.waiting;
	const isUnderWay = isPending(line);
	const isFailed = line.kind === "waiting" ? line.waiting.state === "failed" : line.message.delivery === "failed";
	return (
		<>
			<div
				className={mergeClasses(styles.bubble, styles.edge, isOwn && styles.ownBubble, isUnderWay && styles.pending)}
				title={text.moment(line.at)}
				data-line={line.kind === "message" ? line.message.id : line.key}
			>
				<MessageBody
					text={content.text}
					html={content.html}
					rtf={line.kind === "message" ? line.message.rtf : undefined}
				/>
			</div>
			{isUnderWay && <Pending since={line.at} isUp={isUp} text={text} />}
			{isFailed && <NotDelivered line={line} person={person} text={text} isNews={isNews} />}
		</>
	);
}

/** Nothing while all is well: only what takes longer than a moment says so. */
function Pending({ since, isUp, text }: { since: number; isUp: boolean; text: Text }) {
	const styles = useStyles();
	const [isLate, setLate] = useState(Date.now() - since > 1000);
	useEffect(() => {
		const timer = setTimeout(() => setLate(true), 1000);
		return () => clearTimeout(timer);
	}, []);
	if (!isLate) return null;
	return <span className={styles.delivery}>{text.say(isUp ? "sending" : "waiting")}</span>;
}

const DELIVERY: Readonly<Record<string, SentenceKey>> = {
	"blocked-content": "delivery-blocked-content",
	cancelled: "delivery-cancelled",
	declined: "delivery-declined",
	"do-not-disturb": "delivery-do-not-disturb",
	interrupted: "delivery-interrupted",
	left: "delivery-left",
	"no-answer": "delivery-no-answer",
	offline: "delivery-offline",
	"too-large": "problem-message-too-large",
	unavailable: "delivery-unavailable",
	unsupported: "delivery-unsupported",
	"waited-long": "delivery-waited-long",
};

function NotDelivered({ line, person, text, isNews }: Omit<LineProps, "isOwn">) {
	const styles = useStyles();
	const { session } = useApp();
	const reason: Reason | undefined = line.kind === "message" ? line.message.reason : line.waiting.reason;
	const isMe = useLive((live) => live.me?.id === person.id);
	const known = isMe ? "talk-oneself" : reason && DELIVERY[reason.code];
	const why = known
		? text.say(known)
		: (text.sayIfKnown(`problem-${reason?.code ?? ""}`, { limit: 0, minutes: 1 }) ?? reason?.title);
	function again(): void {
		if (line.kind === "waiting") {
			session.retry(line.waiting.clientId);
			return;
		}
		void session.resend(person.id, line.message);
	}
	return (
		// What had failed before is read where it stands, and not said by itself.
		<span
			className={mergeClasses(styles.delivery, styles.failed)}
			{...(isNews ? { role: "alert" } : {})}
			data-failed
			title={reason?.code}
		>
			<span className={styles.why}>
				<ErrorCircleRegular />
				{why ? text.say("not-delivered-because", { why }) : text.say("not-delivered")}
			</span>
			<Button appearance="transparent" size="small" onClick={again} className={styles.act}>
				{text.say("retry")}
			</Button>
			{line.kind === "waiting" && (
				<Button
					appearance="transparent"
					size="small"
					className={styles.act}
					onClick={() => session.discard(line.waiting.clientId)}
				>
					{text.say("take-back")}
				</Button>
			)}
		</span>
	);
}
