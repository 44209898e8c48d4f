/** Shows what stands for something that loads, after 200 ms: what is quicker needs no stand-in. */

import { type ReactNode, useEffect, useState } from "react";

export function Delayed({ children }: { children: ReactNode }) {
	const [isLate, setLate] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => setLate(true), 200);
		return () => clearTimeout(timer);
	}, []);
	return isLate ? children : null;
}
