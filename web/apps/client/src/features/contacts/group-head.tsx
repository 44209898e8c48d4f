/** The head of a section: its name, who of it is there, and what can be done with it. */

import {
	Button,
	Menu,
	MenuDivider,
	MenuItem,
	MenuList,
	MenuPopover,
	MenuTrigger,
	mergeClasses,
} from "@fluentui/react-components";
import { ChevronRightRegular, MoreHorizontalRegular } from "@fluentui/react-icons";
import type { AccessLevel } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import type { Text } from "@rapport/i18n/text";
import { groupMoved, type Section, type SectionKind } from "@rapport/live/list";
import { useEffect, useId, useRef, useState } from "react";
import { useApp, useLive } from "../../app/context";
import { LEVELS } from "../../parts/levels";
import { NameDialog } from "../../parts/name-dialog";
import { useStyles } from "./list.styles";
import type { Moves } from "./moves";

const NAMES = {
	favourites: "section-favourites",
	recent: "section-recent",
	everyone: "section-everyone",
	ungrouped: "section-ungrouped",
	reachable: "section-reachable",
	away: "section-away",
	offline: "section-offline",
} as const satisfies Record<string, SentenceKey>;

export function sectionName(kind: SectionKind, text: Text): string {
	switch (kind.of) {
		case "group":
			return kind.isFixed ? text.say("section-other") : kind.name;
		case "standing":
			return text.say(NAMES[kind.standing]);
		case "access":
			return text.say(LEVELS[kind.level satisfies AccessLevel].name);
		default:
			return text.say(NAMES[kind.of]);
	}
}

export interface GroupHeadProps {
	readonly section: Section;
	readonly isOpen: boolean;
	readonly isTabStop: boolean;
	readonly onToggle: () => void;
	readonly moves: Moves;
}

export function GroupHead({ section, isOpen, isTabStop, onToggle, moves }: GroupHeadProps) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const groups = useLive((live) => live.groups);
	const [naming, setNaming] = useState(false);
	const [menu, setMenu] = useState(false);
	const { kind, reachable, total } = section;
	const name = sectionName(kind, text);
	const id = useId();
	// With the fixed one nothing can be done.
	const group = kind.of === "group" && !kind.isFixed ? kind : undefined;
	const canMove = (by: -1 | 1) => group !== undefined && groupMoved(groups, group.group, by) !== undefined;
	const head = useRef<HTMLDivElement>(null);
	const isUnder = menu || naming;
	// What has come up gives the focus to the menu's button, from which no arrow leads on, or to nothing.
	useEffect(() => {
		if (!isUnder) return;
		return () => {
			setTimeout(() => {
				const now = document.activeElement;
				if (now === document.body || head.current?.contains(now)) head.current?.focus();
			});
		};
	}, [isUnder]);
	return (
		<>
			<div
				ref={head}
				role="treeitem"
				aria-level={1}
				aria-expanded={isOpen}
				aria-selected={false}
				aria-labelledby={`${id}-name ${id}-count`}
				tabIndex={isTabStop ? 0 : -1}
				data-row={section.key}
				data-name={name}
				className={styles.head}
				onClick={onToggle}
				onKeyDown={(event) => {
					if (event.target !== event.currentTarget) return;
					const closes = text.direction === "rtl" ? "ArrowRight" : "ArrowLeft";
					const opens = text.direction === "rtl" ? "ArrowLeft" : "ArrowRight";
					if (event.key === "Enter" || event.key === " ") onToggle();
					else if (event.key === opens && !isOpen) onToggle();
					else if (event.key === closes && isOpen) onToggle();
					else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) setMenu(group !== undefined);
					else return;
					event.preventDefault();
				}}
			>
				<ChevronRightRegular
					className={mergeClasses(
						styles.chevron,
						isOpen ? styles.open : text.direction === "rtl" ? styles.closedRtl : undefined,
					)}
				/>
				<span id={`${id}-name`} dir="auto" className={styles.groupName} title={name}>
					{name}
				</span>
				<span id={`${id}-count`} className={styles.count}>
					{text.say("section-count", { reachable, total })}
				</span>
				{group && (
					<Menu positioning={{ autoSize: true }} open={menu} onOpenChange={(_, data) => setMenu(data.open)}>
						<MenuTrigger disableButtonEnhancement>
							<Button
								appearance="subtle"
								size="small"
								tabIndex={-1}
								className={styles.actions}
								data-hover
								icon={<MoreHorizontalRegular />}
								aria-label={text.say("more-for", { name })}
								onClick={(event) => event.stopPropagation()}
							/>
						</MenuTrigger>
						<MenuPopover onClick={(event) => event.stopPropagation()}>
							<MenuList>
								<MenuItem onClick={() => setNaming(true)}>{text.say("rename-group")}</MenuItem>
								<MenuItem disabled={!canMove(-1)} onClick={() => void moves.orderGroup(group.group, -1)}>
									{text.say("group-up")}
								</MenuItem>
								<MenuItem disabled={!canMove(1)} onClick={() => void moves.orderGroup(group.group, 1)}>
									{text.say("group-down")}
								</MenuItem>
								<MenuDivider />
								<MenuItem onClick={() => void moves.removeGroup(group.group)}>{text.say("remove-group")}</MenuItem>
							</MenuList>
						</MenuPopover>
					</Menu>
				)}
			</div>
			{naming && group && (
				<NameDialog
					title={text.say("rename-group")}
					label={text.say("group-name")}
					initial={group.name}
					onClose={() => setNaming(false)}
					onName={(wanted) => session.client.renameGroup(group.group, wanted)}
				/>
			)}
		</>
	);
}
