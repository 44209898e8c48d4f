/** A fault of the page itself: said as one, with a way on. React knows no other way than a class. */

import { Button, makeStyles, tokens, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { Component, type ReactNode } from "react";

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
		overflowWrap: "anywhere",
		"& h1": { margin: 0, textAlign: "center" },
	},
	words: { maxInlineSize: "56ch", textAlign: "center" },
});

export class Fallen extends Component<{ children: ReactNode }, { fault?: string }> {
	override state: { fault?: string } = {};

	static getDerivedStateFromError(error: unknown): { fault: string } {
		return { fault: String(error) };
	}

	override render(): ReactNode {
		return this.state.fault === undefined ? this.props.children : <Fault fault={this.state.fault} />;
	}
}

function Fault({ fault }: { fault: string }) {
	const styles = useStyles();
	const text = useText();
	return (
		<main className={styles.page}>
			<Words as="h1" size={500} weight="semibold">
				{text.say("fallen-title")}
			</Words>
			<Words role="alert" className={styles.words}>
				{text.say("fallen-words")}
			</Words>
			<Words font="monospace" size={200}>
				{fault}
			</Words>
			<Button appearance="primary" onClick={() => location.reload()}>
				{text.say("reload")}
			</Button>
		</main>
	);
}
