/** A word at the foot of the page: what was done, with a way back for a while, or why it wasn't. */

import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles, tokens } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { useText } from "@rapport/i18n/react";
import { useCallback, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { useApp } from "../../app/context";
import type { Said } from "../../app/shown";

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
	const { shown } = useApp();
	const said = useSyncExternalStore(shown.said.subscribe, shown.said.get);
	return (
		<div className={styles.place} aria-live="polite">
			{said && <Word key={said.id} said={said} onClose={() => shown.unsay()} />}
		</div>
	);
}

function Word({ said, onClose }: { said: Said; onClose: () => void }) {
	const styles = useStyles();
	const text = useText();
	const bar = useRef<HTMLDivElement>(null);
	/** What had the focus before somebody came here. */
	const before = useRef<HTMLElement>(undefined);
	const goBack = useCallback(() => before.current?.isConnected && before.current.focus(), []);
	useLayoutEffect(() => {
		const here = bar.current;
		// Its time may be over while somebody is in it.
		return () => void (here?.contains(document.activeElement) && goBack());
	}, [goBack]);
	return (
		<div ref={bar}>
			<MessageBar
				intent={said.intent === "error" ? "error" : "success"}
				className={styles.bar}
				data-pane="saying"
				onFocus={({ relatedTarget: from }) => {
					if (from instanceof HTMLElement && !bar.current?.contains(from)) before.current = from;
				}}
			>
				<MessageBarBody>{said.text}</MessageBarBody>
				<MessageBarActions
					containerAction={
						<Button
							appearance="transparent"
							icon={<DismissRegular />}
							aria-label={text.say("close")}
							onClick={onClose}
						/>
					}
				>
					{said.undo && (
						<Button
							size="small"
							onClick={() => {
								// First: what had it may be what changes now, and takes the focus along.
								goBack();
								said.undo?.();
								onClose();
							}}
						>
							{text.say("undo")}
						</Button>
					)}
				</MessageBarActions>
			</MessageBar>
		</div>
	);
}
