/** The page when it was opened and the server can't be reached. */

import { Button, makeStyles, tokens, Text as Words } from "@fluentui/react-components";
import { CloudOffRegular } from "@fluentui/react-icons";
import { useText } from "@rapport/i18n/react";
import { useApp } from "./context";

const useStyles = makeStyles({
	page: {
		blockSize: "100%",
		display: "grid",
		placeContent: "center",
		justifyItems: "center",
		textAlign: "center",
		textWrap: "balance",
		gap: tokens.spacingVerticalM,
		padding: tokens.spacingHorizontalXXL,
		"& h1": { margin: 0 },
	},
	words: { maxInlineSize: "44ch", textAlign: "center" },
	icon: { fontSize: "48px", color: tokens.colorNeutralForeground3 },
});

export function Offline() {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	return (
		<main className={styles.page}>
			<CloudOffRegular className={styles.icon} />
			<Words as="h1" size={500} weight="semibold">
				{text.say("offline-title")}
			</Words>
			<Words className={styles.words}>{text.say("offline-words")}</Words>
			<Button appearance="primary" onClick={() => void session.start()}>
				{text.say("retry")}
			</Button>
		</main>
	);
}
