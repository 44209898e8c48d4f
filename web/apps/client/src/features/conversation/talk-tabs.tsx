/**
 * The conversations that are open, a tab each: the arrows move between them, Enter opens one, Delete closes it. Where they
 * don't all fit they are scrolled, and listed in a menu.
 */

import {
	Button,
	CounterBadge,
	Menu,
	MenuItem,
	MenuList,
	MenuPopover,
	MenuTrigger,
	makeStyles,
	mergeClasses,
	Tooltip,
	tokens,
} from "@fluentui/react-components";
import { ChevronDownRegular, DismissRegular } from "@fluentui/react-icons";
import type { Presence } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { talksByAge } from "@rapport/live/list";
import { conversationWith, nameOf } from "@rapport/live/state";
import { LINE } from "@rapport/ui/line";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { stateWords } from "@rapport/ui/presence";
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { useAct, useApp, useLive } from "../../app/context";
import type { Panel } from "../../app/route";
import { useLevels } from "../../parts/levels";
import { usePerson, usePresence } from "../../parts/person";

const useStyles = makeStyles({
	strip: {
		flexShrink: 0,
		display: "flex",
		alignItems: "center",
		minInlineSize: 0,
		blockSize: "44px",
		paddingInlineEnd: tokens.spacingHorizontalXS,
		backgroundColor: tokens.colorNeutralBackground2,
		borderBlockEndWidth: "1px",
		borderBlockEndStyle: "solid",
		borderBlockEndColor: tokens.colorNeutralStroke2,
	},
	tabs: {
		flexGrow: 1,
		minInlineSize: 0,
		blockSize: "100%",
		display: "flex",
		overflowX: "auto",
		// Those that don't fit are in the menu, too.
		scrollbarWidth: "none",
	},
	tab: {
		position: "relative",
		flexGrow: 1,
		flexShrink: 1,
		flexBasis: "200px",
		minInlineSize: "168px",
		maxInlineSize: "220px",
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr) auto",
		alignItems: "center",
		paddingInlineEnd: tokens.spacingHorizontalXS,
		borderInlineEndWidth: "1px",
		borderInlineEndStyle: "solid",
		borderInlineEndColor: tokens.colorNeutralStroke2,
		":hover": { backgroundColor: tokens.colorNeutralBackground2Hover },
	},
	current: {
		backgroundColor: tokens.colorNeutralBackground1,
		":hover": { backgroundColor: tokens.colorNeutralBackground1 },
		"::after": {
			content: '""',
			position: "absolute",
			insetInline: 0,
			insetBlockEnd: 0,
			blockSize: "3px",
			backgroundColor: tokens.colorCompoundBrandStroke,
			"@media (forced-colors: active)": { backgroundColor: "Highlight" },
		},
	},
	name: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr) auto",
		alignItems: "center",
		columnGap: tokens.spacingHorizontalS,
		blockSize: "100%",
		minInlineSize: 0,
		paddingInlineStart: tokens.spacingHorizontalM,
		paddingInlineEnd: tokens.spacingHorizontalXS,
		border: "none",
		background: "none",
		color: "inherit",
		font: "inherit",
		textAlign: "start",
		cursor: "pointer",
		borderRadius: tokens.borderRadiusMedium,
		":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
	},
	line: LINE,
	strong: { fontWeight: tokens.fontWeightSemibold },
	close: {
		display: "grid",
		placeItems: "center",
		inlineSize: "24px",
		blockSize: "24px",
		padding: 0,
		border: "none",
		background: "none",
		color: tokens.colorNeutralForeground3,
		borderRadius: tokens.borderRadiusMedium,
		cursor: "pointer",
		":hover": { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1 },
		"@media (pointer: coarse)": { inlineSize: "44px", blockSize: "44px" },
	},
});

/** The ids under which a tab and what it opens know each other. */
export const TALK = "talk";
export const tabOf = (person: string) => `tab-${person}`;

