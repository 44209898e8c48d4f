/** Settings: a list of pages, and the page that is open; on a phone one of the two. */

import { Button, makeStyles, mergeClasses, Tab, TabList, tokens, Text as Words } from "@fluentui/react-components";
import { ArrowLeftRegular } from "@fluentui/react-icons";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import type { ComponentType } from "react";
import { useApp } from "../../app/context";
import { SETTINGS_PAGES, type SettingsPage } from "../../app/route";
import { About } from "./about";
import { AccessPage } from "./access";
import { AppPasswords } from "./app-passwords";
import { Devices } from "./devices";
import { Look, Notifications } from "./look";
import { Password } from "./password";

const PAGES: Readonly<Record<SettingsPage, { readonly name: SentenceKey; readonly page: ComponentType }>> = {
	look: { name: "settings-look", page: Look },
	notifications: { name: "settings-notifications", page: Notifications },
	access: { name: "settings-access", page: AccessPage },
	devices: { name: "settings-devices", page: Devices },
	"app-passwords": { name: "settings-app-passwords", page: AppPasswords },
	password: { name: "settings-password", page: Password },
	about: { name: "settings-about", page: About },
};

const useStyles = makeStyles({
	page: {
		flexGrow: 1,
		minBlockSize: 0,
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr)",
		gridTemplateRows: "minmax(0, 1fr)",
		"@media (min-width: 640px)": { gridTemplateColumns: "minmax(180px, 240px) minmax(0, 1fr)" },
	},
	list: {
		padding: tokens.spacingHorizontalL,
		overflowY: "auto",
		backgroundColor: tokens.colorNeutralBackground2,
	},
	tabs: {
		// Fluent keeps room for the bold of the one that is open, and puts the words of the others in the middle of it.
		"& .fui-Tab": { textAlign: "start" },
		// Where only the list is to be seen nothing of it is open.
		"@media (max-width: 639px)": {
			"& .fui-Tab::after": { display: "none" },
			"& .fui-Tab__content": { fontWeight: tokens.fontWeightRegular },
		},
	},
	content: {
		overflowY: "auto",
		padding: tokens.spacingHorizontalXXL,
		"@media (max-width: 639px)": { padding: tokens.spacingHorizontalL },
	},
	inner: {
		// What couldn't be had stands where it would have stood.
		"& > [role='alert']": { paddingInline: 0, paddingBlock: 0 },
		"& > .fui-Link": {
			"@media (pointer: coarse)": { minBlockSize: "44px", display: "inline-flex", alignItems: "center" },
		},
		"& h1, & h2": { margin: 0, minInlineSize: 0, overflowWrap: "anywhere" },
		"@media (max-width: 400px)": { "& h1": { fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500 } },
		gridTemplateColumns: "minmax(0, 1fr)",
		maxInlineSize: "640px",
		display: "grid",
		gap: tokens.spacingVerticalL,
		justifyItems: "start",
	},
	onlyWide: { "@media (max-width: 639px)": { display: "none" } },
	head: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS },
	back: { "@media (min-width: 640px)": { display: "none" } },
});

export function SettingsPages({ section }: { section: SettingsPage | undefined }) {
	const styles = useStyles();
	const text = useText();
	const { router } = useApp();
	const shown = section ?? "look";
	const { name, page: Page } = PAGES[shown];
	return (
		<div className={styles.page}>
			<div className={mergeClasses(styles.list, section !== undefined && styles.onlyWide)}>
				<Words as="h1" size={500} weight="semibold" block style={{ marginBlockEnd: "12px" }}>
					{text.say("rail-settings")}
				</Words>
				<TabList
					vertical
					selectedValue={shown}
					onTabSelect={(_, data) => router.go({ page: "settings", section: data.value as SettingsPage })}
					aria-label={text.say("rail-settings")}
					className={styles.tabs}
				>
					{SETTINGS_PAGES.map((one) => (
						<Tab key={one} id={`settings-${one}`} value={one}>
							{text.say(PAGES[one].name)}
						</Tab>
					))}
				</TabList>
			</div>
			<div
				className={mergeClasses(styles.content, section === undefined && styles.onlyWide)}
				role="tabpanel"
				aria-labelledby={`settings-${shown}`}
			>
				<div className={styles.inner}>
					<div className={styles.head}>
						<Button
							className={styles.back}
							appearance="subtle"
							icon={<ArrowLeftRegular style={text.direction === "rtl" ? { transform: "scaleX(-1)" } : {}} />}
							aria-label={text.say("back")}
							onClick={() => router.go({ page: "settings", section: undefined })}
						/>
						<Words as="h1" size={600} weight="semibold">
							{text.say(name)}
						</Words>
					</div>
					<Page />
				</div>
			</div>
		</div>
	);
}
