/** The keys, shown by `?`. */

import {
	Button,
	Dialog,
	DialogActions,
	DialogBody,
	DialogContent,
	DialogSurface,
	DialogTitle,
	makeStyles,
	tokens,
} from "@fluentui/react-components";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { useApp } from "../../app/context";
import { useFocusBack } from "../../parts/focus";
import { keyName } from "../../parts/key-name";

const KEYS: readonly (readonly [string, SentenceKey])[] = [
	["/   Ctrl+K", "keys-find"],
	["Alt+Shift+1 … 9", "keys-conversation"],
	["Alt+Shift+A  B  D  Y", "keys-state"],
	["F6", "keys-pane"],
	["↑ ↓ Home End", "keys-list"],
	["Enter", "keys-talk"],
	["Alt+Enter", "keys-card"],
	["Shift+F10", "keys-menu"],
	["Esc", "keys-back"],
	["?", "keys-help"],
];

const useStyles = makeStyles({
	/** Room for the ring around it, beside what the title begins with. */
	content: {
		padding: tokens.spacingHorizontalS,
		marginInline: `calc(-1 * ${tokens.spacingHorizontalS})`,
		marginBlock: 0,
	},
	keys: {
		display: "grid",
		gridTemplateColumns: "max-content minmax(0, 1fr)",
		columnGap: tokens.spacingHorizontalXL,
		rowGap: tokens.spacingVerticalS,
		margin: 0,
		// Below each other where there is no room for both.
		"@media (max-width: 480px)": { gridTemplateColumns: "minmax(0, 1fr)", rowGap: 0 },
	},
	key: { fontFamily: tokens.fontFamilyMonospace, whiteSpace: "pre", justifySelf: "start" },
	what: { margin: 0, "@media (max-width: 480px)": { marginBlockEnd: tokens.spacingVerticalSNudge } },
});

export function KeyHelp() {
	const styles = useStyles();
	const text = useText();
	const { shown } = useApp();
	useFocusBack();
	return (
		<Dialog open onOpenChange={(_, data) => shown.keys.set(data.open)}>
			<DialogSurface>
				<DialogBody>
					<DialogTitle>{text.say("keys-title")}</DialogTitle>
					{/* Where it is longer than the screen, it is scrolled by keyboard too. */}
					<DialogContent className={styles.content} tabIndex={0}>
						<dl className={styles.keys}>
							{KEYS.map(([key, what]) => (
								<div key={key} style={{ display: "contents" }}>
									<dt dir="ltr" className={styles.key}>
										{keyName(key, text)}
									</dt>
									<dd className={styles.what}>{text.say(what)}</dd>
								</div>
							))}
						</dl>
					</DialogContent>
					<DialogActions>
						<Button appearance="primary" onClick={() => shown.keys.set(false)}>
							{text.say("close")}
						</Button>
					</DialogActions>
				</DialogBody>
			</DialogSurface>
		</Dialog>
	);
}
