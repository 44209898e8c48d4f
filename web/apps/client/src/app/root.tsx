/** Theme, direction and language for everything, and which of the two pages there is: signing in, or the client. */

import { FluentProvider, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { choose, load } from "@rapport/i18n/languages";
import { TextProvider } from "@rapport/i18n/react";
import type { Text } from "@rapport/i18n/text";
import { nameOf } from "@rapport/live/state";
import { THEMES, type ThemeName } from "@rapport/ui/theme";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { SignIn } from "../features/sign-in/sign-in";
import { type App, AppProvider } from "./context";
import { Fallen } from "./fallen";
import { notify } from "./notify";
import { Offline } from "./offline";

const Shell = lazy(async () => ({ default: (await import("../features/shell/shell")).Shell }));

const useStyles = makeStyles({
	root: {
		blockSize: "100%",
		backgroundColor: tokens.colorNeutralBackground1,
		color: tokens.colorNeutralForeground1,
	},
	wait: { blockSize: "100%", display: "grid", placeItems: "center" },
});

export function Root({ app }: { app: App }) {
	const styles = useStyles();
	const { session } = app;
	const standing = useSyncExternalStore(session.standing.subscribe, session.standing.get);
	const settings = useSyncExternalStore(session.live.subscribe, () => session.live.get().settings);
	const text = useLanguage(settings.language);
	const theme = useTheme(settings.theme);
	useAwaited(app, text);
	if (!text) return null;
	return (
		<TextProvider text={text}>
			<AppProvider app={app}>
				<FluentProvider theme={THEMES[theme]} dir={text.direction} style={FULL}>
					<div className={styles.root}>
						{standing.at === "signedOut" && <SignIn reason={standing.reason} />}
						{standing.at === "starting" && standing.unreachable && <Offline />}
						{standing.at === "signedIn" && (
							<Fallen>
								<Suspense fallback={<Waiting />}>
									<Shell />
								</Suspense>
							</Fallen>
						)}
					</div>
				</FluentProvider>
			</AppProvider>
		</TextProvider>
	);
}

/** By style, not by class: what lies over the page in a place of its own has the same classes. */
const FULL = { blockSize: "100%" };

function Waiting() {
	const styles = useStyles();
	return (
		<div className={styles.wait}>
			<Spinner delay={200} />
		</div>
	);
}

function useLanguage(wished: string): Text | undefined {
	const asked = new URLSearchParams(location.search).get("language");
	const tag = choose(asked ?? wished, navigator.languages);
	const [text, setText] = useState<Text>();
	useEffect(() => {
		let isWanted = true;
		void load(tag).then((loaded) => {
			if (!isWanted) return;
			document.documentElement.lang = loaded.tag;
			document.documentElement.dir = loaded.direction;
			setText(loaded);
		});
		return () => {
			isWanted = false;
		};
	}, [tag]);
	return text;
}

/** Says when somebody who is awaited has come back, once. */
function useAwaited({ session, shown }: App, text: Text | undefined): void {
	useEffect(() => {
		if (!text) return;
		return session.live.subscribe(() => {
			const live = session.live.get();
			for (const id of shown.awaited.get()) {
				if (live.presence.get(id)?.availability !== "available") continue;
				shown.await(id);
				const person =
					live.contacts.get(id)?.person ?? [...live.conversations.values()].find((one) => one.with.id === id)?.with;
				const words = text.say("awaited-back", { name: person ? nameOf(live, person) : id });
				shown.say({ text: words, intent: "done" });
				notify(words, "", id);
			}
		});
	}, [session, shown, text]);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const contrast = matchMedia("(forced-colors: active)");

function useTheme(wished: "system" | ThemeName): ThemeName {
	const system = useSyncExternalStore(
		(listener) => {
			for (const query of [dark, contrast]) query.addEventListener("change", listener);
			return () => {
				for (const query of [dark, contrast]) query.removeEventListener("change", listener);
			};
		},
		() => (contrast.matches ? "highContrast" : dark.matches ? "dark" : "light"),
	);
	return wished === "system" ? system : wished;
}
