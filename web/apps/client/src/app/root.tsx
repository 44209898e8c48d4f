/** Theme, direction and language for everything, and which of the two pages there is: signing in, or the client. */

import { FluentProvider, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { choose, load } from "@rapport/i18n/languages";
import { TextProvider, useText } from "@rapport/i18n/react";
import type { Text } from "@rapport/i18n/text";
import { THEMES, type ThemeName } from "@rapport/ui/theme";
import { useTouchStyles } from "@rapport/ui/touch";
import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { SignIn } from "../features/sign-in/sign-in";
import { type App, AppProvider } from "./context";
import { Fallen } from "./fallen";
import { colour } from "./look";
import { Offline } from "./offline";
import { useTold } from "./told";

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
	useTouchStyles();
	const { session } = app;
	const standing = useSyncExternalStore(session.standing.subscribe, session.standing.get);
	const settings = useSyncExternalStore(session.live.subscribe, () => session.live.get().settings);
	const text = useLanguage(settings.language);
	const theme = useTheme(settings.theme);
	useLayoutEffect(() => colour(theme), [theme]);
	useTold(app, text, standing.at === "signedIn" ? standing.session.user.id : undefined);
	const wasOut = useRef(false);
	if (standing.at === "signedOut") wasOut.current = true;
	if (!text) return null;
	return (
		<TextProvider text={text}>
			<AppProvider app={app}>
				<FluentProvider theme={THEMES[theme]} dir={text.direction} style={FULL}>
					<div className={styles.root}>
						{standing.at === "signedOut" && <SignIn reason={standing.reason} />}
						{standing.at === "starting" && (standing.unreachable ? <Offline /> : <Waiting />)}
						{standing.at === "signedIn" && (
							<Fallen>
								<Suspense fallback={<Waiting />}>
									<Shell key={standing.session.user.id} isFresh={wasOut.current} />
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
	const text = useText();
	return (
		<div className={styles.wait}>
			<Spinner delay={200} label={text.say("loading")} labelPosition="below" />
		</div>
	);
}

function useLanguage(wished: string): Text | undefined {
	const asked = new URLSearchParams(location.search).get("language");
	const tag = choose(asked ?? wished, navigator.languages);
	const [text, setText] = useState<Text>();
	useEffect(() => {
		let isWanted = true;
		void load(tag, navigator.languages).then((loaded) => {
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
