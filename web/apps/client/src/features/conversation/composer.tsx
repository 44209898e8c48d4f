/** Where one writes: Enter sends, Shift+Enter breaks, what was pasted keeps its simple formatting, a draft is kept. */

import { Button, Popover, PopoverSurface, PopoverTrigger, Tooltip } from "@fluentui/react-components";
import { EmojiRegular, SendFilled } from "@fluentui/react-icons";
import type { PersonRef } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { isFarTooLong } from "@rapport/live/outbox";
import { conversationWith, type Draft, isGoing, nameOf } from "@rapport/live/state";
import { type ClipboardEvent, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { useApp, useLive } from "../../app/context";
import { trusted } from "../../app/trusted";
import { htmlOf, isFormatted, nodesOf, piecesOf } from "../../parts/message/pieces";
import { directionOf, octets } from "../../parts/written";
import { useStyles } from "./conversation.styles";

const Emoji = lazy(async () => ({ default: (await import("./emoji")).Emoji }));

/** How often somebody hears that one types, in milliseconds. */
const TYPING_EVERY = 5_000;

export function Composer({ person }: { person: PersonRef }) {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const name = useLive((live) => nameOf(live, person));
	const limit = useLive((live) => live.limits.messageBytes);
	const enterSends = useLive((live) => live.settings.enterSends);
	const draft = useLive((live) => live.drafts.get(person.id));
	const box = useRef<HTMLDivElement>(null);
	const [picking, setPicking] = useState(false);
	const toldAt = useRef(0);
	/** How long that was which was far too long to be taken in, in octets, until something else is written. */
	const [refused, setRefused] = useState<{ readonly length: number; readonly hasForm: boolean }>();
	const words = draft?.text ?? "";
	const isEmpty = words.trim() === "";
	// The server counts the form with the words.
	const length = octets(words) + octets(draft?.html ?? "");
	const isTooLong = length > limit;
	const tooLong = refused ?? (isTooLong ? { length, hasForm: draft?.html !== undefined } : undefined);

	// What stands in the box is the browser's; a draft comes in from outside only when it is another one.
	useEffect(() => {
		const element = box.current;
		if (element && plain(element) !== (draft?.text ?? "")) show(element, draft);
	}, [draft]);
	useEffect(() => {
		if (!box.current || !matchMedia("(hover: hover)").matches) return;
		box.current.focus();
		toEnd(box.current);
	}, []);

	function changed(): void {
		const element = box.current;
		if (!element) return;
		const words = plain(element);
		const pieces = piecesOf(element);
		const html = isFormatted(pieces) ? htmlOf(pieces) : undefined;
		if (!session.draft(person.id, words, html)) {
			// What stood there before stands there again.
			show(element, session.live.get().drafts.get(person.id));
			refuse(words, html);
			return;
		}
		setRefused(undefined);
		const conversation = conversationWith(session.live.get(), person.id);
		if (!conversation || !isGoing(conversation) || Date.now() - toldAt.current < TYPING_EVERY || words === "") return;
		toldAt.current = Date.now();
		// Whether it is heard is of no weight.
		session.client.typing(conversation.id, true).catch(() => undefined);
	}

	function refuse(words: string, html?: string): void {
		setRefused({ length: octets(words) + octets(html ?? ""), hasForm: html !== undefined });
	}

	function send(): void {
		const element = box.current;
		if (!element) return;
		const words = plain(element).trim();
		if (words === "" || isTooLong) return;
		const pieces = piecesOf(element);
		element.replaceChildren();
		toldAt.current = 0;
		setRefused(undefined);
		session.write(person, words, isFormatted(pieces) ? htmlOf(pieces) : undefined);
		element.focus();
	}

	function onKeyDown(event: KeyboardEvent): void {
		if (event.key !== "Enter") return;
		if (event.altKey) shown.card.set(person.id);
		else if (event.shiftKey || (!enterSends && !event.ctrlKey)) return;
		else send();
		event.preventDefault();
	}

	function onPaste(event: ClipboardEvent): void {
		event.preventDefault();
		const html = event.clipboardData.getData("text/html");
		const words = event.clipboardData.getData("text/plain");
		// A browser takes long to lay out what nobody could send.
		if (isFarTooLong(session.live.get(), person.id, words)) {
			refuse(words);
			return;
		}
		const pieces = html === "" ? [] : piecesOf(trusted.parse(html).body);
		if (isFormatted(pieces)) insert(nodesOf(pieces, document));
		else insert(document.createTextNode(words));
		changed();
	}

	function insert(node: Node): void {
		const selection = getSelection();
		const element = box.current;
		if (!element) return;
		if (!selection?.rangeCount || !element.contains(selection.anchorNode)) {
			element.append(node);
			element.focus();
			toEnd(element);
			return;
		}
		const range = selection.getRangeAt(0);
		range.deleteContents();
		range.insertNode(node);
		range.collapse(false);
	}

	return (
		<div className={styles.composer}>
			<div
				ref={box}
				className={styles.box}
				role="textbox"
				tabIndex={0}
				aria-multiline
				aria-label={text.say("composer-label", { name })}
				// Whoever sees nothing begins here, and hears what stands above.
				aria-describedby="talk-state talk-standing"
				aria-invalid={tooLong !== undefined}
				contentEditable
				suppressContentEditableWarning
				data-first
				data-composer
				data-empty={words === ""}
				data-placeholder={text.say("composer-placeholder")}
				dir={directionOf(words)}
				onInput={changed}
				onKeyDown={onKeyDown}
				onPaste={onPaste}
			/>
			{tooLong && (
				<span role="alert">
					{text.say(tooLong.hasForm ? "too-long-with-form" : "too-long", { length: tooLong.length, limit })}
				</span>
			)}
			<Popover
				open={picking}
				onOpenChange={(_, data) => setPicking(data.open)}
				positioning={{ position: "above", align: "end", overflowBoundaryPadding: 8 }}
				trapFocus
			>
				<PopoverTrigger disableButtonEnhancement>
					<Tooltip content={text.say("emoji")} relationship="label">
						<Button appearance="subtle" icon={<EmojiRegular />} />
					</Tooltip>
				</PopoverTrigger>
				<PopoverSurface className={styles.emojiAround} aria-label={text.say("emoji")}>
					<Suspense>
						<Emoji
							onPick={(emoji) => {
								setPicking(false);
								insert(document.createTextNode(emoji));
								changed();
							}}
						/>
					</Suspense>
				</PopoverSurface>
			</Popover>
			<Tooltip content={text.say("send")} relationship="label">
				<Button
					appearance={isEmpty ? "subtle" : "primary"}
					icon={<SendFilled style={text.direction === "rtl" ? { transform: "scaleX(-1)" } : {}} />}
					disabledFocusable={isEmpty || isTooLong}
					onClick={send}
				/>
			</Tooltip>
		</div>
	);
}

/** Puts a draft in the place of what stands there. */
function show(element: HTMLElement, draft: Draft | undefined): void {
	if (draft?.html === undefined) element.textContent = draft?.text ?? "";
	else element.replaceChildren(nodesOf(piecesOf(trusted.parse(draft.html).body), document));
	if (document.activeElement === element) toEnd(element);
}

/** Where one would go on writing. */
function toEnd(element: HTMLElement): void {
	const selection = getSelection();
	selection?.selectAllChildren(element);
	selection?.collapseToEnd();
}

/** The text as it is seen. A browser leaves a break behind when everything was deleted. */
function plain(element: HTMLElement): string {
	const words = element.innerText.replace(/\u00a0/g, " ");
	return words === "\n" ? "" : words;
}
