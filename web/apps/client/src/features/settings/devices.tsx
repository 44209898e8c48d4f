/** Where I am signed in, which of it says what, and ending any of it. */

import { Button, Caption1, Text as Words } from "@fluentui/react-components";
import { DesktopRegular, GlobeRegular, PhoneRegular } from "@fluentui/react-icons";
import type { DeviceKind } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { stateWords } from "@rapport/ui/presence";
import { useCallback } from "react";
import { useAct, useApp, useLive, useNow } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { labelWords } from "../../parts/browser";
import { Failure } from "../../parts/failure";
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
	const now = useNow();
	const { session } = useApp();
	const act = useAct();
	const [signOut, asking] = useSignOut();
	const endpoints = useLive((live) => live.endpoints);
	const programs = useLive((live) => live.endpoints.map((one) => one.id).join(" "));
	// biome-ignore lint/correctness/useExhaustiveDependencies: a program that comes or goes may have a session of its own
	const ask = useCallback(() => session.client.sessions(), [session, programs]);
	const { value, reason, again } = useAsked(ask);
	return (
		<>
			<Words>{text.say("devices-words")}</Words>
			<ul className={styles.list}>
				{endpoints.map((endpoint) => {
					const Icon = ICONS[endpoint.kind];
					const label = endpoint.kind === "desktop" ? endpoint.label : labelWords(endpoint.label, text);
					const presence = { person: "", availability: endpoint.availability, capabilities: [], known: true };
					const since = endpoint.signedInAt
						? text.say("since", { time: text.moment(Date.parse(endpoint.signedInAt)) })
						: "";
					return (
						<li key={endpoint.id} className={styles.item}>
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
								<Button
									size="small"
									aria-label={text.say("sign-out-of", { name: label })}
									onClick={() => void act(() => session.client.signOutEndpoint(endpoint.id)).then(again)}
								>
									{text.say("sign-out")}
								</Button>
							)}
						</li>
					);
				})}
			</ul>
			<Words as="h2" size={400} weight="semibold" className={styles.heading}>
				{text.say("sessions-title")}
			</Words>
			{reason && <Failure reason={reason} onRetry={again} />}
			{!value && !reason && <Loading rows={2} />}
			<ul className={styles.list}>
				{value?.sessions.map((one) => (
					<li key={one.id} className={styles.item}>
						<GlobeRegular className={styles.icon} />
						<div className={styles.words}>
							<Words weight="semibold">{labelWords(one.label, text)}</Words>
							<Caption1 className={styles.quiet}>
								{[
									one.isThis ? text.say("this-browser") : "",
									one.address,
									text.say("used", { time: text.when(Date.parse(one.usedAt), now) }),
								]
									.filter(Boolean)
									.join(" · ")}
							</Caption1>
						</div>
						{!one.isThis && (
							<Button
								size="small"
								aria-label={text.say("end-session-of", { name: labelWords(one.label, text) })}
								onClick={() => void act(() => session.client.endSession(one.id)).then(again)}
							>
								{text.say("end-session")}
							</Button>
						)}
					</li>
				))}
			</ul>
			{(value?.sessions.length ?? 0) > 1 && (
				<Button onClick={() => void act(() => session.client.endOtherSessions()).then(again)}>
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
