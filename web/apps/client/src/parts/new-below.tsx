/** That there is more below of what grows there than is seen, and the way to it. Stands right behind what scrolls. */

import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { ArrowDownRegular } from "@fluentui/react-icons";
import { useText } from "@rapport/i18n/react";

const useStyles = makeStyles({
	chip: {
		flexShrink: 0,
		alignSelf: "center",
		marginBlockStart: "-44px",
		marginBlockEnd: "8px",
		zIndex: 1,
		boxShadow: tokens.shadow8,
	},
});

export function NewBelow({ count, onClick }: { count: number; onClick: () => void }) {
	const styles = useStyles();
	const text = useText();
	if (count === 0) return null;
	return (
		<Button
			className={styles.chip}
			shape="circular"
			size="small"
			appearance="primary"
			icon={<ArrowDownRegular />}
			onClick={onClick}
		>
			{text.say("new-below", { count })}
		</Button>
	);
}
