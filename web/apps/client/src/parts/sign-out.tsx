/** Signing out, which asks first where something was written and not sent: it is deleted. */

import { useText } from "@rapport/i18n/react";
import { type ReactNode, useState } from "react";
import { useAct, useApp } from "../app/context";
import { AskFirst } from "./ask-first";

/** What begins it, and what asks: to be shown where the page itself is, as a menu closes. */
export function useSignOut(): readonly [signOut: () => void, asking: ReactNode] {
	const text = useText();
	const { session } = useApp();
	const act = useAct();
	const [isAsking, setAsking] = useState(false);
	const signOut = () => void act(() => session.signOut());
	const begin = () => (session.hasUnsent() ? setAsking(true) : signOut());
	const asking = isAsking && (
		<AskFirst
			title={text.say("sign-out-unsent")}
			words={text.say("sign-out-unsent-words")}
			yes={text.say("sign-out")}
			onYes={signOut}
			onClose={() => setAsking(false)}
		/>
	);
	return [begin, asking];
}
