/** The people of the list, in sections: one tree for the keyboard, in which nothing jumps under the pointer. */

import { mergeClasses } from "@fluentui/react-components";
import type { Contact } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { leaving, recentOf, rowAfter, type Section, sections } from "@rapport/live/list";
import { nameOf } from "@rapport/live/state";
import {
	type DragEvent,
	type KeyboardEvent,
	type RefObject,
	useCallback,
	useEffect,
	useLayoutEffect,
	useMemo,
	useRef,
	useState,
} from "react";
import { useApp, useLive } from "../../app/context";
import { useRoute } from "../../app/route";
import { ofBrowser } from "../../app/storage";
import { useLevels } from "../../parts/levels";
import { useIsTouched } from "../../parts/narrow";
import { ContactMenu, type MenuAt } from "./contact-menu";
import { ContactRow } from "./contact-row";
import { GroupHead, sectionName } from "./group-head";
import { useStyles } from "./list.styles";
import { useMoves } from "./moves";

const CLOSED = "rapport.closed-sections";

/** Says of each that it is so many of so many. */
function count(items: readonly Element[]): void {
	items.forEach((item, at) => {
		item.setAttribute("aria-posinset", String(at + 1));
		item.setAttribute("aria-setsize", String(items.length));
	});
}

export function ContactList() {
	const styles = useStyles();
	const text = useText();
	const { router, session } = useApp();
	const route = useRoute(router);
	const current = route.page === "conversation" ? route.person : undefined;
	const settings = useLive((live) => live.settings);
	const contacts = useLive((live) => live.contacts);
	const presence = useLive((live) => live.presence);
	const groups = useLive((live) => live.groups);
	const recent = useLive((live) =>
		recentOf(live)
			.map((one) => one.person.id)
			.join("\n"),
	);
	const [closed, setClosed] = useState(() => new Set((ofBrowser.read(CLOSED) ?? "").split("\n")));
	const [focused, setFocused] = useState<string>();
	const [menu, setMenu] = useState<MenuAt>();
	const [target, setTarget] = useState<string>();
	const [isOver, setOver] = useState(false);
	const tree = useRef<HTMLDivElement>(null);
	const shownBefore = useRef<readonly Section[]>([]);
	const access = useLevels();
	const isTouched = useIsTouched();
	const moves = useMoves();

	// biome-ignore lint/correctness/useExhaustiveDependencies: who was talked to last is told by their ids
	const made = useMemo(() => {
		// What is told of the list is told by these; the rest of what is known doesn't change it.
		const live = { ...session.live.get(), contacts, presence, groups };
		const frozen = isOver
			? new Map(shownBefore.current.map(({ key, rows }) => [key, rows.map((row) => row.person.id)]))
			: undefined;
		return sections(live, {
			view: settings.view,
			showOffline: settings.showOffline,
			sortBy: settings.sortBy,
			compareNames: text.compareNames,
			...(access ? { access } : {}),
			...(frozen ? { frozen } : {}),
		});
	}, [session, contacts, presence, groups, recent, settings, text, access, isOver]);
	useEffect(() => {
		shownBefore.current = made;
	}, [made]);
	// Where each stands, by hand: as a property of rows a move would have all of them made anew.
	// biome-ignore lint/correctness/useExhaustiveDependencies: whatever is in the tree follows from these
	useEffect(() => {
		if (!tree.current) return;
		count([...tree.current.querySelectorAll('[aria-level="1"]')]);
		for (const group of tree.current.querySelectorAll('[role="group"]')) count([...group.children]);
	}, [made, closed]);

	const ambiguous = useMemo(() => {
		const live = session.live.get();
		const seen = new Map<string, number>();
		for (const { person } of contacts.values()) {
			const name = nameOf({ ...live, contacts }, person);
			seen.set(name, (seen.get(name) ?? 0) + 1);
		}
		return seen;
	}, [session, contacts]);

	const keys = made.flatMap((section) => [
		section.key,
		...(closed.has(section.key) ? [] : section.rows.map((row) => `${section.key}/${row.person.id}`)),
	]);
	const onFocus = useGoingOn(tree, keys, focus);
	const tabStop = focused !== undefined && keys.includes(focused) ? focused : keys[0];

	function toggle(key: string): void {
		const next = new Set(closed);
		if (!next.delete(key)) next.add(key);
		setClosed(next);
		ofBrowser.write(CLOSED, [...next].join("\n"));
	}

	const onTalk = useCallback(
		(person: string) => router.go({ page: "conversation", person, panel: "contacts" }),
		[router],
	);
	const onMenu = useCallback(
		(at: HTMLElement, contact: Contact, section: string) => setMenu({ target: at, contact, section }),
		[],
	);

	function focus(key: string | undefined): void {
		if (key === undefined) return;
		setFocused(key);
		tree.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus();
	}

	const typed = useRef({ text: "", at: 0 });
	function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
		const row = event.target instanceof HTMLElement ? event.target.dataset["row"] : undefined;
		if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
		const at = keys.indexOf(row);
		const toHead = text.direction === "rtl" ? "ArrowRight" : "ArrowLeft";
		if (event.key === "ArrowDown") focus(keys[at + 1]);
		else if (event.key === "ArrowUp") focus(keys[at - 1]);
		else if (event.key === "Home") focus(keys[0]);
		else if (event.key === "End") focus(keys.at(-1));
		else if (event.key === toHead && row.includes("/")) focus(row.slice(0, row.lastIndexOf("/")));
		else if (/^[\p{L}\p{N}]$/u.test(event.key)) {
			const now = event.timeStamp;
			const words = now - typed.current.at < 700 ? typed.current.text + event.key : event.key;
			typed.current = { text: words, at: now };
			const rows = [...(tree.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
			const start = rows.findIndex((one) => one.dataset["row"] === row) + (words.length === 1 ? 1 : 0);
			const turned = [...rows.slice(start), ...rows.slice(0, start)];
			const found = turned.find((one) => text.startsWith(one.dataset["name"] ?? "", words));
			focus(found?.dataset["row"]);
		} else return;
		event.preventDefault();
	}

	function onDrop(event: DragEvent, group: string): void {
		setTarget(undefined);
		const data = event.dataTransfer.getData("application/x-rapport-contact");
		if (data === "") return;
		event.preventDefault();
		const { id, section } = JSON.parse(data) as { id: string; section: string };
		// Of those who were talked to last some are on no list: they come onto it.
		const contact = contacts.get(id) ?? recentOf(session.live.get()).find((one) => one.person.id === id);
		if (!contact) return;
		const { canMove, from } = leaving(contact, section, groups);
		moves.move(contact, from, group, event.ctrlKey || !canMove);
	}

	return (
		<div
			ref={tree}
			role="tree"
			aria-label={text.say("rail-contacts")}
			className={styles.tree}
			onKeyDown={onKeyDown}
			onFocus={(event) => {
				const row = event.target.closest<HTMLElement>("[data-row]")?.dataset["row"];
				// What has come up over the list is no part of it.
				if (row === undefined) return;
				setFocused(row);
				onFocus(row);
			}}
			onBlur={(event) => {
				if (!tree.current?.contains(event.relatedTarget)) onFocus(undefined);
			}}
			onPointerEnter={(event) => setOver(event.pointerType === "mouse")}
			onPointerLeave={() => setOver(false)}
		>
			{made.map((section) => {
				const isOpen = !closed.has(section.key);
				const group = section.kind.of === "group" ? section.kind.group : undefined;
				return (
					<div
						key={section.key}
						role="none"
						className={mergeClasses(target === section.key && styles.target)}
						onDragOver={(event) => {
							if (group === undefined) return;
							event.preventDefault();
							event.dataTransfer.dropEffect = event.ctrlKey ? "copy" : "move";
							setTarget(section.key);
						}}
						onDragLeave={(event) => {
							if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setTarget(undefined);
						}}
						onDrop={(event) => group !== undefined && onDrop(event, group)}
					>
						<GroupHead
							section={section}
							isOpen={isOpen}
							isTabStop={tabStop === section.key}
							onToggle={() => toggle(section.key)}
							moves={moves}
						/>
						{isOpen && (
							<div role="group" aria-label={sectionName(section.kind, text)}>
								{section.rows.map((contact) => (
									<ContactRow
										key={contact.person.id}
										contact={contact}
										section={section.key}
										isCurrent={contact.person.id === current}
										isTabStop={tabStop === `${section.key}/${contact.person.id}`}
										isAmbiguous={(ambiguous.get(contact.alias || contact.person.displayName) ?? 0) > 1}
										isCompact={settings.density === "compact"}
										isTouched={isTouched}
										level={access?.get(contact.person.id)}
										onMenu={onMenu}
										onTalk={onTalk}
									/>
								))}
							</div>
						)}
						{isOpen && section.rows.length === 0 && (
							<div className={styles.empty} role="none">
								{text.say(section.total > 0 ? "section-all-offline" : "section-empty")}
							</div>
						)}
					</div>
				);
			})}
			{menu && (
				<ContactMenu
					key={menu.contact.person.id + menu.section}
					at={menu}
					moves={moves}
					onTalk={onTalk}
					onClose={() => setMenu(undefined)}
				/>
			)}
		</div>
	);
}

/**
 * Where a row goes that has the focus, the focus goes on: with the same person, or to what stood beside it.
 *
 * @returns what is to hear which row has the focus, and that none has it any more.
 */
function useGoingOn(
	tree: RefObject<HTMLElement | null>,
	keys: readonly string[],
	focus: (key: string | undefined) => void,
): (row: string | undefined) => void {
	const held = useRef<string>(undefined);
	const before = useRef<readonly string[]>([]);
	// Whenever the rows are others: what is gone has taken the focus with it, and nobody is told of that.
	// biome-ignore lint/correctness/useExhaustiveDependencies: the rows are told by their keys
	useLayoutEffect(() => {
		const was = before.current;
		before.current = keys;
		const row = held.current;
		if (row === undefined || keys.includes(row)) return;
		const { activeElement } = document;
		if (activeElement === document.body || tree.current?.contains(activeElement)) focus(rowAfter(row, was, keys));
	}, [keys.join("\n")]);
	return useCallback((row) => {
		held.current = row;
	}, []);
}
