/** Where I am signed in, which of it says what, and ending any of it. */

import { Button, Caption1, Text as Words } from "@fluentui/react-components";
import { DesktopRegular, GlobeRegular, PhoneRegular } from "@fluentui/react-icons";
import type { DeviceKind, Endpoint, WebSession } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { stateWords } from "@rapport/ui/presence";
import { useCallback, useRef } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { labelWords } from "../../parts/browser";
import { Failure } from "../../parts/failure";
import { give, useGoingOn } from "../../parts/focus";
import { Loading } from "../../parts/loading";
import { useSignOut } from "../../parts/sign-out";
import { useStyles } from "./settings.styles";

const ICONS: Readonly<Record<DeviceKind, typeof DesktopRegular>> = {
	desktop: DesktopRegular,
	web: GlobeRegular,
	mobile: PhoneRegular,
};

export function Devices() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const [signOut, asking] = useSignOut();
	const endpoints = useLive((live) => live.endpoints);
	const programs = useLive((live) => live.endpoints.map((one) => one.id).join(" "));
	// biome-ignore lint/correctness/useExhaustiveDependencies: a program that comes or goes may have a session of its own
	const ask = useCallback(() => session.client.sessions(), [session, programs]);
	const { value, reason, again } = useAsked(ask);
	const sessions = useRef<HTMLUListElement>(null);
	async function end(ending: () => Promise<unknown>, words: string): Promise<boolean> {
		const isDone = await act(ending);
		if (isDone) shown.say({ text: words, intent: "done" });
		again();
		return isDone;
	}
	return (
		<>
			<Words>{text.say("devices-words")}</Words>
			<ul className={styles.list}>
				{endpoints.map((endpoint) => (
					<Program
						key={endpoint.id}
						endpoint={endpoint}
						onEnd={(name) =>
							void end(() => session.client.signOutEndpoint(endpoint.id), text.say("device-signed-out", { name }))
						}
					/>
				))}
			</ul>
			<Words as="h2" size={400} weight="semibold" className={styles.heading}>
				{text.say("sessions-title")}
			</Words>
			{reason && <Failure reason={reason} onRetry={again} />}
			{!value && !reason && <Loading rows={2} />}
			<ul ref={sessions} className={styles.list}>
				{value?.sessions.map((one) => (
					<Browser
						key={one.id}
						session={one}
						onEnd={(name) => void end(() => session.client.endSession(one.id), text.say("session-ended", { name }))}
					/>
				))}
			</ul>
			{(value?.sessions.length ?? 0) > 1 && (
				<Button
					onClick={() =>
						void end(() => session.client.endOtherSessions(), text.say("sessions-ended")).then(
							// The button goes with them.
							(isDone) => isDone && give(sessions.current?.parentElement?.querySelector("h2")),
						)
					}
				>
					{text.say("end-others")}
				</Button>
			)}
			<Button appearance="primary" onClick={signOut}>
				{text.say("sign-out-here")}
			</Button>
			{asking}
		</>
	);
}

function Program({ endpoint, onEnd }: { endpoint: Endpoint; onEnd: (name: string) => void }) {
	const styles = useStyles();
	const text = useText();
	const row = useGoingOn<HTMLLIElement>();
	const Icon = ICONS[endpoint.kind];
	const label = endpoint.kind === "desktop" ? endpoint.label : labelWords(endpoint.label, text);
	const presence = { person: "", availability: endpoint.availability, capabilities: [], known: true };
	const since = endpoint.signedInAt ? text.say("since", { time: text.moment(Date.parse(endpoint.signedInAt)) }) : "";
	return (
		<li ref={row} className={styles.item}>
			<Icon className={styles.icon} />
			<div className={styles.words}>
				<Words weight="semibold">{label}</Words>
				<Caption1 className={styles.quiet}>
					{[endpoint.isThis ? text.say("this-browser") : "", stateWords(presence, text), since]
						.filter(Boolean)
						.join(" · ")}
				</Caption1>
			</div>
			{!endpoint.isThis && (
				<Button size="small" aria-label={text.say("sign-out-of", { name: label })} onClick={() => onEnd(label)}>
					{text.say("sign-out")}
				</Button>
			)}
		</li>
	);
}

function Browser({ session, onEnd }: { session: WebSession; onEnd: (name: string) => void }) {
	const styles = useStyles();
	const text = useText();
	const now = useNow();
	const row = useGoingOn<HTMLLIElement>();
	const label = labelWords(session.label, text);
	return (
		<li ref={row} className={styles.item}>
			<GlobeRegular className={styles.icon} />
			<div className={styles.words}>
				<Words weight="semibold">{label}</Words>
				<Caption1 className={styles.quiet}>
					{[
						session.isThis ? text.say("this-browser") : "",
						session.address,
						text.say("used", { time: text.when(Date.parse(session.usedAt), now) }),
					]
						.filter(Boolean)
						.join(" · ")}
				</Caption1>
			</div>
			{!session.isThis && (
				<Button size="small" aria-label={text.say("end-session-of", { name: label })} onClick={() => onEnd(label)}>
					{text.say("end-session")}
				</Button>
			)}
		</li>
	);
}
