/** Passwords for desktop programs: each for one program, shown once, with the steps for it. */

import {
	Button,
	Caption1,
	Field,
	Input,
	MessageBar,
	MessageBarBody,
	Tab,
	TabList,
	Text as Words,
} from "@fluentui/react-components";
import { CopyRegular, KeyRegular } from "@fluentui/react-icons";
import type { AppPassword, IssuedAppPassword } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { reasonOf, useAct, useApp, useLive } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";
import { give, useGoingOn } from "../../parts/focus";
import { Loading } from "../../parts/loading";
import { directionOf, faultOf, faultWords, LONGEST_LABEL } from "../../parts/written";
import { useStyles } from "./settings.styles";

export function AppPasswords() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const ask = useCallback(() => session.client.appPasswords(), [session]);
	const { value, reason, again } = useAsked(ask);
	const [label, setLabel] = useState("");
	const [wrong, setWrong] = useState<string>();
	const fault = faultOf(label, LONGEST_LABEL);
	const told = faultWords(fault, text) ?? wrong;
	const [issued, setIssued] = useState<IssuedAppPassword>();

	async function issue(): Promise<void> {
		if (fault) return;
		try {
			setIssued(await session.client.issueAppPassword(label.trim()));
			setLabel("");
			setWrong(undefined);
			again();
		} catch (error) {
			setWrong(reasonOf(error, text));
		}
	}

	async function revoke({ id, label: name }: AppPassword): Promise<void> {
		if (await act(() => session.client.revokeAppPassword(id))) {
			shown.say({ text: text.say("app-password-revoked", { name }), intent: "done" });
			setIssued((before) => (before?.id === id ? undefined : before));
		}
		again();
	}

	return (
		<>
			<Words>{text.say("app-passwords-words")}</Words>
			<form
				className={styles.form}
				onSubmit={(event) => {
					event.preventDefault();
					void issue();
				}}
			>
				<Field
					label={text.say("app-password-label")}
					{...(told ? { validationMessage: told, validationState: "error" } : {})}
				>
					<Input
						value={label}
						dir={directionOf(label)}
						placeholder={text.say("app-password-example")}
						onChange={(_, data) => setLabel(data.value)}
					/>
				</Field>
				<Button
					type="submit"
					appearance="primary"
					disabled={fault !== undefined || label.trim() === ""}
					style={{ justifySelf: "start" }}
				>
					{text.say("app-password-make")}
				</Button>
			</form>
			{issued && <Issued key={issued.id} issued={issued} />}
			{reason && <Failure reason={reason} onRetry={again} />}
			{!value && !reason && <Loading rows={2} />}
			{value && value.appPasswords.length === 0 && !issued && (
				<Words className={styles.quiet}>{text.say("app-passwords-none")}</Words>
			)}
			<ul className={styles.list}>
				{value?.appPasswords.map((one) => (
					<Row key={one.id} password={one} onRevoke={() => void revoke(one)} />
				))}
			</ul>
		</>
	);
}

function Row({ password, onRevoke }: { password: AppPassword; onRevoke: () => void }) {
	const styles = useStyles();
	const text = useText();
	const row = useGoingOn<HTMLLIElement>();
	return (
		<li ref={row} className={styles.item}>
			<KeyRegular className={styles.icon} />
			<div className={styles.words}>
				<Words weight="semibold">
					<bdi>{password.label}</bdi>
				</Words>
				<Caption1 className={styles.quiet}>
					{text.say("made", { time: text.moment(Date.parse(password.createdAt)) })}
				</Caption1>
			</div>
			<Button size="small" aria-label={text.say("revoke-of", { name: password.label })} onClick={onRevoke}>
				{text.say("revoke")}
			</Button>
		</li>
	);
}

function Issued({ issued }: { issued: IssuedAppPassword }) {
	const styles = useStyles();
	const text = useText();
	const { shown } = useApp();
	const address = useLive((live) => live.me?.address ?? "");
	const [program, setProgram] = useState<"pidgin" | "communicator">("pidgin");
	const box = useRef<HTMLElement>(null);
	const secret = useRef<HTMLElement>(null);
	// Whoever has made it reads on here: it is shown this once, and the button that made it can't be pressed again.
	useEffect(() => give(box.current), []);
	async function copy(): Promise<void> {
		try {
			await navigator.clipboard.writeText(issued.password);
			shown.say({ text: text.say("copied"), intent: "done" });
		} catch {
			// Not by every browser, nor on every page: then by hand.
			if (secret.current) getSelection()?.selectAllChildren(secret.current);
			shown.say({ text: text.say("copy-refused"), intent: "error" });
		}
	}
	// SIP and the pages share a port: the first bytes tell them apart.
	const server = `${location.hostname}:${location.port || "443"}`;
	const { say } = text;
	const steps =
		program === "pidgin"
			? [
					say("pidgin-1"),
					say("pidgin-2"),
					say("pidgin-3", { address }),
					say("pidgin-4"),
					say("pidgin-5", { server }),
					say("pidgin-6"),
					say("pidgin-7"),
				]
			: [
					say("communicator-1"),
					say("communicator-2", { server }),
					say("communicator-3", { address }),
					say("communicator-4"),
				];
	return (
		<section ref={box} className={styles.panel} aria-label={text.say("app-password-ready", { name: issued.label })}>
			<Words weight="semibold">{text.say("app-password-ready", { name: issued.label })}</Words>
			<div className={styles.secret}>
				<bdi ref={secret} dir="ltr">
					{issued.password}
				</bdi>
				<Button appearance="subtle" icon={<CopyRegular />} aria-label={text.say("copy")} onClick={() => void copy()} />
			</div>
			<MessageBar intent="warning" layout="multiline">
				<MessageBarBody>{text.say("app-password-once")}</MessageBarBody>
			</MessageBar>
			<TabList selectedValue={program} onTabSelect={(_, data) => setProgram(data.value as "pidgin")}>
				<Tab value="pidgin">Pidgin</Tab>
				<Tab value="communicator">Communicator 2007 R2</Tab>
			</TabList>
			<ol className={styles.steps}>
				{steps.map((step) => (
					<li key={step}>{step}</li>
				))}
			</ol>
		</section>
	);
}
