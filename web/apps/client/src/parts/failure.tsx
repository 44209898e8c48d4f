/** Why something isn't here, and one way on. */

import { Button, makeStyles, tokens, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";

const useStyles = makeStyles({
	failure: {
		display: "grid",
		justifyItems: "start",
		gap: tokens.spacingVerticalM,
		padding: tokens.spacingHorizontalXL,
	},
});

export function Failure({ reason, onRetry }: { reason: string; onRetry?: () => void }) {
	const styles = useStyles();
	const text = useText();
	return (
		<div className={styles.failure} role="alert">
			<Words>{reason}</Words>
			{onRetry && <Button onClick={onRetry}>{text.say("retry")}</Button>}
		</div>
	);
}
