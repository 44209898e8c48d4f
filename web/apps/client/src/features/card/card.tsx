/** Everything about a person that one may see, what they may see of oneself, and what to do next. */

import {
	Button,
	Dialog,
	DialogBody,
	DialogContent,
	DialogSurface,
	Field,
	Link,
	makeStyles,
	Select,
	Skeleton,
	SkeletonItem,
	tokens,
	Text as Words,
} from "@fluentui/react-components";
import { ChatRegular, DismissRegular, MailRegular, PersonAddRegular } from "@fluentui/react-icons";
import type { AccessLevel, AccessOf, Person } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { groupsForAdded } from "@rapport/live/list";
import { conversationWith, nameOf } from "@rapport/live/state";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { deviceWords, stateLine, timeThere } from "@rapport/ui/presence";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { Delayed } from "../../parts/delayed";
import { Failure } from "../../parts/failure";
import { useFocusBack } from "../../parts/focus";
import { LEVELS, LEVELS_IN_ORDER, useLevels } from "../../parts/levels";
import { Loading } from "../../parts/loading";
import { usePresence } from "../../parts/person";
import { SeenAs } from "./seen-as";

/** To call somebody by a touch, each line is as high as a finger wants it: all of them, so that they stand evenly. */
const TOUCH = "@media (pointer: coarse)";
const FINGER = "12px";

const PHONE = "@media (max-width: 400px)";

const useStyles = makeStyles({
	surface: { maxInlineSize: "460px", padding: 0, overflow: "hidden" },
	body: { display: "block", maxBlockSize: "calc(100vh - 64px)", overflowY: "auto" },
	head: {
		position: "relative",
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr)",
		gap: tokens.spacingHorizontalL,
		alignItems: "center",
		padding: tokens.spacingHorizontalXXL,
		paddingInlineEnd: "56px",
		backgroundColor: tokens.colorNeutralBackground2,
		[PHONE]: { padding: tokens.spacingHorizontalL, gap: tokens.spacingHorizontalM },
	},
	/** On a phone only the lines beside the button that closes it leave it its room. */
	who: { [PHONE]: { "::before": { content: '""', float: "inline-end", inlineSize: "40px", blockSize: "40px" } } },
	name: { margin: 0, fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500, overflowWrap: "anywhere" },
	/** Beside the button that closes it. */
	failed: { paddingInlineEnd: "48px" },
	close: { position: "absolute", insetBlockStart: "16px", insetInlineEnd: "12px", zIndex: 1 },
	/** With the margin of Fluent, for a ring that has its room here, the card would scroll sideways. */
	content: { display: "grid", gap: tokens.spacingVerticalL, margin: 0, padding: tokens.spacingHorizontalXXL },
	note: {
		margin: 0,
		paddingInlineStart: tokens.spacingHorizontalM,
		borderInlineStartWidth: "3px",
		borderInlineStartStyle: "solid",
		borderInlineStartColor: tokens.colorBrandStroke2,
		overflowWrap: "anywhere",
	},
	actions: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalS },
	done: { minInlineSize: 0, overflowWrap: "anywhere" },
	facts: {
		display: "grid",
		gridTemplateColumns: "minmax(96px, max-content) minmax(0, 1fr)",
		columnGap: tokens.spacingHorizontalL,
		rowGap: tokens.spacingVerticalXS,
		margin: 0,
		alignItems: "baseline",
		[PHONE]: { gridTemplateColumns: "fit-content(108px) minmax(0, 1fr)" },
		[TOUCH]: { rowGap: 0 },
	},
	fact: { display: "contents" },
	term: { color: tokens.colorNeutralForeground3, [TOUCH]: { paddingBlock: FINGER } },
	value: {
		margin: 0,
		overflowWrap: "anywhere",
		[TOUCH]: {
			paddingBlock: FINGER,
			"& .fui-Link": {
				display: "inline-block",
				verticalAlign: "top",
				boxSizing: "border-box",
				minBlockSize: "44px",
				paddingBlock: FINGER,
				marginBlock: `-${FINGER}`,
			},
		},
	},
	quiet: { color: tokens.colorNeutralForeground3 },
});

