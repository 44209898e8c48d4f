/** How it looks and sounds. Every change is kept at once and is the same in every browser. */

import {
	Button,
	Field,
	MessageBar,
	MessageBarActions,
	MessageBarBody,
	Radio,
	RadioGroup,
	Select,
	Switch,
} from "@fluentui/react-components";
import type { Settings } from "@rapport/api/types";
import { LANGUAGES } from "@rapport/i18n/languages";
import { useText } from "@rapport/i18n/react";
import { useState } from "react";
import { useSettings } from "../../parts/settings";

export function Look() {
	const text = useText();
	const [settings, change] = useSettings();
	return (
		<>
			<Field label={text.say("theme")}>
				<RadioGroup value={settings.theme} onChange={(_, data) => change({ theme: data.value as Settings["theme"] })}>
					<Radio value="system" label={text.say("theme-system")} />
					<Radio value="light" label={text.say("theme-light")} />
					<Radio value="dark" label={text.say("theme-dark")} />
					<Radio value="highContrast" label={text.say("theme-high-contrast")} />
				</RadioGroup>
			</Field>
			<Field label={text.say("language")}>
				<Select value={settings.language} onChange={(_, data) => change({ language: data.value })}>
					<option value="">{text.say("language-system")}</option>
					{LANGUAGES.filter((one) => one.name !== undefined).map((one) => (
						<option key={one.tag} value={one.tag} lang={one.tag}>
							{one.name}
						</option>
					))}
				</Select>
			</Field>
			<Field label={text.say("density")}>
				<RadioGroup
					value={settings.density}
					onChange={(_, data) => change({ density: data.value as Settings["density"] })}
				>
					<Radio value="comfortable" label={text.say("density-comfortable")} />
					<Radio value="compact" label={text.say("density-compact")} />
				</RadioGroup>
			</Field>
			<Switch
				checked={settings.enterSends}
				label={text.say("enter-sends")}
				onChange={(_, data) => change({ enterSends: data.checked })}
			/>
		</>
	);
}

export function Notifications() {
	const text = useText();
	const [settings, change] = useSettings();
	const [permission, setPermission] = useState(() =>
		"Notification" in globalThis ? Notification.permission : "denied",
	);
	return (
		<>
			{permission === "default" && settings.notifications && (
				<MessageBar layout="multiline">
					<MessageBarBody>{text.say("notifications-ask")}</MessageBarBody>
					<MessageBarActions>
						<Button size="small" onClick={() => void Notification.requestPermission().then(setPermission)}>
							{text.say("notifications-allow")}
						</Button>
					</MessageBarActions>
				</MessageBar>
			)}
			{permission === "denied" && settings.notifications && (
				<MessageBar intent="warning" layout="multiline">
					<MessageBarBody>{text.say("notifications-denied")}</MessageBarBody>
				</MessageBar>
			)}
			<Switch
				checked={settings.notifications}
				label={text.say("notifications")}
				onChange={(_, data) => change({ notifications: data.checked })}
			/>
			<Switch
				checked={settings.showWordsInNotifications}
				disabled={!settings.notifications}
				label={text.say("notifications-words")}
				onChange={(_, data) => change({ showWordsInNotifications: data.checked })}
			/>
			<Switch
				checked={settings.sounds}
				label={text.say("sounds")}
				onChange={(_, data) => change({ sounds: data.checked })}
			/>
			<p>{text.say("quiet-in-dnd")}</p>
		</>
	);
}
