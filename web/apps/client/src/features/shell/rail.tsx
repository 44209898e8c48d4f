/** The ways through the client: at the side, or at the bottom of a phone. */

import { Button, CounterBadge, makeStyles, mergeClasses, Tooltip, tokens } from "@fluentui/react-components";
import {
	bundleIcon,
	ChatFilled,
	ChatRegular,
	HistoryFilled,
	HistoryRegular,
	PeopleFilled,
	PeopleRegular,
	SettingsFilled,
	SettingsRegular,
} from "@fluentui/react-icons";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { unreadOf } from "@rapport/live/state";
import type { ComponentType } from "react";
import { useApp, useLive } from "../../app/context";
import type { Panel, Route } from "../../app/route";
import { MEDIUM } from "./shell.styles";

const People = bundleIcon(PeopleFilled, PeopleRegular);
const Chat = bundleIcon(ChatFilled, ChatRegular);
const Past = bundleIcon(HistoryFilled, HistoryRegular);
const Gear = bundleIcon(SettingsFilled, SettingsRegular);

const useStyles = makeStyles({
	rail: {
		gridArea: "rail",
		display: "flex",
		justifyContent: "space-around",
		paddingBlock: tokens.spacingVerticalXS,
		paddingBlockEnd: "max(4px, env(safe-area-inset-bottom))",
		backgroundColor: tokens.colorNeutralBackground4,
		borderBlockStartWidth: "1px",
		borderBlockStartStyle: "solid",
		borderBlockStartColor: tokens.colorNeutralStroke2,
		[MEDIUM]: {
			flexDirection: "column",
			justifyContent: "flex-start",
			alignItems: "center",
			gap: tokens.spacingVerticalS,
			paddingBlock: tokens.spacingVerticalM,
			borderBlockStartStyle: "none",
			borderInlineEndWidth: "1px",
			borderInlineEndStyle: "solid",
			borderInlineEndColor: tokens.colorNeutralStroke2,
		},
	},
	/** On a phone an open conversation has the whole height. */
	hiddenOnPhone: { display: "none", [MEDIUM]: { display: "flex" } },
	item: { position: "relative" },
	last: { [MEDIUM]: { marginBlockStart: "auto" } },
	current: { color: tokens.colorBrandForeground1, ":hover": { color: tokens.colorBrandForeground1 } },
	/** It lies over the first row of the list, which is to be had through it. */
	words: { pointerEvents: "none" },
	mark: {
		position: "absolute",
		insetBlockStart: "-2px",
		insetInlineEnd: "-4px",
		pointerEvents: "none",
	},
});

interface Way {
	readonly name: SentenceKey;
	readonly icon: ComponentType<{ filled?: boolean }>;
	readonly route: Route;
	readonly isCurrent: boolean;
	readonly count?: number;
}

export function Rail({ route, panel }: { route: Route; panel: Panel }) {
	const styles = useStyles();
	const text = useText();
	const { router } = useApp();
	const unread = useLive(unreadOf);
	const isList = route.page === "list" || route.page === "conversation";
	const ways: Way[] = [
		{
			name: "rail-contacts",
			icon: People,
			route: { page: "list", panel: "contacts" },
			isCurrent: isList && panel === "contacts",
		},
		{
			name: "rail-conversations",
			icon: Chat,
			route: { page: "list", panel: "conversations" },
			isCurrent: isList && panel === "conversations",
			count: unread,
		},
		{
			name: "rail-history",
			icon: Past,
			route: { page: "history", person: undefined },
			isCurrent: route.page === "history",
		},
		{
			name: "rail-settings",
			icon: Gear,
			route: { page: "settings", section: undefined },
			isCurrent: route.page === "settings",
		},
	];
	return (
		<nav
			className={mergeClasses(styles.rail, route.page === "conversation" && styles.hiddenOnPhone)}
			aria-label={text.say("rail-label")}
			data-pane="rail"
		>
			{ways.map(({ name, icon: Icon, route: to, isCurrent, count }, at) => {
				const label = count ? text.say("rail-with-unread", { name: text.say(name), count }) : text.say(name);
				return (
					<div key={name} className={mergeClasses(styles.item, at === ways.length - 1 && styles.last)}>
						<Tooltip
							content={{ children: label, className: styles.words }}
							relationship="label"
							positioning="after"
							hideDelay={0}
						>
							<Button
								appearance="transparent"
								size="large"
								className={mergeClasses(isCurrent && styles.current)}
								icon={<Icon filled={isCurrent} />}
								aria-current={isCurrent ? "page" : undefined}
								onClick={() => router.go(to)}
							/>
						</Tooltip>
						{count ? (
							<CounterBadge className={styles.mark} count={count} size="small" color="danger" aria-hidden />
						) : null}
					</div>
				);
			})}
		</nav>
	);
}
