/** Me, at the top of the list: state, for how long, note, place, devices. */

import {
	Button,
	Menu,
	MenuDivider,
	MenuItem,
	MenuItemRadio,
	MenuList,
	MenuPopover,
	MenuTrigger,
	makeStyles,
	PresenceBadge,
	tokens,
	Text as Words,
} from "@fluentui/react-components";
import { ChevronDownRegular } from "@fluentui/react-icons";
import type { ChosenState, Presence } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { myState } from "@rapport/ui/presence";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { NARROW, useIsNarrow } from "../../parts/narrow";
import { useSignOut } from "../../parts/sign-out";
import { Location, Note } from "./own-words";

const STATES: readonly (readonly [ChosenState, SentenceKey, Parameters<typeof PresenceBadge>[0]["status"]])[] = [
	["available", "availability-available", "available"],
	["busy", "availability-busy", "busy"],
	["doNotDisturb", "availability-do-not-disturb", "do-not-disturb"],
	["beRightBack", "availability-be-right-back", "away"],
	["away", "availability-away", "away"],
	["appearOffline", "availability-appear-offline", "offline"],
];

const MINUTE = 60_000;
const SPANS: readonly (readonly [SentenceKey, number | undefined])[] = [
	["span-half-hour", 30 * MINUTE],
	["span-hour", 60 * MINUTE],
	["span-two-hours", 120 * MINUTE],
	["span-open", undefined],
];

/** What matters most has the least room: who I am, what I am shown as, what I say of myself, in two lines. */
const PHONE = `@media ${NARROW}`;

const useStyles = makeStyles({
	me: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr)",
		columnGap: tokens.spacingHorizontalM,
		alignItems: "center",
		padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalS}`,
		[PHONE]: { paddingBlock: `${tokens.spacingVerticalS} ${tokens.spacingVerticalXS}` },
	},
	photo: {
		background: "none",
		border: "none",
		padding: "2px",
		borderRadius: tokens.borderRadiusCircular,
		cursor: "pointer",
	},
	words: { minInlineSize: 0, display: "grid", justifyItems: "start" },
	name: {
		maxInlineSize: "100%",
		overflow: "hidden",
		textOverflow: "ellipsis",
		whiteSpace: "nowrap",
		[PHONE]: { position: "relative", zIndex: 1, pointerEvents: "none" },
	},
	state: {
		minInlineSize: 0,
		paddingInline: "4px",
		marginInlineStart: "-4px",
		fontWeight: tokens.fontWeightRegular,
		color: tokens.colorNeutralForeground2,
		maxInlineSize: "100%",
		justifyContent: "start",
		// A finger finds it below the name as well, which takes no touch itself.
		[PHONE]: { marginBlockStart: "-22px", paddingBlockStart: "22px" },
	},
	own: {
		gridColumn: "1 / -1",
		minInlineSize: 0,
		// Side by side; what is written in has the room.
		[PHONE]: {
			display: "flex",
			flexWrap: "wrap",
			columnGap: tokens.spacingHorizontalXS,
			"& .fui-Field:focus-within": { flexGrow: 20 },
			"& .fui-Field:has(.fui-Field__validationMessage)": { flexBasis: "100%" },
		},
	},
	foot: {
		display: "flex",
		alignItems: "center",
		gap: tokens.spacingHorizontalXS,
		marginBlockStart: tokens.spacingVerticalXS,
		[PHONE]: { display: "contents" },
	},
	devices: {
		[PHONE]: { display: "none" },
		flexShrink: 0,
		minInlineSize: 0,
		whiteSpace: "nowrap",
		paddingInline: "8px",
		color: tokens.colorNeutralForeground3,
		fontWeight: tokens.fontWeightRegular,
	},
});

export function Me() {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const me = useLive((live) => live.me);
	const { session, router, shown } = useApp();
	const devices = useLive((live) => live.endpoints.length);
	const act = useAct();
	const isNarrow = useIsNarrow();
	const [signOut, asking] = useSignOut();
	if (!me) return null;
	const presence: Presence = {
		person: me.id,
		availability: me.availability,
		capabilities: [],
		known: true,
		...(me.activity ? { activity: me.activity } : {}),
	};
	const line = myState(me, text, now);
	const toDevices = () => router.go({ page: "settings", section: "devices" });
	const set = (chosen: ChosenState, span?: number) =>
		act(() => session.client.setStatus(chosen, span ? session.client.inTime(span) : undefined));
	return (
		<header className={styles.me}>
			<button
				type="button"
				className={styles.photo}
				aria-label={text.say("card-of", { name: me.displayName })}
				onClick={() => shown.card.set(me.id)}
			>
				<PersonAvatar id={me.id} name={me.displayName} presence={presence} size={isNarrow ? 40 : 48} decorative />
			</button>
			<div className={styles.words}>
				<Words weight="semibold" size={400} dir="auto" className={styles.name} title={me.displayName}>
					{me.displayName}
				</Words>
				<Menu hasIcons hasCheckmarks positioning={{ autoSize: true }} checkedValues={{ state: [me.chosen] }}>
					<MenuTrigger disableButtonEnhancement>
						<Button
							appearance="subtle"
							size="small"
							className={styles.state}
							icon={<ChevronDownRegular />}
							iconPosition="after"
							aria-label={text.say("my-status-label", { state: line })}
						>
							{line}
						</Button>
					</MenuTrigger>
					<MenuPopover>
						<MenuList>
							{STATES.map(([chosen, name, status]) => (
								<MenuItemRadio
									key={chosen}
									name="state"
									value={chosen}
									icon={<PresenceBadge status={status ?? "unknown"} aria-hidden />}
									onClick={() => void set(chosen)}
								>
									{text.say(name)}
								</MenuItemRadio>
							))}
							<MenuDivider />
							<Menu>
								<MenuTrigger disableButtonEnhancement>
									<MenuItem disabled={me.chosen === "automatic"}>{text.say("for-how-long")}</MenuItem>
								</MenuTrigger>
								<MenuPopover>
									<MenuList>
										{SPANS.map(([name, span]) => (
											<MenuItem key={name} onClick={() => void set(me.chosen, span)}>
												{text.say(name)}
											</MenuItem>
										))}
									</MenuList>
								</MenuPopover>
							</Menu>
							<MenuItem disabled={me.chosen === "automatic"} onClick={() => void set("automatic")}>
								{text.say("reset-status")}
							</MenuItem>
							<MenuDivider />
							{isNarrow && devices > 1 && (
								<MenuItem onClick={toDevices}>{text.say("on-devices", { count: devices })}</MenuItem>
							)}
							<MenuItem onClick={signOut}>{text.say("sign-out")}</MenuItem>
						</MenuList>
					</MenuPopover>
				</Menu>
			</div>
			{asking}
			<div className={styles.own}>
				<Note note={me.note} />
				<div className={styles.foot}>
					<Location location={me.location} />
					{devices > 1 && (
						<Button appearance="transparent" size="small" className={styles.devices} onClick={toDevices}>
							{text.say("on-devices", { count: devices })}
						</Button>
					)}
				</div>
			</div>
		</header>
	);
}
