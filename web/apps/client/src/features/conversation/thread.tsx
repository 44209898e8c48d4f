/** What was said: by days, by runs of one person; what is under way at the end, and why something didn't arrive. */

import { Button, mergeClasses, Spinner } from "@fluentui/react-components";
import { ArrowDownRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import type { PersonRef, Reason } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { midnightBefore, type Text } from "@rapport/i18n/text";
import { nameOf } from "@rapport/live/state";
import { days, type Line, type Run } from "@rapport/live/thread";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { reasonOf, useApp, useLive, useNow } from "../../app/context";
import { Failure } from "../../parts/failure";
import { useStyles } from "./conversation.styles";
import { MessageBody } from "./message-body";

/** So near to the end, in pixels, one reads what comes. */
const NEAR = 80;

export function Thread({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const today = midnightBefore(useNow());
	const talk = useLive((live) => live.talks.get(person.id));
	const outbox = useLive((live) => live.outbox);
	const name = useLive((live) => nameOf(live, person));
	const own = useMemo(() => outbox.filter((one) => one.to.id === person.id), [outbox, person.id]);
	const made = useMemo(() => days(talk, own, midnightBefore), [talk, own]);
	const { reason, isBusy, earlier } = useEarlier(person.id);
	const scroll = useRef<HTMLDivElement>(null);
	const atEnd = useRef(true);
	const [below, setBelow] = useState(0);
	const count = (talk?.messages.length ?? 0) + own.length;
	const last = own.at(-1)?.clientId ?? talk?.messages.at(-1)?.id;
	const lastIsOwn = own.length > 0 || talk?.messages.at(-1)?.direction === "out";

	const toEnd = () => scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
	const seenLast = useRef(last);
	useLayoutEffect(() => {
		if (last === seenLast.current) {
			if (atEnd.current) toEnd();
			return;
		}
		seenLast.current = last;
		if (atEnd.current || lastIsOwn) toEnd();
		else setBelow((before) => before + 1);
	});
	// A keyboard that comes up takes room from the end, not from what is read.
	useEffect(() => {
		const element = scroll.current;
		if (!element) return;
		const observer = new ResizeObserver(() => atEnd.current && toEnd());
		observer.observe(element);
		return () => observer.disconnect();
	});

	return (
		<>
			<div
				ref={scroll}
				className={styles.scroll}
				tabIndex={0}
				role="region"
				aria-label={text.say("thread-label", { name })}
				onScroll={({ currentTarget: at }) => {
					atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR;
					if (atEnd.current && below > 0) setBelow(0);
				}}
			>
				{talk?.hasEarlier && count > 0 && (
					<Button appearance="subtle" size="small" disabled={isBusy} onClick={earlier} style={{ alignSelf: "center" }}>
						{text.say("show-earlier")}
					</Button>
				)}
				{reason && <Failure reason={reason} onRetry={earlier} />}
				{count === 0 && !reason && talk?.hasEarlier === undefined && <Spinner delay={200} size="tiny" />}
				{count === 0 && talk?.hasEarlier === false && (
					<div className={styles.none} style={{ margin: "auto", textAlign: "center" }}>
						{text.say("thread-empty", { name })}
					</div>
				)}
				<div className={styles.log} role="log" aria-live="polite" aria-relevant="additions">
					{made.map((day) => (
						<section key={day.start} aria-label={text.day(day.start, today)}>
							<h2 className={styles.day}>{text.day(day.start, today)}</h2>
							{day.runs.map((run) => (
								<RunView key={run.key} run={run} person={person} name={name} text={text} />
							))}
						</section>
					))}
				</div>
			</div>
			{below > 0 && (
				<Button
					className={styles.chip}
					shape="circular"
					size="small"
					appearance="primary"
					icon={<ArrowDownRegular />}
					onClick={() => {
						toEnd();
						setBelow(0);
					}}
				>
					{text.say("new-below", { count: below })}
				</Button>
			)}
		</>
	);
}

/** The server keeps more than is here: the latest when the conversation is opened, earlier ones when they are asked for. */
function useEarlier(person: string): { reason: string | undefined; isBusy: boolean; earlier: () => void } {
	const text = useText();
	const { session } = useApp();
	const isKnown = useLive((live) => live.talks.get(person)?.hasEarlier !== undefined);
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false });
	function earlier(): void {
		setState({ isBusy: true });
		session.earlier(person).then(
			() => setState({ isBusy: false }),
			(error: unknown) => setState({ isBusy: false, error }),
		);
	}
	// biome-ignore lint/correctness/useExhaustiveDependencies: asked once when there is something to ask for
	useEffect(() => {
		if (isUp && !isKnown) earlier();
	}, [isUp, isKnown, person]);
	return { reason: state.error === undefined ? undefined : reasonOf(state.error, text), isBusy: state.isBusy, earlier };
}

