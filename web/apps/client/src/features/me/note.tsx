/** My note, edited in place: Enter keeps it, Escape leaves it as it was. What can't be kept now stays where it was typed. */

import { Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { Unreachable } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { apply } from "@rapport/live/apply";
import { useCallback, useState } from "react";
import { reasonOf, useApp, useLive } from "../../app/context";
import { useComingBack } from "../../parts/asked";
import { faultOf, faultWords } from "../../parts/written";

const useStyles = makeStyles({
	field: { gridColumn: "1 / -1", marginBlockStart: tokens.spacingVerticalXS },
	note: { backgroundColor: "transparent" },
});

export function Note({ note }: { note: string }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const limit = useLive((live) => live.limits.note);
	/** Nothing while it is as the others see it. */
	const [typed, setTyped] = useState<string>();
	const [error, setError] = useState<unknown>();
	const value = typed ?? note;
	const fault = typed === undefined ? undefined : faultOf(typed, limit, "note");

	const leave = useCallback(() => {
		setTyped(undefined);
		setError(undefined);
	}, []);
	const keep = useCallback(async () => {
		if (typed === undefined || fault) return;
		const wanted = typed.trim();
		if (wanted === note) return leave();
		try {
			const me = await session.client.setNote(wanted);
			session.live.update((live) => apply(live, { type: "me", me }, Date.now()));
			setError(undefined);
			// Whatever was typed meanwhile is the next one.
			setTyped((now) => (now === typed ? undefined : now));
		} catch (error) {
			setError(error);
		}
	}, [session, note, typed, fault, leave]);
	const isWaiting = error instanceof Unreachable;
	useComingBack(isWaiting, keep);

	const refused = error === undefined ? undefined : isWaiting ? text.say("note-waits") : reasonOf(error, text);
	const wrong = faultWords(fault, text) ?? refused;
	return (
		<Field
			className={styles.field}
			{...(wrong ? { validationMessage: wrong, validationState: isWaiting && !fault ? "warning" : "error" } : {})}
		>
			<Input
				className={styles.note}
				appearance="filled-lighter"
				size="small"
				value={value}
				title={value}
				placeholder={text.say("note-placeholder")}
				aria-label={text.say("note-label")}
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
