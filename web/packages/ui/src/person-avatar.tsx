/** The photo or the initials of a person, with their presence. Said as "Ben Okafor, Busy" by a screen reader. */

import { Avatar, type AvatarNamedColor, type AvatarProps } from "@fluentui/react-components";
import type { AccessLevel, Presence } from "@rapport/api/types";
import { useText } from "@rapport/i18n/react";
import { badgeOf } from "./presence";

export interface PersonAvatarProps {
	readonly id: string;
	readonly name: string;
	readonly presence?: Presence | undefined;
	readonly level?: AccessLevel | undefined;
	readonly size?: AvatarProps["size"];
	/** Whether the words beside it say all of it already. */
	readonly decorative?: boolean;
}

export function PersonAvatar({ id, name, presence, level, size = 32, decorative = false }: PersonAvatarProps) {
	const text = useText();
	const badge = badgeOf(presence, level, text);
	return (
		<Avatar
			name={name}
			// Fluent's own turn round on a page from right to left, whatever script the name is in.
			initials={initialsOf(name)}
			color={colourOf(id)}
			size={size}
			badge={{
				status: badge.status,
				outOfOffice: badge.outOfOffice,
				"aria-label": badge.label,
				...(decorative ? { "aria-hidden": true } : {}),
			}}
			{...(decorative ? { "aria-hidden": true, role: "presentation" } : {})}
		/>
	);
}

/** Fluent's own, but for those that a row, or the badge of Busy, can't be told from in one of the themes. */
const COLOURS: readonly AvatarNamedColor[] = [
	"pumpkin",
	"peach",
	"marigold",
	"gold",
	"brass",
	"brown",
	"forest",
	"seafoam",
	"dark-green",
	"light-teal",
	"teal",
	"blue",
	"royal-blue",
	"cornflower",
	"lavender",
	"purple",
	"grape",
	"lilac",
	"pink",
	"magenta",
	"plum",
];

/** The same for somebody wherever they are shown. */
function colourOf(id: string): AvatarNamedColor {
	let sum = 0;
	for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
	return COLOURS[sum % COLOURS.length] ?? "teal";
}

/** The first letters of the first and the last word of a name in a script that abbreviates so; otherwise none. */
export function initialsOf(name: string): string | null {
	// "Müller, Anna (Buyer)" is Anna Müller.
	const [family = "", given] = name.replace(/\(.*?\)/g, "").split(",", 2);
	const words = `${given ?? ""} ${family}`.trim().split(/\s+/);
	const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("");
	return /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]+$/u.test(letters) ? letters.toUpperCase() : null;
}
