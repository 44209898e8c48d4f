/** The people of the company that lives in memory: long names, other scripts, two who are called alike. */

import type { Availability, Person, Presence } from "@rapport/api/types";

interface Sketch {
	readonly id: string;
	readonly name: string;
	readonly title: string;
	readonly department: string;
	readonly is: Availability;
	readonly minutes: number;
	readonly activity?: string;
	readonly note?: string;
	readonly outOfOffice?: boolean;
	readonly untilMinutes?: number;
	readonly device?: "desktop" | "mobile" | "web";
	readonly location?: string;
	/** By how many minutes their clock is ahead of UTC. */
	readonly ahead?: number;
}

const LONG_NOTE =
	"Working from the Gothenburg office until Thursday, then travelling; for anything about the quarterly figures ask Chloé first, for everything else leave a message and I will come back to you the same day.";

export const ME = "ana";

const SKETCHES: readonly Sketch[] = [
	{
		id: "ana",
		name: "Ana Lind",
		title: "Head of Finance",
		department: "Finance",
		is: "available",
		minutes: 42,
		note: "Back at 3",
	},
	{
		id: "ben",
		name: "Ben Okafor",
		title: "Controller",
		department: "Finance",
		is: "busy",
		minutes: 4,
		activity: "on-the-phone",
		device: "desktop",
		location: "Home",
	},
	{
		id: "chloe",
		name: "Chloé Martin",
		title: "Analyst",
		department: "Finance",
		is: "away",
		minutes: 12,
		note: LONG_NOTE,
	},
	{
		id: "dmitri",
		name: "Dmitri Volkov",
		title: "Engineer",
		department: "Engineering",
		is: "doNotDisturb",
		minutes: 25,
		activity: "urgent-interruptions-only",
		note: "Release today",
	},
	{
		id: "emi",
		name: "田中 恵美",
		title: "Sales Lead",
		department: "Sales Tokyo",
		is: "availableIdle",
		minutes: 7,
		device: "web",
		location: "東京オフィス",
		ahead: 540,
	},
	{
		id: "farid",
		name: "فريد حداد",
		title: "Account Manager",
		department: "Sales Dubai",
		is: "available",
		minutes: 90,
		ahead: 240,
	},
	{ id: "mueller1", name: "Müller, Andreas", title: "Counsel", department: "Legal", is: "beRightBack", minutes: 3 },
	{ id: "mueller2", name: "Müller, Anna", title: "Buyer", department: "Purchasing", is: "offline", minutes: 400 },
	{
		id: "grace",
		name: "Grace Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
		title: "Vice President of Strategic Partnerships and International Business Development",
		department: "Partnerships and Business Development, Europe, Middle East and Africa",
		is: "busy",
		minutes: 55,
		activity: "in-a-meeting",
		untilMinutes: 35,
	},
	{
		id: "hugo",
		name: "Hugo Sandström",
		title: "Designer",
		department: "Product",
		is: "available",
		minutes: 15,
		note: "At my desk",
		device: "mobile",
	},
	{
		id: "ines",
		name: "Inês Carvalho",
		title: "Product Manager",
		department: "Product",
		is: "away",
		minutes: 1500,
		note: "On leave until Monday",
		outOfOffice: true,
		activity: "out-of-office",
		untilMinutes: 3 * 24 * 60,
	},
	{ id: "jon", name: "Jón Þórsson", title: "Support", department: "Support", is: "unknown", minutes: 0 },
	{
		id: "kavya",
		name: "Kavya Raman",
		title: "Engineer",
		department: "Engineering",
		is: "available",
		minutes: 2,
		device: "desktop",
	},
	{ id: "liam", name: "Liam Byrne", title: "Recruiter", department: "People", is: "offline", minutes: 3000 },
	{
		id: "maya",
		name: "Maya Cohen",
		title: "Chief Executive",
		department: "Board",
		is: "busy",
		minutes: 30,
		activity: "in-a-conference",
	},
	{ id: "nils", name: "Nils Berg", title: "Facilities", department: "Office", is: "available", minutes: 8 },
	{ id: "olga", name: "Olga Petrova", title: "Engineer", department: "Engineering", is: "availableIdle", minutes: 11 },
	{ id: "pedro", name: "Pedro Alves", title: "Engineer", department: "Engineering", is: "offline", minutes: 100 },
];

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();

export function address(id: string): string {
	return `${id}@lindblad.example`;
}

export function people(): Map<string, Person> {
	return new Map(
		SKETCHES.map(({ id, name, title, department }, n) => {
			const [givenName = name, surname = ""] = name.split(" ");
			const manager = id === "maya" ? undefined : SKETCHES.find((one) => one.id === (id === ME ? "maya" : ME));
			const person: Person = {
				id,
				address: address(id),
				displayName: name,
				givenName,
				surname,
				title,
				department,
				company: "Lindblad & Okafor",
				office: `Building ${(n % 3) + 1}, room ${200 + n}`,
				mail: address(id),
				webPage: n % 2 === 0 ? `https://people.lindblad.example/${id}` : "",
				phones: [
					{ kind: "work", number: `+46 31 770 0${100 + n}` },
					...(n % 2 === 0 ? [{ kind: "mobile" as const, number: `+46 70 555 0${100 + n}` }] : []),
				],
				...(manager ? { manager: { id: manager.id, address: address(manager.id), displayName: manager.name } } : {}),
				accessLevel: id === "maya" ? "team" : "company",
			};
			return [id, person];
		}),
	);
}

export function presenceOf(now: number): Map<string, Presence> {
	return new Map(
		SKETCHES.map((one) => {
			const presence: Presence = {
				person: one.id,
				availability: one.is,
				capabilities: ["im"],
				known: one.is !== "unknown",
				...(one.activity ? { activity: one.activity } : {}),
				...(one.note ? { note: one.note, noteKind: one.outOfOffice ? "outOfOffice" : "personal" } : {}),
				...(one.minutes > 0 ? { since: iso(now - one.minutes * MINUTE) } : {}),
				...(one.is === "away" || one.is === "offline" ? { lastActiveAt: iso(now - one.minutes * MINUTE) } : {}),
				...(one.untilMinutes ? { until: iso(now + one.untilMinutes * MINUTE) } : {}),
				...(one.device ? { device: one.device } : {}),
				...(one.location ? { location: one.location } : {}),
				...(one.ahead === undefined ? {} : { utcOffsetMinutes: one.ahead }),
			};
			return [one.id, presence];
		}),
	);
}
