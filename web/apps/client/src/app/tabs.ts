/** What the tabs of one browser tell each other: they have one cookie, so who signs in or out in one does in all. */

export type Told =
	/** Somebody has signed in, or goes on under another session: who it is, the server says. */
	| { readonly type: "signedIn" }
	/** A person has signed out, by id. */
	| { readonly type: "signedOut"; readonly user: string };

export interface Tabs {
	/** Tells every other tab. */
	readonly tell: (told: Told) => void;
	readonly listen: (listener: (told: Told) => void) => void;
}

/** A page that is alone. */
export const NO_TABS: Tabs = { tell: () => undefined, listen: () => undefined };

export function tabsOfBrowser(): Tabs {
	if (!("BroadcastChannel" in globalThis)) return NO_TABS;
	const channel = new BroadcastChannel("rapport.session");
	return {
		tell: (told) => channel.postMessage(told),
		listen: (listener) => {
			// Another version of this page may be open beside it.
			channel.onmessage = ({ data }: MessageEvent<Told>) => listener(data);
		},
	};
}
