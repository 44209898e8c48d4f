/** With what the person of the demonstration is signed in. */

import type { AppPassword, Endpoint, WebSession } from "@rapport/api/types";

const MINUTE = 60_000;

export function devices(now: number): { passwords: AppPassword[]; sessions: WebSession[]; endpoints: Endpoint[] } {
	const at = (minutes: number) => new Date(now - minutes * MINUTE).toISOString();
	const passwords: AppPassword[] = [{ id: "ap1", label: "Pidgin at home", createdAt: at(30 * 1440) }];
	const sessions: WebSession[] = [
		{ id: "s1", label: "Chrome · Linux", address: "192.0.2.10", createdAt: at(300), usedAt: at(0), isThis: true },
		{
			id: "s2",
			label: "Firefox · Android",
			address: "198.51.100.7",
			createdAt: at(3000),
			usedAt: at(90),
			isThis: false,
		},
	];
	const endpoints: Endpoint[] = [
		{
			id: "e1",
			label: "Chrome · Linux",
			kind: "web",
			signedInAt: at(300),
			availability: "available",
			isThis: true,
		},
		{
			id: "e2",
			label: "Communicator on ANAS-PC",
			kind: "desktop",
			signedInAt: at(480),
			availability: "availableIdle",
			isThis: false,
		},
		{
			id: "e3",
			label: "Firefox · Android",
			kind: "mobile",
			signedInAt: at(90),
			availability: "away",
			isThis: false,
		},
	];
	return { passwords, sessions, endpoints };
}
