/** Everything that can be done with one contact: one menu for the whole list, wherever it was asked for. */

import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import type { Contact, Group } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { groupsInOrder, leaving } from "@rapport/live/list";
import { nameOf } from "@rapport/live/state";
import { useState, useSyncExternalStore } from "react";
import { useApp, useLive } from "../../app/context";
import { useAwait } from "../../parts/awaiting";
import { keyName } from "../../parts/key-name";
import { NameDialog } from "../../parts/name-dialog";
import type { Moves } from "./moves";

export interface MenuAt {
	readonly target: HTMLElement;
	readonly contact: Contact;
	readonly section: string;
}

export interface ContactMenuProps {
	readonly at: MenuAt;
	readonly moves: Moves;
	readonly onTalk: (person: string) => void;
	readonly onClose: () => void;
}

export function ContactMenu({ at: { target, contact, section }, moves, onTalk, onClose }: ContactMenuProps) {
	const text = useText();
	const { shown, session } = useApp();
	const groups = useLive((live) => live.groups);
	const name = useLive((live) => nameOf(live, contact.person));
	const [open, setOpen] = useState(true);
	const [naming, setNaming] = useState(false);
	const awaited = useSyncExternalStore(shown.awaited.subscribe, shown.awaited.get);
	const onAwait = useAwait();
	const { id } = contact.person;
	const { canMove, from } = leaving(contact, section, groups);
	const isContact = useLive((live) => live.contacts.has(id));
	const others = groupsInOrder(groups).filter((group) => !contact.groups.includes(group.id));
	return (
		<>
			<Menu
				open={open}
				onOpenChange={(_, data) => {
					setOpen(data.open);
					if (!data.open && !naming) {
						onClose();
						target.focus();
					}
				}}
				positioning={{ target, position: "below", align: "start", autoSize: true }}
			>
				<MenuPopover>
					<MenuList aria-label={text.say("more-for", { name })}>
						<MenuItem onClick={() => onTalk(id)}>{text.say("send-message")}</MenuItem>
						<MenuItem
							secondaryContent={<bdi dir="ltr">{keyName("Alt+Enter", text)}</bdi>}
							onClick={() => shown.card.set(id)}
						>
							{text.say("open-card")}
						</MenuItem>
						<MenuItem onClick={() => onAwait(id)}>{text.say(awaited.has(id) ? "await-no-more" : "await")}</MenuItem>
						<MenuDivider />
						{isContact && (
							<MenuItem onClick={() => void moves.favourite(contact, !contact.isFavourite)}>
								{text.say(contact.isFavourite ? "no-favourite" : "favourite")}
							</MenuItem>
						)}
						{canMove && (
							<Groups
								words={text.say(isContact ? "move-to" : "add-to")}
								groups={others}
								onGroup={(group) => moves.move(contact, from, group, false)}
							/>
						)}
						{isContact && (
							<>
								<Groups
									words={text.say("copy-to")}
									groups={others}
									onGroup={(group) => moves.move(contact, from, group, true)}
								/>
								<MenuItem
									persistOnClick
									onClick={() => {
										setNaming(true);
										setOpen(false);
									}}
								>
									{text.say("call-them")}
								</MenuItem>
								<MenuDivider />
								{contact.groups.includes(section) && contact.groups.length > 1 && (
									<MenuItem onClick={() => moves.leave(contact, section)}>{text.say("take-out")}</MenuItem>
								)}
								<MenuItem onClick={() => void moves.remove(contact)}>{text.say("remove-contact")}</MenuItem>
							</>
						)}
					</MenuList>
				</MenuPopover>
			</Menu>
			{naming && (
				<NameDialog
					title={text.say("call-them")}
					label={text.say("own-name-for", { name: contact.person.displayName })}
					initial={name}
					otherwise={contact.person.displayName}
					hint={text.say("own-name-hint")}
					onClose={onClose}
					// Who is called by their own name goes on being so when that changes.
					onName={(alias) =>
						session.client.setContact(id, contact.groups, alias === contact.person.displayName ? "" : alias)
					}
				/>
			)}
		</>
	);
}

interface GroupsProps {
	readonly words: string;
	readonly groups: readonly Group[];
	readonly onGroup: (id: string) => void;
}

function Groups({ words, groups, onGroup }: GroupsProps) {
	const text = useText();
	return (
		<Menu>
			<MenuTrigger disableButtonEnhancement>
				<MenuItem disabled={groups.length === 0}>{words}</MenuItem>
			</MenuTrigger>
			<MenuPopover>
				<MenuList>
					{groups.map((group) => (
						<MenuItem key={group.id} onClick={() => onGroup(group.id)}>
							<bdi>{group.isFixed ? text.say("section-other") : group.name}</bdi>
						</MenuItem>
					))}
				</MenuList>
			</MenuPopover>
		</Menu>
	);
}
