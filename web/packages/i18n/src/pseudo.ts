/** Languages nobody speaks: they show what is not translated, what has too little room, and what stands on the wrong side. */

export type Pseudo = "accented" | "mirrored";

const PLAIN = "aceinorsuyACEINORSUY";
const ACCENTED = "àçéîñöŕšüýÀÇÉÎÑÖŔŠÜÝ";

export function pseudo(text: string, kind: Pseudo): string {
	if (text.trim() === "") return text;
	// Right-to-left override, as long as a line: the letters stay, their direction turns.
	if (kind === "mirrored") return `\u202e${text}\u202c`;
	return text.replace(/[A-Za-z]/g, (letter) => {
		const at = PLAIN.indexOf(letter);
		const accented = ACCENTED[at] ?? letter;
		return "aeiou".includes(letter.toLowerCase()) ? accented + accented : accented;
	});
}