export function Card({ person: id }: { person: string }) {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	useFocusBack();
	const ask = useCallback(() => session.client.person(id), [session, id]);
	const { value: person, reason, again } = useAsked(ask);
	// Said as soon as the card opens, which is before the server has told the rest.
	const here = useLive((live) => live.contacts.get(id)?.person ?? conversationWith(live, id)?.with);
	const name = (person ?? here)?.displayName;
	const close = () => shown.card.set(undefined);
	return (
		<Dialog open onOpenChange={(_, data) => !data.open && close()}>
			<DialogSurface
				className={styles.surface}
				aria-label={name === undefined ? text.say("open-card") : text.say("card-of", { name })}
			>
				<DialogBody className={styles.body}>
					{/* There from the start: a dialog in which nothing takes the focus is hidden from screen readers. */}
					<Button
						className={styles.close}
						appearance="subtle"
						icon={<DismissRegular />}
						aria-label={text.say("close")}
						onClick={close}
					/>
					{reason && (
						<div className={styles.failed}>
							<Failure reason={reason} onRetry={again} />
						</div>
					)}
					{!person && !reason && (
						<Delayed>
							<Skeleton className={styles.head} aria-label={text.say("loading")}>
								<SkeletonItem shape="circle" size={72} />
								<SkeletonItem size={24} />
							</Skeleton>
						</Delayed>
					)}
					{person && <Content person={person} onClose={close} />}
				</DialogBody>
			</DialogSurface>
		</Dialog>
	);
}

function Content({ person, onClose }: { person: Person; onClose: () => void }) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const { session, router, shown } = useApp();
	const act = useAct();
	const presence = usePresence(person.id);
	const name = useLive((live) => nameOf(live, person));
	const isContact = useLive((live) => live.contacts.has(person.id));
	const isMe = useLive((live) => live.me?.id === person.id);
	const levels = useLevels();
	const level = levels ? levels.get(person.id) : person.accessLevel;
	const blocked = level === "blocked" ? ("blocked" as const) : undefined;
	const actions = useRef<HTMLDivElement>(null);
	const [isAdded, setAdded] = useState(false);
	async function add(): Promise<void> {
		const groups = groupsForAdded(session.live.get().groups);
		if (!(await act(() => session.client.setContact(person.id, groups)))) return;
		// The button goes with what it was for; what is said under the card is heard by nobody.
		actions.current?.querySelector("button")?.focus();
		setAdded(true);
	}
	return (
		<>
			<header className={styles.head}>
				<PersonAvatar id={person.id} name={name} presence={presence} level={blocked} size={64} decorative />
				<div className={styles.who}>
					<h2 dir="auto" className={styles.name}>
						{name}
					</h2>
					<Words block>
						{[stateLine(presence, text, now), deviceWords(presence, text)].filter(Boolean).join(" · ")}
					</Words>
					<Words block size={200} className={styles.quiet}>
						<bdi>{person.title}</bdi>
					</Words>
				</div>
			</header>
			<DialogContent className={styles.content}>
				{presence?.note && (
					<blockquote className={styles.note}>
						<bdi>{presence.note}</bdi>
					</blockquote>
				)}
				{!isMe && (
					<div ref={actions} className={styles.actions}>
						<Button
							appearance="primary"
							icon={<ChatRegular />}
							onClick={() => {
								onClose();
								router.go({ page: "conversation", person: person.id, panel: "contacts" });
							}}
						>
							{text.say("send-message")}
						</Button>
						{person.mail !== "" && (
							<Button
								as="a"
								icon={<MailRegular />}
								href={`mailto:${encodeURIComponent(person.mail).replace("%40", "@")}`}
							>
								{text.say("send-mail")}
							</Button>
						)}
						{!isContact && (
							<Button icon={<PersonAddRegular />} onClick={() => void add()}>
								{text.say("add")}
							</Button>
						)}
						<Words role="status" className={styles.done}>
							{isAdded && isContact ? text.say("added", { name }) : ""}
						</Words>
					</div>
				)}
				<dl className={styles.facts}>
					<Fact name={text.say("fact-location")} value={presence?.location ?? ""} />
					<Fact name={text.say("fact-local-time")} value={timeThere(presence, text, now) ?? ""} />
					<Fact name={text.say("fact-department")} value={person.department} />
					<Fact name={text.say("fact-company")} value={person.company} />
					<Fact name={text.say("fact-office")} value={person.office} />
					{person.phones.map((phone) => (
						<Fact
							key={phone.kind + phone.number}
							name={text.say(PHONES[phone.kind] ?? "phone-other")}
							value={
								<Link href={`tel:${phone.number.replace("tel:", "").replaceAll(/\s/g, "")}`}>
									<bdi dir="ltr">{phone.number.replace("tel:", "")}</bdi>
								</Link>
							}
						/>
					))}
					<Fact name={text.say("fact-mail")} value={person.mail && <bdi dir="ltr">{person.mail}</bdi>} />
					<Fact
						name={text.say("fact-web-page")}
						value={
							/^https?:\/\//i.test(person.webPage) ? (
								<Link href={person.webPage} target="_blank" rel="noopener noreferrer nofollow">
									<bdi dir="ltr">{person.webPage}</bdi>
								</Link>
							) : (
								""
							)
						}
					/>
					<Fact name={text.say("fact-address")} value={<bdi dir="ltr">{person.address}</bdi>} />
					{person.manager && (
						<Fact
							name={text.say("fact-manager")}
							value={
								<Link as="button" onClick={() => person.manager && shown.card.set(person.manager.id)}>
									<bdi>{person.manager.displayName}</bdi>
								</Link>
							}
						/>
					)}
				</dl>
				{!isMe && <Access person={person} name={name} />}
			</DialogContent>
		</>
	);
}

