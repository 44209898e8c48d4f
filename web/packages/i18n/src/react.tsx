/** Gives the pages their sentences. */

import { createContext, type ReactNode, useContext } from "react";
import type { Text } from "./text";

const Context = createContext<Text | undefined>(undefined);

export function TextProvider({ text, children }: { text: Text; children: ReactNode }) {
	return <Context value={text}>{children}</Context>;
}

export function useText(): Text {
	const text = useContext(Context);
	if (!text) throw new Error("there are no sentences here: TextProvider is missing");
	return text;
}
