/**
 * The code pages in which an RTF text writes octets: by the number that it says for itself, and by the set of characters
 * that it says of a font. Pure.
 *
 * Source: RTF 1.9.1, "Character Set", "Font Table"; [MS-WMF] 2.1.1.5; the names are the Encoding Standard's.
 */

/** What a text is written in unless it says otherwise. */
export const WESTERN = 1252;

const NAMES: Readonly<Record<number, string>> = {
	866: "ibm866",
	874: "windows-874",
	932: "shift_jis",
	936: "gbk",
	949: "euc-kr",
	950: "big5",
	1250: "windows-1250",
	1251: "windows-1251",
	1252: "windows-1252",
	1253: "windows-1253",
	1254: "windows-1254",
	1255: "windows-1255",
	1256: "windows-1256",
	1257: "windows-1257",
	1258: "windows-1258",
	10000: "macintosh",
	65001: "utf-8",
};

/** The code page of each set of characters that has one (`\fcharset`). */
const OF_CHARSETS: Readonly<Record<number, number>> = {
	0: WESTERN,
	77: 10000,
	128: 932,
	129: 949,
	134: 936,
	136: 950,
	161: 1253,
	162: 1254,
	163: 1258,
	177: 1255,
	178: 1256,
	186: 1257,
	204: 1251,
	222: 874,
	238: 1250,
};

/** The code page of a number, if somebody's RTF is written in it. */
export function codePage(number: number | undefined): number | undefined {
	return number !== undefined && number in NAMES ? number : undefined;
}

/** The code page of a font's set of characters, if the set has one. */
export function codePageOf(charset: number | undefined): number | undefined {
	return charset === undefined ? undefined : OF_CHARSETS[charset];
}

/** Whether such an octet is the first of two of a character. */
export function isLead(page: number, octet: number): boolean {
	if (page === 932) return (octet >= 0x81 && octet <= 0x9f) || (octet >= 0xe0 && octet <= 0xfc);
	return (page === 936 || page === 949 || page === 950) && octet >= 0x81 && octet <= 0xfe;
}

const decoders = new Map<number, TextDecoder>();

/** The characters of a run of octets. */
export function decoded(page: number, octets: readonly number[]): string {
	let decoder = decoders.get(page);
	if (!decoder) {
		decoder = new TextDecoder(NAMES[page], { ignoreBOM: true });
		decoders.set(page, decoder);
	}
	return decoder.decode(new Uint8Array(octets));
}
