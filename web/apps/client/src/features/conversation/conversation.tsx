/** A conversation with one person: who it is, what was said, and what is about to be. */

import {
	Button,
	Menu,
	MenuItem,
	MenuList,
	MenuPopover,
	MenuTrigger,
	MessageBar,
	MessageBarActions,
	MessageBarBody,
	mergeClasses,
	Skeleton,
	SkeletonItem,
	Tooltip,
} from "@fluentui/react-components";
import { ArrowLeftRegular, ContactCardRegular, MoreHorizontalRegular } from "@fluentui/react-icons";
import type { Availability, PersonRef } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { conversationWith, nameOf } from "@rapport/live/state";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { deviceWords, placeLine, stateLine } from "@rapport/ui/presence";
import { useEffect, useSyncExternalStore } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { useRoute } from "../../app/route";
import { useAwait } from "../../parts/awaiting";
import { Delayed } from "../../parts/delayed";
import { Failure } from "../../parts/failure";
import { useLevels } from "../../parts/levels";
import { useIsNarrow } from "../../parts/narrow";
import { usePerson, usePresence } from "../../parts/person";
import { Composer } from "./composer";
import { useStyles } from "./conversation.styles";
import { Thread } from "./thread";

export function Conversation({ person: id }: { person: string }) {
	const { person, reason, again } = usePerson(id);
	useReading(id);
	const isMe = useLive((live) => live.me?.id === id);
	if (reason) return <Failure reason={reason} onRetry={again} />;
	if (!person) return <Loading />;
	if (isMe) return <Oneself person={person} />;
	return (
		<>
			<Head person={person} />
			<Standing person={person} />
			<Thread key={id} person={person} />
			<Typing person={person} />
			<Composer key={`${id}-composer`} person={person} />
		</>
	);
}

