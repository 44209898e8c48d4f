/** Changing the password. Every other session ends; this one stays. */

import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { Refused } from "@rapport/api/transport";
import { useText } from "@rapport/i18n/react";
import { useState } from "react";
import { reasonOf, useApp, useLive } from "../../app/context";
import { useStyles } from "./settings.styles";

export function Password() {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const address = useLive((live) => live.me?.address ?? "");
	const [current, setCurrent] = useState("");
	const [next, setNext] = useState("");
	const [again, setAgain] = useState("");
	const [wrong, setWrong] = useState<{ field: "current" | "new"; words: string }>();
	const [done, setDone] = useState(false);
	const differs = again !== "" && next !== again;

	async function submit(): Promise<void> {
		setDone(false);
		try {
			await session.changePassword(current, next);
			setWrong(undefined);
			setDone(true);
			for (const clear of [setCurrent, setNext, setAgain]) clear("");
		} catch (error) {
			const isNew = error instanceof Refused && (error.problem.field ?? "").startsWith("new");
			const isWeak = error instanceof Refused && error.problem.code === "weak-password";
			setWrong({ field: isNew || isWeak ? "new" : "current", words: reasonOf(error, text) });
		}
	}

	const said = (field: "current" | "new") =>
		wrong?.field === field ? { validationMessage: wrong.words, validationState: "error" as const } : {};
	return (
		<form
			className={styles.form}
			onSubmit={(event) => {
				event.preventDefault();
				void submit();
			}}
		>
			{done && (
				<MessageBar intent="success" layout="multiline">
					<MessageBarBody>{text.say("password-changed")}</MessageBarBody>
				</MessageBar>
			)}
			<input type="text" autoComplete="username" value={address} readOnly hidden />
			<Field label={text.say("password-current")} required {...said("current")}>
				<Input
					type="password"
					autoComplete="current-password"
					value={current}
					maxLength={1024}
					onChange={(_, data) => setCurrent(data.value)}
				/>
			</Field>
			<Field label={text.say("password-new")} hint={text.say("password-hint")} required {...said("new")}>
				<Input
					type="password"
					autoComplete="new-password"
					value={next}
					maxLength={1024}
					onChange={(_, data) => setNext(data.value)}
				/>
			</Field>
			<Field
				label={text.say("password-again")}
				required
				{...(differs ? { validationMessage: text.say("password-differs"), validationState: "error" } : {})}
			>
				<Input
					type="password"
					autoComplete="new-password"
					value={again}
					maxLength={1024}
					onChange={(_, data) => setAgain(data.value)}
				/>
			</Field>
			<Button
				type="submit"
				appearance="primary"
				style={{ justifySelf: "start" }}
				disabled={current === "" || next === "" || next !== again}
			>
				{text.say("password-change")}
			</Button>
		</form>
	);
}
