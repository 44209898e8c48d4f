/** What keyboards call their keys, which is otherwise in other languages. */

import type { SentenceKey } from "@rapport/i18n/keys";
import type { Text } from "@rapport/i18n/text";

const NAMES = {
	Ctrl: "key-ctrl",
	Shift: "key-shift",
	Enter: "key-enter",
	Home: "key-home",
	End: "key-end",
} as const satisfies Record<string, SentenceKey>;

/** Keys such as "Alt+Enter" as they stand on the keyboard. */
export function keyName(keys: string, text: Text): string {
	return keys.replace(/Ctrl|Shift|Enter|Home|End/g, (name) => text.say(NAMES[name as keyof typeof NAMES]));
}