/** With oneself there is no conversation: whoever comes here by an address is told so. */
function Oneself({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const { router, shown } = useApp();
	const route = useRoute(router);
	const presence = usePresence(person.id);
	// Written when that could be tried, it can be taken back.
	const isWaiting = useLive((live) => live.outbox.some((one) => one.to.id === person.id));
	const name = text.say("oneself", { name: person.displayName });
	return (
		<>
			<header className={styles.head}>
				<Back onClick={() => router.go({ page: "list", panel: "panel" in route ? route.panel : "contacts" })} />
				<PersonAvatar id={person.id} name={person.displayName} presence={presence} size={40} decorative />
				<h1 dir="auto" className={mergeClasses(styles.name, styles.line)} title={name}>
					{name}
				</h1>
			</header>
			<div className={styles.none}>
				<span>{text.say("talk-oneself")}</span>
				<Button style={{ justifySelf: "start" }} onClick={() => shown.card.set(person.id)}>
					{text.say("open-card")}
				</Button>
			</div>
			{isWaiting && <Thread person={person} />}
		</>
	);
}

function Back({ onClick }: { onClick: () => void }) {
	const styles = useStyles();
	const text = useText();
	return (
		<Button
			className={styles.back}
			appearance="subtle"
			icon={<ArrowLeftRegular style={text.direction === "rtl" ? { transform: "scaleX(-1)" } : {}} />}
			aria-label={text.say("back")}
			onClick={onClick}
		/>
	);
}

/** What is on screen is read, and what rings there is answered. */
function useReading(id: string): void {
	const { session } = useApp();
	const act = useAct();
	const unread = useLive((live) => conversationWith(live, id)?.unread ?? 0);
	const isRinging = useLive((live) => conversationWith(live, id)?.state === "ringing");
	const isUp = useSyncExternalStore(session.link.subscribe, () => session.link.get().phase === "up");
	// biome-ignore lint/correctness/useExhaustiveDependencies: what couldn't be told without a connection is told when it stands
	useEffect(() => {
		function look(): void {
			if (document.visibilityState !== "visible" || !document.hasFocus()) return;
			if (unread > 0) session.seen(id);
			if (isRinging) void act(() => session.open(id));
		}
		look();
		addEventListener("focus", look);
		document.addEventListener("visibilitychange", look);
		return () => {
			removeEventListener("focus", look);
			document.removeEventListener("visibilitychange", look);
		};
	}, [session, act, id, unread, isRinging, isUp]);
}

function Head({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { router, session, shown } = useApp();
	const route = useRoute(router);
	const act = useAct();
	const presence = usePresence(person.id);
	const level = useLevels()?.get(person.id);
	const name = useLive((live) => nameOf(live, person));
	const conversation = useLive((live) => conversationWith(live, person.id));
	const awaited = useSyncExternalStore(shown.awaited.subscribe, shown.awaited.get);
	const onAwait = useAwait();
	const state = stateLine(presence, text, now);
	const note = presence?.note && text.isolate(presence.note);
	const line = [state, deviceWords(presence, text), note].filter(Boolean).join(" · ");
	const whole = [line, placeLine(presence, text, now)].filter(Boolean).join(" · ");
	const panel = "panel" in route ? route.panel : "contacts";
	const isNarrow = useIsNarrow();
	return (
		<header className={styles.head}>
			<Back onClick={() => router.go({ page: "list", panel })} />
			<button
				type="button"
				className={styles.photo}
				aria-label={text.say("card-of", { name })}
				onClick={() => shown.card.set(person.id)}
			>
				<PersonAvatar id={person.id} name={name} presence={presence} level={level} size={40} decorative />
			</button>
			<div className={styles.words}>
				<h1 dir="auto" className={mergeClasses(styles.name, styles.line)} title={name}>
					{name}
				</h1>
				<span id="talk-state" className={mergeClasses(styles.line, styles.quiet)} title={whole}>
					{line}
				</span>
			</div>
			{/* On a phone the name has the room: the photo and the menu lead to the card. */}
			{!isNarrow && (
				<Tooltip content={text.say("open-card")} relationship="label">
					<Button appearance="subtle" icon={<ContactCardRegular />} onClick={() => shown.card.set(person.id)} />
				</Tooltip>
			)}
			<Menu>
				<MenuTrigger disableButtonEnhancement>
					<Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={text.say("more-for", { name })} />
				</MenuTrigger>
				<MenuPopover>
					<MenuList>
						{isNarrow && <MenuItem onClick={() => shown.card.set(person.id)}>{text.say("open-card")}</MenuItem>}
						<MenuItem onClick={() => onAwait(person.id)}>
							{text.say(awaited.has(person.id) ? "await-no-more" : "await")}
						</MenuItem>
						<MenuItem
							disabled={!conversation}
							onClick={() => {
								if (!conversation) return;
								void act(() => session.client.leaveConversation(conversation.id));
								router.go({ page: "list", panel });
							}}
						>
							{text.say("leave-conversation")}
						</MenuItem>
					</MenuList>
				</MenuPopover>
			</Menu>
		</header>
	);
}

/** What one should know before writing. */
function Standing({ person }: { person: PersonRef }) {
	const text = useText();
	const { session } = useApp();
	const act = useAct();
	const presence = usePresence(person.id);
	const gone = useLive((live) => live.contacts.get(person.id)?.gone ?? false);
	const name = useLive((live) => nameOf(live, person));
	const isBlocked = useLevels()?.get(person.id) === "blocked";
	const own: SentenceKey | undefined = isBlocked ? "standing-blocked" : gone ? "standing-gone" : undefined;
	const key = own ?? STANDING[presence?.availability ?? "unknown"];
	if (!key) return null;
	return (
		<MessageBar intent={gone || isBlocked ? "warning" : "info"} shape="square">
			<MessageBarBody id="talk-standing">{text.say(key, { name })}</MessageBarBody>
			{isBlocked && (
				<MessageBarActions>
					<Button size="small" onClick={() => void act(() => session.setAccess(person.id, "company"))}>
						{text.say("unblock")}
					</Button>
				</MessageBarActions>
			)}
		</MessageBar>
	);
}

const STANDING: Readonly<Partial<Record<Availability, SentenceKey>>> = {
	offline: "standing-offline",
	doNotDisturb: "standing-do-not-disturb",
};

function Typing({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const isTyping = useLive((live) => live.typing.has(person.id));
	const name = useLive((live) => nameOf(live, person));
	return (
		<div className={styles.typing} aria-live="polite">
			{isTyping ? text.say("typing", { name }) : ""}
		</div>
	);
}

function Loading() {
	const styles = useStyles();
	const text = useText();
	return (
		<Delayed>
			<Skeleton className={styles.head} aria-label={text.say("loading")}>
				<SkeletonItem shape="circle" size={40} />
				<SkeletonItem size={16} style={{ inlineSize: "200px" }} />
			</Skeleton>
		</Delayed>
	);
}
