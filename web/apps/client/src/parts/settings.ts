/** What is set, and how it is changed: at once here, and the same in every browser. */

import type { Settings } from "@rapport/api/types";
import { useAct, useApp, useLive } from "../app/context";

export function useSettings(): readonly [Settings, (part: Partial<Settings>) => void] {
	const { session } = useApp();
	const act = useAct();
	const settings = useLive((live) => live.settings);
	return [settings, (part) => void act(() => session.set(part))];
}
