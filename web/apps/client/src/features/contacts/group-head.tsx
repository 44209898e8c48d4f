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
import type { Section, SectionKind } from "@rapport/live/list";
import { useId, useState } from "react";
import { useApp } from "../../app/context";
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
	const [naming, setNaming] = useState(false);
	const [menu, setMenu] = useState(false);
	const { kind, reachable, total } = section;
	const name = sectionName(kind, text);
	const id = useId();
	const group = kind.of === "group" ? kind : undefined;
	return (
		<>
			<div
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
								<MenuItem disabled={group.isFixed} onClick={() => setNaming(true)}>
									{text.say("rename-group")}
								</MenuItem>
								<MenuItem onClick={() => void moves.orderGroup(group.group, -1)}>{text.say("group-up")}</MenuItem>
								<MenuItem onClick={() => void moves.orderGroup(group.group, 1)}>{text.say("group-down")}</MenuItem>
								<MenuDivider />
								<MenuItem disabled={group.isFixed} onClick={() => void moves.removeGroup(group.group)}>
									{text.say("remove-group")}
								</MenuItem>
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
