/** What was said before the curtain rises: formatting, links, a failure, a long word, another script. */

interface ScriptLine {
	readonly minutesAgo: number;
	readonly out?: boolean;
	readonly text: string;
	readonly html?: string;
	readonly failed?: string;
}

interface ScriptTalk {
	readonly with: string;
	readonly state?: "open" | "ringing" | "ended";
	readonly unread?: number;
	readonly lines: readonly ScriptLine[];
}

/** Weeks of talk, so that there is something to go back to. */
function weeks(): readonly ScriptLine[] {
	const said = [
		"Did the invoice from Lisbon arrive?",
		"Yes, this morning. I’ll book it today.",
		"The travel policy has a new limit for hotels.",
		"Good to know. Since when?",
		"Since the first. I’ll send it round.",
		"Could you look at line 14 of the forecast?",
		"It counts the licences twice, I think.",
		"You are right. Corrected.",
	];
	return Array.from({ length: 120 }, (_, n) => ({
		minutesAgo: 40_000 - n * 310,
		out: n % 2 === 1,
		text: said[n % said.length] ?? "",
	}));
}

export function script(): readonly ScriptTalk[] {
	return [
		{
			with: "ben",
			lines: [
				...weeks(),
				{ minutesAgo: 1500, text: "Morning! The auditors moved their visit to Thursday." },
				{ minutesAgo: 1496, out: true, text: "Thursday works. I’ll book the large room." },
				{ minutesAgo: 64, text: "Have you got the Q3 numbers?" },
				{ minutesAgo: 63, out: true, text: "Here they are: https://intranet.lindblad.example/finance/2026/q3-summary" },
				{ minutesAgo: 62, text: "Perfect, thank you 🙏" },
				{
					minutesAgo: 61,
					text: "Two things to fix before the board sees them: the travel line is net of VAT, and Tokyo is missing.",
					html: "Two things to fix before the board sees them:<ol><li>the <b>travel line</b> is <i>net</i> of VAT</li><li><u>Tokyo</u> is missing</li></ol>",
				},
				{ minutesAgo: 9, out: true, text: "Both done. Tokyo came in late, so I’ve marked it as preliminary." },
				{ minutesAgo: 8, out: true, text: "Can you have a last look before I send it?", failed: "no-answer" },
				{ minutesAgo: 4, text: "On a call, will look right after." },
			],
		},
		{
			with: "hugo",
			unread: 2,
			lines: [
				{ minutesAgo: 200, out: true, text: "Is the new deck template ready?" },
				{ minutesAgo: 31, text: "Yes! It’s in the shared folder." },
				{ minutesAgo: 30, text: "Tell me if the charts look off on your screen." },
			],
		},
		{
			with: "emi",
			lines: [
				{ minutesAgo: 2900, text: "東京の数字は明日の朝までに送ります。" },
				{ minutesAgo: 2890, out: true, text: "ありがとうございます!" },
			],
		},
		{
			with: "grace",
			state: "ended",
			lines: [{ minutesAgo: 8000, out: true, text: "See you in Lisbon." }],
		},
	];
}