export function TalkTabs({ person, panel }: { person: string; panel: Panel }) {
	const styles = useStyles();
	const text = useText();
	const { router, session } = useApp();
	const act = useAct();
	const conversations = useLive((live) => live.conversations);
	// Whoever is looked at has a tab before anything was said.
	const begun = useMemo(() => talksByAge(conversations), [conversations]);
	const ids = useMemo(() => (begun.includes(person) ? begun : [...begun, person]), [begun, person]);
	const [focused, setFocused] = useState<string>();
	const list = useRef<HTMLDivElement>(null);
	const isCut = useIsCut(list, ids.length);
	const tab = (id: string | undefined) =>
		id === undefined ? null : list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(id)}"]`);

	// biome-ignore lint/correctness/useExhaustiveDependencies: whenever another is open, or there are others
	useEffect(() => {
		list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
	}, [person, ids, isCut]);

	const open = (id: string) => router.go({ page: "conversation", person: id, panel });

	function close(id: string): void {
		const at = ids.indexOf(id);
		const next = ids[at + 1] ?? ids[at - 1];
		if (document.activeElement === tab(id)) tab(next)?.focus();
		for (const one of conversations.values()) {
			if (one.with.id === id) void act(() => session.client.leaveConversation(one.id));
		}
		if (id !== person) return;
		if (next === undefined) router.go({ page: "list", panel });
		else open(next);
	}

	function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
		const id = event.target instanceof HTMLElement ? event.target.dataset["tab"] : undefined;
		if (id === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
		const [back, on] = text.direction === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
		const at = ids.indexOf(id);
		if (event.key === on) tab(ids[at + 1] ?? ids[0])?.focus();
		else if (event.key === back) tab(ids.at(at - 1))?.focus();
		else if (event.key === "Home") tab(ids[0])?.focus();
		else if (event.key === "End") tab(ids.at(-1))?.focus();
		else if (event.key === "Delete") close(id);
		else return;
		event.preventDefault();
	}

	return (
		<div className={styles.strip}>
			<div
				ref={list}
				role="tablist"
				aria-label={text.say("rail-conversations")}
				className={styles.tabs}
				onKeyDown={onKeyDown}
				onFocus={(event) => setFocused(event.target.dataset["tab"])}
				onBlur={() => setFocused(undefined)}
			>
				{ids.map((id) => {
					const Tab = begun.includes(id) ? BegunTab : FirstTab;
					return (
						<Tab
							key={id}
							id={id}
							isCurrent={id === person}
							isTabStop={id === (focused !== undefined && ids.includes(focused) ? focused : person)}
							onOpen={() => open(id)}
							onClose={() => close(id)}
						/>
					);
				})}
			</div>
			{isCut && (
				<Menu positioning={{ autoSize: true, position: "below", align: "end" }}>
					<MenuTrigger disableButtonEnhancement>
						<Tooltip content={text.say("talks-all")} relationship="label">
							<Button appearance="subtle" icon={<ChevronDownRegular />} />
						</Tooltip>
					</MenuTrigger>
					<MenuPopover>
						<MenuList>
							{ids.map((id) => (
								<TalkItem key={id} id={id} onOpen={() => open(id)} />
							))}
						</MenuList>
					</MenuPopover>
				</Menu>
			)}
		</div>
	);
}

interface TalkTabProps {
	readonly id: string;
	readonly isCurrent: boolean;
	readonly isTabStop: boolean;
	readonly onOpen: () => void;
	readonly onClose: () => void;
}

/** Of whoever is talked to the server tells. */
function BegunTab(props: TalkTabProps) {
	const presence = useLive((live) => live.presence.get(props.id));
	return <TalkTab {...props} presence={presence} />;
}

/** Of whoever nothing was said with yet it is asked, once it is known that there is such a person. */
function FirstTab(props: TalkTabProps) {
	const { person } = usePerson(props.id);
	return person ? <AskingTab {...props} /> : null;
}

function AskingTab(props: TalkTabProps) {
	return <TalkTab {...props} presence={usePresence(props.id)} />;
}

function TalkTab({
	id,
	isCurrent,
	isTabStop,
	onOpen,
	onClose,
	presence,
}: TalkTabProps & { presence: Presence | undefined }) {
	const styles = useStyles();
	const text = useText();
	const level = useLevels()?.get(id);
	const { name, unread } = useTalk(id);
	return (
		<div role="presentation" className={mergeClasses(styles.tab, isCurrent && styles.current)}>
			<button
				type="button"
				role="tab"
				id={tabOf(id)}
				data-tab={id}
				className={styles.name}
				aria-selected={isCurrent}
				aria-keyshortcuts="Delete"
				{...(isCurrent ? { "aria-controls": TALK } : {})}
				tabIndex={isTabStop ? 0 : -1}
				title={name}
				aria-label={[name, stateWords(presence, text), unread ? text.say("unread", { count: unread }) : ""]
					.filter(Boolean)
					.join(", ")}
				onClick={onOpen}
				onAuxClick={(event) => event.button === 1 && onClose()}
			>
				<PersonAvatar id={id} name={name} presence={presence} level={level} size={24} decorative />
				<span dir="auto" className={mergeClasses(styles.line, (isCurrent || unread > 0) && styles.strong)}>
					{name}
				</span>
				{unread > 0 && <CounterBadge count={unread} size="small" color="danger" aria-hidden />}
			</button>
			{/* For the pointer: a tab holds no button, and by keyboard there is Delete, and the menu of the conversation. */}
			<button
				type="button"
				className={styles.close}
				tabIndex={-1}
				aria-hidden
				data-close={id}
				title={text.say("leave-conversation")}
				// The focus stays where one writes.
				onMouseDown={(event) => event.preventDefault()}
				onClick={onClose}
			>
				<DismissRegular />
			</button>
		</div>
	);
}

function TalkItem({ id, onOpen }: { id: string; onOpen: () => void }) {
	const text = useText();
	const { name, unread } = useTalk(id);
	return (
		<MenuItem onClick={onOpen} {...(unread > 0 ? { secondaryContent: text.say("unread", { count: unread }) } : {})}>
			<bdi>{name}</bdi>
		</MenuItem>
	);
}

function useTalk(id: string): { readonly name: string; readonly unread: number } {
	const { person } = usePerson(id);
	const name = useLive((live) => (person ? nameOf(live, person) : ""));
	const unread = useLive((live) => conversationWith(live, id)?.unread ?? 0);
	return { name, unread };
}

/** Whether there is more of something than there is room for. */
function useIsCut(element: RefObject<HTMLElement | null>, count: number): boolean {
	const [isCut, setCut] = useState(false);
	// biome-ignore lint/correctness/useExhaustiveDependencies: another count may be too many
	useEffect(() => {
		const { current } = element;
		if (!current) return;
		const look = () => setCut(current.scrollWidth > current.clientWidth + 1);
		look();
		const observer = new ResizeObserver(look);
		observer.observe(current);
		return () => observer.disconnect();
	}, [element, count]);
	return isCut;
}
