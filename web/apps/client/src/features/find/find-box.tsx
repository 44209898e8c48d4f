/** Where one types whom one looks for. */

import { makeStyles, SearchBox } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";

const useStyles = makeStyles({ box: { flexGrow: 1, minInlineSize: 0, maxInlineSize: "none" } });

export function FindBox({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
	const styles = useStyles();
	const text = useText();
	return (
		<SearchBox
			className={styles.box}
			value={query}
			maxLength={100}
			placeholder={text.say("find-placeholder")}
			aria-label={text.say("find-label")}
			onChange={(_, data) => onQuery(data.value)}
			dismiss={{ "aria-label": text.say("find-clear") }}
			onKeyDown={(event) => {
				if (event.key === "Escape" && query !== "") {
					onQuery("");
					event.preventDefault();
				}
				if (event.key === "ArrowDown" || event.key === "Enter") {
					const list = document.querySelector<HTMLElement>("[data-found]");
					const first = list?.querySelector<HTMLElement>("[data-row]");
					if (event.key === "ArrowDown") first?.focus();
					else first?.dispatchEvent(new CustomEvent("rapport-talk", { bubbles: true }));
					event.preventDefault();
				}
			}}
		/>
	);
}
