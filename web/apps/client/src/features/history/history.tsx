/** What was said before, as the server keeps it for this person: by conversation, by person, by words. */

import {
	Button,
	Menu,
	MenuItem,
	MenuList,
	MenuPopover,
	MenuTrigger,
	SearchBox,
	Text,
} from "@fluentui/react-components";
import { ArrowDownloadRegular, MoreHorizontalRegular } from "@fluentui/react-icons";
import { EXPORT } from "@rapport/api/client";
import { useText } from "@rapport/i18n/react";
import { useDeferredValue, useRef, useState } from "react";
import { useAct, useApp } from "../../app/context";
import { AskFirst } from "../../parts/ask-first";
import { directionOf, faultOf, faultWords, LONGEST_QUERY } from "../../parts/written";
import { useStyles } from "./history.styles";
import { Kept } from "./kept";
import { Matches } from "./matches";
import { Past } from "./past";

export function History({ person }: { person: string | undefined }) {
	return person === undefined ? <Everything /> : <Past key={person} person={person} />;
}

function Everything() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const isAsked = useRef(false);
	const [query, setQuery] = useState("");
	const [isDoomed, setDoomed] = useState(false);
	const [turn, setTurn] = useState(0);
	const [keepsNone, setKeepsNone] = useState(false);
	const typed = useDeferredValue(query.trim());
	const fault = faultWords(faultOf(typed, LONGEST_QUERY, "note"), text);
	// One letter is a word in some languages.
	const settled = fault ? "" : typed;

	/** The browser loads it by the link, and says itself how far it is; what it wouldn't say is why it can't begin. */
	async function save(link: HTMLAnchorElement): Promise<void> {
		if (!(await act(() => session.client.mayExport()))) return;
		isAsked.current = true;
		link.click();
	}

	return (
		<div className={styles.page}>
			<div className={styles.inner}>
				<div className={styles.head}>
					<Text as="h1" size={600} weight="semibold">
						{text.say("rail-history")}
					</Text>
					<span className={styles.rest} />
					<Button
						as="a"
						href={EXPORT}
						download="rapport-history.jsonl"
						icon={<ArrowDownloadRegular />}
						aria-label={text.say("history-export")}
						disabledFocusable={keepsNone}
						title={keepsNone ? text.say("problem-history-off") : ""}
						onClick={(event) => {
							if (isAsked.current) isAsked.current = false;
							else {
								event.preventDefault();
								if (!keepsNone) void save(event.currentTarget as HTMLAnchorElement);
							}
						}}
					>
						<span className={styles.onlyWide}>{text.say("history-export")}</span>
					</Button>
					<Menu>
						<MenuTrigger disableButtonEnhancement>
							<Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={text.say("history-more")} />
						</MenuTrigger>
						<MenuPopover>
							<MenuList>
								<MenuItem onClick={() => setDoomed(true)}>{text.say("history-delete-all")}</MenuItem>
							</MenuList>
						</MenuPopover>
					</Menu>
				</div>
				<SearchBox
					className={styles.search}
					value={query}
					dir={directionOf(query)}
					placeholder={text.say("history-search")}
					aria-label={text.say("history-search")}
					dismiss={{ "aria-label": text.say("find-clear") }}
					onChange={(_, data) => setQuery(data.value)}
				/>
				{fault && <Text role="alert">{fault}</Text>}
				{settled !== "" ? (
					<>
						<Kept key={turn} named={settled} onKeepsNone={setKeepsNone} />
						<Matches query={settled} />
					</>
				) : (
					<Kept key={turn} onKeepsNone={setKeepsNone} />
				)}
			</div>
			{isDoomed && (
				<AskFirst
					title={text.say("history-delete-all-title")}
					words={text.say("history-delete-all-words")}
					yes={text.say("delete")}
					onYes={() =>
						void act(() => session.forget("everything")).then((isDone) => {
							if (isDone) shown.say({ text: text.say("history-deleted-all"), intent: "done" });
							setTurn(turn + 1);
						})
					}
					onClose={() => setDoomed(false)}
				/>
			)}
		</div>
	);
}
