/** How the list is looked at, and what can be added to it. */

import {
	Button,
	Menu,
	MenuDivider,
	MenuGroup,
	MenuGroupHeader,
	MenuItem,
	MenuItemCheckbox,
	MenuItemRadio,
	MenuList,
	MenuPopover,
	MenuTrigger,
	Tooltip,
} from "@fluentui/react-components";
import { FilterRegular } from "@fluentui/react-icons";
import type { View } from "@rapport/api/types";
import type { SentenceKey } from "@rapport/i18n/keys";
import { useText } from "@rapport/i18n/react";
import { useState } from "react";
import { useApp } from "../../app/context";
import { NameDialog } from "../../parts/name-dialog";
import { useSettings } from "../../parts/settings";

const VIEWS: readonly (readonly [View, SentenceKey])[] = [
	["groups", "view-groups"],
	["availability", "view-availability"],
	["name", "view-name"],
	["access", "view-access"],
];

export function ViewMenu() {
	const text = useText();
	const { session } = useApp();
	const [settings, change] = useSettings();
	const [naming, setNaming] = useState(false);
	return (
		<>
			<Menu
				positioning={{ autoSize: true }}
				hasCheckmarks
				checkedValues={{
					view: [settings.view],
					sort: [settings.sortBy],
					show: settings.showOffline ? ["offline"] : [],
				}}
				onCheckedValueChange={(_, { name, checkedItems }) => {
					const [first] = checkedItems;
					if (name === "view") change({ view: first as View });
					else if (name === "sort") change({ sortBy: first === "name" ? "name" : "availability" });
					else change({ showOffline: checkedItems.includes("offline") });
				}}
			>
				<MenuTrigger disableButtonEnhancement>
					<Tooltip content={text.say("view-menu")} relationship="label">
						<Button appearance="subtle" icon={<FilterRegular />} />
					</Tooltip>
				</MenuTrigger>
				<MenuPopover>
					<MenuList>
						<MenuGroup>
							<MenuGroupHeader>{text.say("view-by")}</MenuGroupHeader>
							{VIEWS.map(([view, name]) => (
								<MenuItemRadio key={view} name="view" value={view}>
									{text.say(name)}
								</MenuItemRadio>
							))}
						</MenuGroup>
						<MenuDivider />
						<MenuGroup>
							<MenuGroupHeader>{text.say("sort-by")}</MenuGroupHeader>
							<MenuItemRadio name="sort" value="availability">
								{text.say("view-availability")}
							</MenuItemRadio>
							<MenuItemRadio name="sort" value="name">
								{text.say("view-name")}
							</MenuItemRadio>
						</MenuGroup>
						<MenuDivider />
						<MenuItemCheckbox name="show" value="offline">
							{text.say("show-offline")}
						</MenuItemCheckbox>
						<MenuDivider />
						<MenuItem onClick={() => setNaming(true)}>{text.say("new-group")}</MenuItem>
					</MenuList>
				</MenuPopover>
			</Menu>
			{naming && (
				<NameDialog
					title={text.say("new-group")}
					label={text.say("group-name")}
					initial=""
					onClose={() => setNaming(false)}
					onName={(name) => session.client.addGroup(name)}
				/>
			)}
		</>
	);
}
