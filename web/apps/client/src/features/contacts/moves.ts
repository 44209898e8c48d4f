/** Changes of the list: on screen at once, undone when the server refuses, and by the person for ten seconds. */

import type { Contact, Group } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { apply } from "@rapport/live/apply";
import { groupMoved } from "@rapport/live/list";
import { nameOf } from "@rapport/live/state";
import { useMemo } from "react";
import { useAct, useApp } from "../../app/context";

export function useMoves() {
	const { session, shown } = useApp();
	const text = useText();
	const act = useAct();
	return useMemo(() => {
		const { client, live } = session;
		const show = (contact: Contact) => live.update((now) => apply(now, { type: "contactSet", contact }, Date.now()));
		const hide = (person: string) => live.update((now) => apply(now, { type: "contactGone", person }, Date.now()));
		const order = (groups: readonly Group[]) =>
			live.update((now) => apply(now, { type: "groups", groups: [...groups] }, Date.now()));
		const nameFor = (contact: Contact) => nameOf(live.get(), contact.person);
		const groupName = (id: string) => {
			const group = live.get().groups.find((one) => one.id === id);
			return group?.isFixed ? text.say("section-other") : (group?.name ?? "");
		};

		async function setGroups(contact: Contact, groups: readonly string[], words?: string): Promise<void> {
			const { id } = contact.person;
			const isNew = !live.get().contacts.has(id);
			show({ ...contact, groups });
			if (!(await act(() => client.setContact(id, groups, contact.alias)))) return isNew ? hide(id) : show(contact);
			if (words === undefined) return;
			const back = () =>
				isNew ? act(() => client.removeContact(id)) : setGroups({ ...contact, groups }, contact.groups);
			shown.say({ text: words, intent: "done", undo: () => void back() });
		}

		return {
			/** Takes a contact out of one group, if it was in one, into another. */
			move(contact: Contact, from: string | undefined, to: string, copy: boolean): void {
				if (from === to || (copy && contact.groups.includes(to))) return;
				const stay = copy ? contact.groups : contact.groups.filter((id) => id !== from);
				const groups = [...new Set([...stay, to])];
				void setGroups(contact, groups, text.say("moved", { name: nameFor(contact), group: groupName(to) }));
			},

			leave(contact: Contact, group: string): void {
				const groups = contact.groups.filter((id) => id !== group);
				void setGroups(contact, groups, text.say("taken-out", { name: nameFor(contact), group: groupName(group) }));
			},

			async remove(contact: Contact): Promise<void> {
				hide(contact.person.id);
				if (!(await act(() => client.removeContact(contact.person.id)))) return show(contact);
				const undo = () => void act(() => client.setContact(contact.person.id, contact.groups, contact.alias));
				shown.say({ text: text.say("removed", { name: nameFor(contact) }), intent: "done", undo });
			},

			async favourite(contact: Contact, isFavourite: boolean): Promise<void> {
				show({ ...contact, isFavourite });
				if (!(await act(() => client.setFavourite(contact.person.id, isFavourite)))) show(contact);
			},

			async orderGroup(id: string, by: -1 | 1): Promise<void> {
				const { groups: before } = live.get();
				const groups = groupMoved(before, id, by);
				if (!groups) return;
				// At once, so that a second press goes on from here.
				order(groups);
				if (!(await act(() => client.orderGroups(groups.map((one) => one.id))))) order(before);
			},

			async removeGroup(id: string): Promise<void> {
				const name = groupName(id);
				const members = [...live.get().contacts.values()].filter((contact) => contact.groups.includes(id));
				if (!(await act(() => client.removeGroup(id)))) return;
				shown.say({
					text: text.say("group-removed", { name }),
					intent: "done",
					undo: () =>
						void act(async () => {
							const made = await client.addGroup(name);
							for (const { person, alias, groups } of members) {
								await client.setContact(
									person.id,
									groups.map((one) => (one === id ? made.id : one)),
									alias,
								);
							}
						}),
				});
			},
		};
	}, [session, shown, text, act]);
}

export type Moves = ReturnType<typeof useMoves>;
