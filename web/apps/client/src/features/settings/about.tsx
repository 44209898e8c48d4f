/** What this is, and whose work is in it. */

import { Button, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";

export function About() {
	const text = useText();
	return (
		<>
			<Words>{text.say("about-words")}</Words>
			<Button as="a" href="/im/third-party.txt" target="_blank">
				{text.say("about-licences")}
			</Button>
		</>
	);
}
