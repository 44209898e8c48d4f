/** One message of the past: who, when, what, and its deletion. */

import { Button } from "@fluentui/react-components";
import { DeleteRegular } from "@fluentui/react-icons";
import type { KeptMessage } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { useLive } from "../../app/context";
import { MessageBody } from "../../parts/message/message-body";
import { useNameOf } from "../../parts/person";
import { useStyles } from "./history.styles";

export interface SaidProps {
	readonly message: KeptMessage;
	/** Whether the day stands above it already. */
	readonly isDayKnown: boolean;
	readonly onDelete?: () => void;
	/** Leads to where it was said. */
	readonly onOpen?: () => void;
}

export function Said({ message, isDayKnown, onDelete, onOpen }: SaidProps) {
	const styles = useStyles();
	const text = useText();
	const name = useNameOf(message.with);
	const me = useLive((live) => live.me?.displayName ?? "");
	const at = Date.parse(message.at);
	const time = isDayKnown ? text.clock(at) : text.moment(at);
	const isOut = message.direction === "out";
	return (
		<div className={styles.said} data-line={message.id}>
			<div className={styles.saidBody}>
				<div className={styles.who}>
					<bdi className={styles.name}>{isOut ? me : name}</bdi>
					{isOut && !isDayKnown && <span>{text.say("history-to", { name })}</span>}
					<time dateTime={message.at} title={text.moment(at)}>
						{time}
					</time>
					{message.delivery === "failed" && <span className={styles.failed}>{text.say("not-delivered")}</span>}
				</div>
				<MessageBody text={message.text} html={message.html} rtf={message.rtf} />
			</div>
			<div>
				{onOpen && (
					<Button size="small" appearance="subtle" onClick={onOpen}>
						{text.say("history-open")}
					</Button>
				)}
				{onDelete && (
					<Button
						appearance="subtle"
						size="small"
						data-hover
						className={styles.delete}
						icon={<DeleteRegular />}
						aria-label={text.say("history-delete-message", { time: text.moment(at) })}
						onClick={onDelete}
					/>
				)}
			</div>
		</div>
	);
}
