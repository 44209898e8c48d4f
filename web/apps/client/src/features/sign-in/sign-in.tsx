/** Signing in: an address, a password, and why it didn't work. */

import {
	Button,
	Field,
	Input,
	MessageBar,
	MessageBarBody,
	makeStyles,
	Spinner,
	tokens,
	Text as Words,
} from "@fluentui/react-components";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { useRef, useState } from "react";
import { reasonOf, useApp } from "../../app/context";
import { ofBrowser } from "../../app/storage";
import { browserName } from "../../parts/browser";

const REASONS: Readonly<Record<string, SentenceKey>> = {
	replaced: "signed-out-replaced",
	disabled: "signed-out-disabled",
	unlicensed: "signed-out-unlicensed",
	"company-disabled": "signed-out-company-disabled",
	"password-changed": "signed-out-password-changed",
	removed: "signed-out-removed",
	renamed: "signed-out-renamed",
	"too-many-endpoints": "signed-out-too-many-endpoints",
	"too-slow": "signed-out-too-slow",
	restored: "signed-out-restored",
	"ended-by-you": "signed-out-elsewhere",
	"session-over": "signed-out-over",
	"other-person": "signed-out-other-person",
};

const LAST = "rapport.address";

const useStyles = makeStyles({
	page: {
		blockSize: "100%",
		overflowY: "auto",
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr)",
		placeItems: "center",
		padding: tokens.spacingHorizontalXL,
		boxSizing: "border-box",
		backgroundColor: tokens.colorNeutralBackground3,
		backgroundImage: `radial-gradient(120% 90% at 50% -20%, ${tokens.colorBrandBackground2}, transparent 70%)`,
	},
	form: {
		inlineSize: "100%",
		maxInlineSize: "380px",
		boxSizing: "border-box",
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr)",
		gap: tokens.spacingVerticalL,
		padding: tokens.spacingHorizontalXXXL,
		borderRadius: tokens.borderRadiusXLarge,
		backgroundColor: tokens.colorNeutralBackground1,
		boxShadow: tokens.shadow16,
		border: `1px solid ${tokens.colorTransparentStroke}`,
		"@media (max-width: 400px)": { padding: tokens.spacingHorizontalXL },
		// An input wants to be as wide as twenty letters, whatever room there is.
		"& .fui-Field": { gridTemplateColumns: "minmax(0, 1fr)" },
		"& input": { minInlineSize: 0, inlineSize: "100%" },
	},
	head: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalM },
	icon: { inlineSize: "44px", blockSize: "44px" },
	words: { display: "grid", "& h1": { margin: 0 } },
	quiet: { color: tokens.colorNeutralForeground3 },
});

export function SignIn({ reason }: { reason: string | undefined }) {
	const styles = useStyles();
	const text = useText();
	const { session } = useApp();
	const [address, setAddress] = useState(() => ofBrowser.read(LAST) ?? "");
	const [password, setPassword] = useState("");
	const [busy, setBusy] = useState(false);
	const [wrong, setWrong] = useState<string>();
	const secret = useRef<HTMLInputElement>(null);
	const told = reason && REASONS[reason];

	async function submit(): Promise<void> {
		setBusy(true);
		setWrong(undefined);
		try {
			await session.signIn(address.trim(), password, browserName());
			ofBrowser.write(LAST, address.trim());
		} catch (error) {
			setWrong(reasonOf(error, text));
			setBusy(false);
			// What is most likely wrong, ready to be typed anew.
			secret.current?.select();
		}
	}

	return (
		<main className={styles.page}>
			<form
				className={styles.form}
				onSubmit={(event) => {
					event.preventDefault();
					void submit();
				}}
			>
				<div className={styles.head}>
					<img src="/im/icon.svg" alt="" className={styles.icon} />
					<div className={styles.words}>
						<Words as="h1" size={600} weight="semibold">
							{text.say("sign-in-title")}
						</Words>
						<Words className={styles.quiet}>Rapport</Words>
					</div>
				</div>
				{told && !wrong && (
					<MessageBar intent="info" layout="multiline">
						<MessageBarBody>{text.say(told)}</MessageBarBody>
					</MessageBar>
				)}
				{wrong && (
					<MessageBar intent="error" layout="multiline" role="alert">
						<MessageBarBody>{wrong}</MessageBarBody>
					</MessageBar>
				)}
				<Field label={text.say("sign-in-address")} required>
					{/* Not of the type for mail, which takes no letters outside of ASCII. */}
					<Input
						type="text"
						inputMode="email"
						size="large"
						autoComplete="username"
						autoCapitalize="none"
						autoCorrect="off"
						spellCheck={false}
						placeholder="name@example.com"
						value={address}
						autoFocus={address === ""}
						maxLength={254}
						onChange={(_, data) => setAddress(data.value)}
					/>
				</Field>
				<Field label={text.say("sign-in-password")} required>
					<Input
						input={{ ref: secret }}
						type="password"
						size="large"
						autoComplete="current-password"
						value={password}
						autoFocus={address !== ""}
						maxLength={1024}
						onChange={(_, data) => setPassword(data.value)}
					/>
				</Field>
				<Button
					type="submit"
					appearance="primary"
					size="large"
					disabledFocusable={busy || address.trim() === "" || password === ""}
					icon={busy ? <Spinner size="tiny" /> : null}
				>
					{text.say("sign-in")}
				</Button>
				<Words size={200} className={styles.quiet}>
					{text.say("sign-in-hint")}
				</Words>
			</form>
		</main>
	);
}
