/** Languages nobody speaks: they show what is not translated, what has too little room, and what stands on the wrong side. */

export type Pseudo = "accented" | "mirrored" | "arabic";

const PLAIN = "aceinorsuyACEINORSUY";
const ACCENTED = "àçéîñöŕšüýÀÇÉÎÑÖŔŠÜÝ";

const LATIN = "abcdefghijklmnopqrstuvwxyz";
/** One letter of the other script for each, so that lines are ordered, and joined, as those of that script are. */
const ARABIC = "ابثدةفغهيجكلمنوپقرستطڤصخىز";

export function pseudo(text: string, kind: Pseudo): string {
	if (text.trim() === "") return text;
	// Right-to-left override, as long as a line: the letters stay, their direction turns.
	if (kind === "mirrored") return `\u202e${text}\u202c`;
	if (kind === "arabic") {
		return text.replace(/[A-Za-z]/g, (letter) => ARABIC[LATIN.indexOf(letter.toLowerCase())] ?? letter);
	}
	return text.replace(/[A-Za-z]/g, (letter) => {
		const at = PLAIN.indexOf(letter);
		const accented = ACCENTED[at] ?? letter;
		return "aeiou".includes(letter.toLowerCase()) ? accented + accented : accented;
	});
}
