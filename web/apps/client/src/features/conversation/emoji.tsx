/** The emoji that are used at work; the system's own picker has the rest. */

import { Button } from "@fluentui/react-components";
import { useEffect, useRef } from "react";
import { useStyles } from "./conversation.styles";

const EMOJI = [
	..."😀😄😂🙂😉😊😍😎🤔😐🙄😬😴😕🙁😢😭😡😱🤯🥳🤗🙏👍👎👏🙌👋💪🤝",
	// Drawn in colour only where that is asked for.
	"✌️",
	..."👌🔥🎉",
	"❤️",
	..."💯✅❌❓❗☕🍰🍕🍺⏰📅📎💡🚀🐛⭐🌞",
	"🌧️",
];

export function Emoji({ onPick }: { onPick: (emoji: string) => void }) {
	const styles = useStyles();
	const all = useRef<HTMLDivElement>(null);
	// The first time they come after what they are in has looked for whom to give the focus.
	useEffect(() => all.current?.querySelector("button")?.focus({ preventScroll: true }), []);
	return (
		<div ref={all} className={styles.emoji}>
			{EMOJI.map((emoji) => (
				<Button key={emoji} appearance="subtle" className={styles.emojiButton} onClick={() => onPick(emoji)}>
					{emoji}
				</Button>
			))}
		</div>
	);
}
