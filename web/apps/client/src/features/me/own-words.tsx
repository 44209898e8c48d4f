/**
 * What I say of myself, edited in place: Enter keeps it, Escape leaves it as it was. What can't be kept now stays where it
 * was typed.
 */

import { Button, Field, type GriffelStyle, Input, makeStyles, tokens } from "@fluentui/react-components";
import { LocationRegular } from "@fluentui/react-icons";
import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import type { Text } from "@rapport/i18n/text";
import type { Note as UnsaidNote } from "@rapport/live/state";
import { type ReactElement, useCallback, useRef, useState } from "react";
import { problemWords, reasonOf, useApp, useLive, useNow } from "../../app/context";
import { useComingBack } from "../../parts/asked";
import { NARROW } from "../../parts/narrow";
import { directionOf, faultOf, faultWords, LONGEST_LOCATION } from "../../parts/written";

const PHONE = `@media ${NARROW}`;

/** An input wants to be as wide as twenty letters, whatever stands beside it. */
const SHRINKS: GriffelStyle = {
	gridTemplateColumns: "minmax(0, 1fr)",
	"& input": { minInlineSize: 0, inlineSize: "100%" },
};

const useStyles = makeStyles({
	note: {
		marginBlockStart: tokens.spacingVerticalXS,
		[PHONE]: { marginBlockStart: 0, flexGrow: 6, flexBasis: 0, minInlineSize: 0, ...SHRINKS },
	},
	location: {
		flexGrow: 1,
		flexBasis: 0,
		minInlineSize: "64px",
		...SHRINKS,
		[PHONE]: { flexGrow: 5 },
	},
	words: { backgroundColor: "transparent", "& input": { textOverflow: "ellipsis" } },
	choice: {
		display: "flex",
		flexWrap: "wrap",
		gap: tokens.spacingHorizontalXS,
		marginBlock: tokens.spacingVerticalXS,
		[PHONE]: { flexBasis: "100%" },
	},
});

export function Note({ note }: { note: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const limit = useLive((live) => live.limits.note);
	const unsaid = useLive((live) => live.note);
	const now = useNow();
	const onKeep = useCallback((words: string) => void session.setNote(words), [session]);
	const onLeave = useCallback(() => session.dropNote(), [session]);
	return (
		<OwnWords
			className={styles.note}
			words={note}
			unsaid={unsaid && { text: unsaid.text, ...whyNot(unsaid, note, text, now) }}
			limit={limit}
			placeholder={text.say("note-placeholder")}
			label={text.say("note-label")}
			onKeep={onKeep}
			onLeave={onLeave}
		/>
	);
}

/** So many letters of another note are enough to know it by. */
const KNOWN_BY = 60;

function whyNot({ at, state, reason }: UnsaidNote, stands: string, text: Text, now: number): Omit<Unsaid, "text"> {
	if (state === "late" || state === "waiting") return { isWaiting: true };
	if (state === "overtaken") {
		const time = text.when(at, now);
		if (stands === "") return { why: text.say("note-overtaken-removed", { time }), isOvertaken: true };
		const letters = [...stands];
		const note = letters.length > KNOWN_BY ? `${letters.slice(0, KNOWN_BY).join("")}…` : stands;
		return { why: text.say("note-overtaken", { time, note }), isOvertaken: true };
	}
	return reason ? { why: problemWords(reason, text) } : {};
}

/** Where I am with this browser. */
export function Location({ location }: { location: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const [unsaid, setUnsaid] = useState<Unsaid>();
	const onKeep = useCallback(
		async (words: string) => {
			const mine = { text: words };
			setUnsaid(mine);
			try {
				await session.setLocation(words);
				setUnsaid((now) => (now === mine ? undefined : now));
			} catch (error) {
				setUnsaid({ text: words, why: reasonOf(error, text), isWaiting: error instanceof Unreachable });
			}
		},
		[session, text],
	);
	const onLeave = useCallback(() => setUnsaid(undefined), []);
	const again = useCallback(() => unsaid && void onKeep(unsaid.text), [onKeep, unsaid]);
	useComingBack(unsaid?.isWaiting ?? false, again);
	return (
		<OwnWords
			className={styles.location}
			words={location}
			unsaid={unsaid}
			limit={LONGEST_LOCATION}
			icon={<LocationRegular />}
			placeholder={text.say("location-placeholder")}
			label={text.say("location-label")}
			onKeep={onKeep}
			onLeave={onLeave}
		/>
	);
}

/** What was written, and the server hasn't taken. */
interface Unsaid {
	readonly text: string;
	/** Why not. */
	readonly why?: string;
	/** Whether it goes out by itself when there is a connection. */
	readonly isWaiting?: boolean;
	/** Whether something else stands there by now, so that its writer decides. */
	readonly isOvertaken?: boolean;
}

interface OwnWordsProps {
	readonly className: string;
	/** As the others see them. */
	readonly words: string;
	readonly unsaid: Unsaid | undefined;
	readonly limit: number;
	readonly icon?: ReactElement;
	readonly placeholder: string;
	readonly label: string;
	readonly onKeep: (words: string) => void;
	/** What was written isn't meant any more. */
	readonly onLeave: () => void;
}

function OwnWords({ className, words, unsaid, limit, icon, placeholder, label, onKeep, onLeave }: OwnWordsProps) {
	const styles = useStyles();
	const text = useText();
	/** Nothing while it is as it stands. */
	const [typed, setTyped] = useState<string>();
	const input = useRef<HTMLInputElement>(null);
	const value = typed ?? unsaid?.text ?? words;
	const fault = typed === undefined ? undefined : faultOf(typed, limit, "note");

	function leave(): void {
		setTyped(undefined);
		onLeave();
	}
	function keep(): void {
		if (typed === undefined || fault) return;
		const wanted = typed.trim();
		if (wanted === words) onLeave();
		else onKeep(wanted);
		setTyped(undefined);
	}
	const isWaiting = unsaid?.isWaiting && typed === undefined;
	const isOvertaken = unsaid?.isOvertaken && typed === undefined;
	const wrong = faultWords(fault, text) ?? (isWaiting ? text.say("note-waits") : unsaid?.why);
	const state = !fault && (isWaiting || unsaid?.isOvertaken) ? "warning" : "error";
	/** What was pressed is gone with it. */
	function decide(decision: () => void): void {
		decision();
		input.current?.focus();
	}
	return (
		<>
			<Field className={className} {...(wrong ? { validationMessage: wrong, validationState: state } : {})}>
				<Input
					ref={(element: HTMLInputElement | null) => {
						input.current = element;
					}}
					className={styles.words}
					appearance="filled-lighter"
					size="small"
					dir={directionOf(value)}
					value={value}
					title={value}
					placeholder={placeholder}
					aria-label={label}
					{...(icon ? { contentBefore: icon } : {})}
					onChange={(_, data) => setTyped(data.value)}
					onBlur={keep}
					onKeyDown={(event) => {
						if (event.key === "Enter") {
							if (isOvertaken) onKeep(value);
							event.currentTarget.blur();
						}
						if (event.key === "Escape") {
							leave();
							event.preventDefault();
						}
					}}
				/>
			</Field>
			{isOvertaken && (
				<div className={styles.choice}>
					<Button size="small" onClick={() => decide(() => onKeep(value))}>
						{text.say("note-set")}
					</Button>
					<Button size="small" appearance="subtle" onClick={() => decide(leave)}>
						{text.say("note-drop")}
					</Button>
				</div>
			)}
		</>
	);
}
