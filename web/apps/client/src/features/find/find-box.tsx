/** Where one types whom one looks for. */

import { makeStyles, SearchBox } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { directionOf } from "../../parts/written";
import type { Wish } from "./wish";

const useStyles = makeStyles({
	box: { flexGrow: 1, minInlineSize: 0, maxInlineSize: "none" },
	/** Fluent gives "Clear" no room while the focus is elsewhere, as it is after "Add". */
	after: { width: "auto", height: "auto", overflow: "visible" },
});

export interface FindBoxProps {
	readonly query: string;
	readonly onQuery: (query: string) => void;
	/** A key that is meant for those who are found. */
	readonly onWish: (to: Wish["to"]) => void;
}

export function FindBox({ query, onQuery, onWish }: FindBoxProps) {
	const styles = useStyles();
	const text = useText();
	return (
		<SearchBox
			className={styles.box}
			value={query}
			maxLength={100}
			dir={directionOf(query)}
			placeholder={text.say("find-placeholder")}
			aria-label={text.say("find-label")}
			onChange={(_, data) => onQuery(data.value)}
			contentAfter={{ className: query === "" ? "" : styles.after }}
			dismiss={{ "aria-label": text.say("find-clear") }}
			onKeyDown={(event) => {
				if (event.key === "Escape" && query !== "") {
					onQuery("");
					event.preventDefault();
				}
				if (event.key === "ArrowDown" || event.key === "Enter") {
					onWish(event.key === "Enter" ? "talk" : "move");
					event.preventDefault();
				}
			}}
		/>
	);
}