const PHONES: Readonly<Record<string, SentenceKey>> = {
	work: "phone-work",
	mobile: "phone-mobile",
	home: "phone-home",
	other: "phone-other",
};

function Fact({ name, value }: { name: string; value: ReactNode }) {
	const styles = useStyles();
	if (value === "") return null;
	return (
		<div className={styles.fact}>
			<dt className={styles.term}>{name}</dt>
			<dd className={styles.value}>{typeof value === "string" ? <bdi>{value}</bdi> : value}</dd>
		</div>
	);
}

/** What this person may see, shown as they see it. */
function Access({ person, name }: { person: Person; name: string }) {
	const text = useText();
	const { session } = useApp();
	const act = useAct();
	const ask = useCallback(() => session.access(person.id), [session, person.id]);
	const { value, reason, again } = useAsked(ask);
	// What was answered last, which is later than what was asked as the card opened.
	const [made, setMade] = useState<AccessOf>();
	const [wished, setWished] = useState<AccessLevel>();
	const turn = useRef(0);
	const access = made ?? value;
	if (!access) return reason ? <Failure reason={reason} onRetry={again} /> : <Loading rows={2} />;
	const level = wished ?? access.level;
	async function set(next: AccessLevel): Promise<void> {
		const mine = ++turn.current;
		setWished(next);
		await act(async () => {
			const answer = await session.setAccess(person.id, next);
			if (mine === turn.current) setMade(answer);
		});
		if (mine === turn.current) setWished(undefined);
	}
	return (
		<>
			<Field label={text.say("level-of-access")} hint={text.say(LEVELS[level].words)}>
				<Select value={level} onChange={(_, data) => void set(data.value as AccessLevel)}>
					{LEVELS_IN_ORDER.map((one) => (
						<option key={one} value={one}>
							{text.say(LEVELS[one].name)}
						</option>
					))}
				</Select>
			</Field>
			<SeenAs name={name} access={access} />
		</>
	);
}
