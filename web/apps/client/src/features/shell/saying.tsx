/** A word at the foot of the page: what was done, with a way back for a while, or why it wasn't. */

import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles, tokens } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { useText } from "@rapport/i18n/react";
import { useSyncExternalStore } from "react";
import { useApp } from "../../app/context";

const useStyles = makeStyles({
	place: {
		position: "fixed",
		insetBlockEnd: "72px",
		insetInline: 0,
		marginInline: "auto",
		inlineSize: "max-content",
		maxInlineSize: "calc(100vw - 32px)",
		zIndex: 1000,
	},
	bar: { boxShadow: tokens.shadow16 },
});

export function Saying() {
	const styles = useStyles();
	const text = useText();
	const { shown } = useApp();
	const said = useSyncExternalStore(shown.said.subscribe, shown.said.get);
	const close = () => shown.said.set(undefined);
	return (
		<div className={styles.place} aria-live="polite">
			{said && (
				<MessageBar
					key={said.id}
					intent={said.intent === "error" ? "error" : "success"}
					className={styles.bar}
					data-pane="saying"
				>
					<MessageBarBody>{said.text}</MessageBarBody>
					<MessageBarActions
						containerAction={
							<Button
								appearance="transparent"
								icon={<DismissRegular />}
								aria-label={text.say("close")}
								onClick={close}
							/>
						}
					>
						{said.undo && (
							<Button
								size="small"
								onClick={() => {
									said.undo?.();
									close();
								}}
							>
								{text.say("undo")}
							</Button>
						)}
					</MessageBarActions>
				</MessageBar>
			)}
		</div>
	);
}
