/**
 * What I say of myself, edited in place: Enter keeps it, Escape leaves it as it was. What can't be kept now stays where it
 * was typed.
 */

import { Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { LocationRegular } from "@fluentui/react-icons";
import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { apply } from "@rapport/live/apply";
import { type ReactElement, useCallback, useState } from "react";
import { reasonOf, useApp, useLive } from "../../app/context";
import { useComingBack } from "../../parts/asked";
import { faultOf, faultWords, LONGEST_LOCATION } from "../../parts/written";

const useStyles = makeStyles({
	note: { gridColumn: "1 / -1", marginBlockStart: tokens.spacingVerticalXS },
	location: {
		flexGrow: 1,
		flexBasis: 0,
		minInlineSize: "64px",
		// An input wants to be as wide as twenty letters, whatever stands beside it.
		gridTemplateColumns: "minmax(0, 1fr)",
		"& input": { minInlineSize: 0, inlineSize: "100%" },
	},
	words: { backgroundColor: "transparent" },
});

export function Note({ note }: { note: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const limit = useLive((live) => live.limits.note);
	const onKeep = useCallback(
		async (words: string) => {
			const me = await session.client.setNote(words);
			session.live.update((live) => apply(live, { type: "me", me }, Date.now()));
		},
		[session],
	);
	return (
		<OwnWords
			className={styles.note}
			words={note}
			limit={limit}
			placeholder={text.say("note-placeholder")}
			label={text.say("note-label")}
			onKeep={onKeep}
		/>
	);
}

/** Where I am with this browser. */
export function Location({ location }: { location: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const onKeep = useCallback((words: string) => session.setLocation(words), [session]);
	return (
		<OwnWords
			className={styles.location}
			words={location}
			limit={LONGEST_LOCATION}
			icon={<LocationRegular />}
			placeholder={text.say("location-placeholder")}
			label={text.say("location-label")}
			onKeep={onKeep}
		/>
	);
}

interface OwnWordsProps {
	readonly className: string;
	/** As the others see them. */
	readonly words: string;
	readonly limit: number;
	readonly icon?: ReactElement;
	readonly placeholder: string;
	readonly label: string;
	readonly onKeep: (words: string) => Promise<void>;
}

function OwnWords({ className, words, limit, icon, placeholder, label, onKeep }: OwnWordsProps) {
	const styles = useStyles();
	const text = useText();
	/** Nothing while it is as the others see it. */
	const [typed, setTyped] = useState<string>();
	const [error, setError] = useState<unknown>();
	const value = typed ?? words;
	const fault = typed === undefined ? undefined : faultOf(typed, limit, "note");

	const leave = useCallback(() => {
		setTyped(undefined);
		setError(undefined);
	}, []);
	const keep = useCallback(async () => {
		if (typed === undefined || fault) return;
		const wanted = typed.trim();
		if (wanted === words) return leave();
		try {
			await onKeep(wanted);
			setError(undefined);
			// Whatever was typed meanwhile is the next one.
			setTyped((now) => (now === typed ? undefined : now));
		} catch (error) {
			setError(error);
		}
	}, [onKeep, words, typed, fault, leave]);
	const isWaiting = error instanceof Unreachable;
	useComingBack(isWaiting, keep);

	const refused = error === undefined ? undefined : isWaiting ? text.say("note-waits") : reasonOf(error, text);
	const wrong = faultWords(fault, text) ?? refused;
	return (
		<Field
			className={className}
			{...(wrong ? { validationMessage: wrong, validationState: isWaiting && !fault ? "warning" : "error" } : {})}
		>
			<Input
				className={styles.words}
				appearance="filled-lighter"
				size="small"
				value={value}
				title={value}
				placeholder={placeholder}
				aria-label={label}
				{...(icon ? { contentBefore: icon } : {})}
				onChange={(_, data) => setTyped(data.value)}
				onBlur={() => void keep()}
				onKeyDown={(event) => {
					if (event.key === "Enter") event.currentTarget.blur();
					if (event.key === "Escape") {
						leave();
						event.preventDefault();
					}
				}}
			/>
		</Field>
	);
}
