/** "Ben sees you like this": the server's own word of it, not a guess made here. */

import { Caption1, makeStyles, tokens, Text as Words } from "@fluentui/react-components";
import type { AccessOf } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { stateLine } from "@rapport/ui/presence";
import { useLive, useNow } from "../../app/context";

const SEES: Readonly<Record<string, SentenceKey>> = {
	name: "sees-name",
	mail: "sees-mail",
	availability: "sees-availability",
	activity: "sees-activity",
	note: "sees-note",
	contactCard: "sees-contact-card",
	phones: "sees-phones",
};

const useStyles = makeStyles({
	box: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr)",
		alignItems: "center",
		gap: tokens.spacingHorizontalM,
		padding: tokens.spacingHorizontalM,
		borderRadius: tokens.borderRadiusLarge,
		backgroundColor: tokens.colorNeutralBackground2,
		border: `1px solid ${tokens.colorTransparentStroke}`,
	},
	whole: { gridColumn: "1 / -1", overflowWrap: "anywhere", minInlineSize: 0 },
	line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", display: "block" },
});

export function SeenAs({ name, access: { preview } }: { name: string; access: AccessOf }) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const me = useLive((live) => live.me);
	if (!me) return null;
	const seen = preview.sees.flatMap((one) => (SEES[one] ? [text.say(SEES[one])] : []));
	return (
		<section className={styles.box} aria-label={text.say("sees-you", { name })}>
			<Words weight="semibold" className={styles.whole}>
				{text.say("sees-you", { name })}
			</Words>
			<PersonAvatar id={me.id} name={me.displayName} presence={preview.presence} decorative />
			<div style={{ minInlineSize: 0 }}>
				<Words block>
					<bdi>{me.displayName}</bdi>
				</Words>
				<Caption1 className={styles.line} title={preview.presence.note}>
					{stateLine(preview.presence, text, now)}
					{preview.presence.note && (
						<>
							{" · "}
							<bdi>{preview.presence.note}</bdi>
						</>
					)}
				</Caption1>
			</div>
			<Caption1 className={styles.whole}>
				{seen.length > 0 ? text.say("sees-list", { list: text.list(seen) }) : text.say("sees-nothing")}
			</Caption1>
		</section>
	);
}
