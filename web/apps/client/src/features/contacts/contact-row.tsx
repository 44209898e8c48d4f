/** One person of the list: photo with presence, name, what they are doing, and the three things that are done most. */

import { Button, Caption1, CounterBadge, mergeClasses } from "@fluentui/react-components";
import { ChatRegular, MoreHorizontalRegular } from "@fluentui/react-icons";
import type { AccessLevel, Contact } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { nameOf } from "@rapport/live/state";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { badgeOf, placeLine, stateLine } from "@rapport/ui/presence";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { useApp, useLive, useNow } from "../../app/context";
import { useStyles } from "./list.styles";

export interface ContactRowProps {
	readonly contact: Contact;
	/** The section that it stands in: a contact may stand in several. */
	readonly section: string;
	readonly isCurrent: boolean;
	readonly isTabStop: boolean;
	readonly isAmbiguous: boolean;
	readonly isCompact: boolean;
	/** Whether nothing hovers, so that the menu has to be there always. */
	readonly isTouched: boolean;
	readonly level: AccessLevel | undefined;
	readonly onMenu: (target: HTMLElement, contact: Contact, section: string) => void;
	readonly onTalk: (person: string) => void;
}

export const ContactRow = memo(function ContactRow(props: ContactRowProps) {
	const { contact, section, isCurrent, isTabStop, isAmbiguous, isCompact, isTouched, level, onMenu, onTalk } = props;
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { shown } = useApp();
	const row = useRef<HTMLDivElement>(null);
	const [isNear, setNear] = useState(false);
	const { id } = contact.person;
	const presence = useLive((live) => live.presence.get(id));
	const plain = useLive((live) => nameOf(live, contact.person));
	const unread = useLive((live) => {
		let sum = 0;
		for (const conversation of live.conversations.values()) {
			if (conversation.with.id === id) sum += conversation.unread;
		}
		return sum;
	});
	// Two who are called alike are told apart, however little room there is.
	const name = isAmbiguous ? `${plain} (${contact.person.address})` : plain;
	const state = contact.gone ? text.say("contact-gone") : stateLine(presence, text, now);
	const second = presence?.note && !contact.gone ? `${state} · ${text.isolate(presence.note)}` : state;
	const whole = [second, contact.gone ? "" : placeLine(presence, text, now)].filter(Boolean).join(" · ");
	const badge = badgeOf(presence, level, text);

	function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
		if (event.target !== event.currentTarget) return;
		if (event.key === "Enter" && event.altKey) shown.card.set(id);
		else if (event.key === "Enter") onTalk(id);
		else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
			onMenu(event.currentTarget, contact, section);
		} else return;
		event.preventDefault();
	}

	return (
		<div
			ref={row}
			role="treeitem"
			aria-level={2}
			aria-selected={isCurrent}
			aria-label={[
				name,
				second.startsWith(badge.label) ? "" : badge.label,
				second,
				unread ? text.say("unread", { count: unread }) : "",
			]
				.filter(Boolean)
				.join(", ")}
			tabIndex={isTabStop ? 0 : -1}
			data-row={`${section}/${id}`}
			data-name={plain}
			className={mergeClasses(styles.row, isCompact && styles.compact, isCurrent && styles.current)}
			draggable
			onDragStart={(event) => {
				event.dataTransfer.setData("application/x-rapport-contact", JSON.stringify({ id, section }));
				event.dataTransfer.effectAllowed = "copyMove";
			}}
			onPointerEnter={() => setNear(true)}
			onPointerLeave={() => setNear(false)}
			onFocus={() => setNear(true)}
			onBlur={(event) => setNear(event.currentTarget.contains(event.relatedTarget))}
			onClick={() => onTalk(id)}
			onKeyDown={onKeyDown}
			onContextMenu={(event) => {
				event.preventDefault();
				onMenu(event.currentTarget, contact, section);
			}}
		>
			<button
				type="button"
				tabIndex={-1}
				className={mergeClasses(styles.photo, isCompact && styles.small)}
				aria-label={text.say("card-of", { name })}
				onClick={(event) => {
					event.stopPropagation();
					shown.card.set(id);
				}}
			>
				<PersonAvatar id={id} name={plain} presence={presence} level={level} size={isCompact ? 24 : 32} decorative />
			</button>
			<div className={styles.words}>
				<span dir="auto" className={mergeClasses(styles.line, unread > 0 && styles.unread)} title={name}>
					{name}
				</span>
				{!isCompact && (
					<Caption1 className={mergeClasses(styles.both, styles.second)} title={whole}>
						<span className={styles.whole}>{state}</span>
						{second !== state && (
							<>
								{" · "}
								<span dir="auto" className={styles.line}>
									{presence?.note}
								</span>
							</>
						)}
					</Caption1>
				)}
			</div>
			<div style={{ display: "flex", alignItems: "center" }}>
				{unread > 0 && <CounterBadge count={unread} size="small" color="danger" aria-hidden />}
				{isTouched ? (
					<More name={name} onMenu={() => row.current && onMenu(row.current, contact, section)} />
				) : (
					isNear && (
						<Actions
							name={name}
							onTalk={() => onTalk(id)}
							onMenu={() => row.current && onMenu(row.current, contact, section)}
						/>
					)
				)}
			</div>
		</div>
	);
});

/** The menu, where nothing hovers and no other key leads to it: in each row, so no more of it than is to be seen. */
function More({ name, onMenu }: Pick<ActionsProps, "name" | "onMenu">) {
	const styles = useStyles();
	const text = useText();
	return (
		<button
			type="button"
			tabIndex={-1}
			className={styles.more}
			aria-label={text.say("more-for", { name })}
			onClick={(event) => {
				event.stopPropagation();
				onMenu();
			}}
		>
			<MoreHorizontalRegular />
		</button>
	);
}

interface ActionsProps {
	readonly name: string;
	readonly onTalk: () => void;
	readonly onMenu: () => void;
}

/** Made for the row that somebody is at: those of a whole list are a third of what it costs. */
function Actions({ name, onTalk, onMenu }: ActionsProps) {
	const styles = useStyles();
	const text = useText();
	return (
		<div className={mergeClasses(styles.actions, styles.over)} data-hover>
			<Button
				appearance="subtle"
				size="small"
				tabIndex={-1}
				icon={<ChatRegular />}
				aria-label={text.say("message-to", { name })}
				onClick={(event) => {
					event.stopPropagation();
					onTalk();
				}}
			/>
			<Button
				appearance="subtle"
				size="small"
				tabIndex={-1}
				icon={<MoreHorizontalRegular />}
				aria-label={text.say("more-for", { name })}
				onClick={(event) => {
					event.stopPropagation();
					onMenu();
				}}
			/>
		</div>
	);
}