const RunView = memo(function RunView({ run, person, name, text }: RunProps) {
	const styles = useStyles();
	const isOwn = run.direction === "out";
	const time = text.clock(run.at);
	return (
		<div className={mergeClasses(styles.run, isOwn && styles.own)}>
			<div className={styles.meta}>{isOwn ? time : text.say("who-when", { name, time })}</div>
			{run.lines.map((line) => (
				<LineView key={line.key} line={line} person={person} isOwn={isOwn} text={text} />
			))}
		</div>
	);
});

interface RunProps {
	readonly run: Run;
	readonly person: PersonRef;
	readonly name: string;
	readonly text: Text;
}

function LineView({ line, person, isOwn, text }: { line: Line; person: PersonRef; isOwn: boolean; text: Text }) {
	const styles = useStyles();
	const { session } = useApp();
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	const content = line.kind === "message" ? line.message : line.waiting;
	const isPending = line.kind === "waiting" ? line.waiting.state !== "failed" : line.message.delivery === "sending";
	const isFailed = line.kind === "waiting" ? line.waiting.state === "failed" : line.message.delivery === "failed";
	return (
		<>
			<div
				className={mergeClasses(styles.bubble, styles.edge, isOwn && styles.ownBubble, isPending && styles.pending)}
				title={text.moment(line.at)}
			>
				<MessageBody
					text={content.text}
					html={content.html}
					rtf={line.kind === "message" ? line.message.rtf : undefined}
				/>
			</div>
			{isPending && <Pending since={line.at} isUp={isUp} text={text} />}
			{isFailed && <NotDelivered line={line} person={person} text={text} />}
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
	left: "delivery-left",
	"no-answer": "delivery-no-answer",
	offline: "delivery-offline",
	"too-large": "problem-message-too-large",
	unavailable: "delivery-unavailable",
	unsupported: "delivery-unsupported",
};

function NotDelivered({ line, person, text }: { line: Line; person: PersonRef; text: Text }) {
	const styles = useStyles();
	const { session } = useApp();
	const reason: Reason | undefined = line.kind === "message" ? line.message.reason : line.waiting.reason;
	const known = reason && DELIVERY[reason.code];
	const why = known
		? text.say(known)
		: (text.sayIfKnown(`problem-${reason?.code ?? ""}`, { limit: 0, minutes: 1 }) ?? reason?.title);
	function again(): void {
		if (line.kind === "waiting") {
			session.retry(line.waiting.clientId);
			return;
		}
		void session.resend(person, line.message);
	}
	return (
		<span className={mergeClasses(styles.delivery, styles.failed)} role="alert" title={reason?.code}>
			<ErrorCircleRegular />
			{why ? text.say("not-delivered-because", { why }) : text.say("not-delivered")}
			<Button appearance="transparent" size="small" onClick={again} style={{ minInlineSize: 0 }}>
				{text.say("retry")}
			</Button>
			{line.kind === "waiting" && (
				<Button
					appearance="transparent"
					size="small"
					style={{ minInlineSize: 0 }}
					onClick={() => session.discard(line.waiting.clientId)}
				>
					{text.say("take-back")}
				</Button>
			)}
		</span>
	);
}
