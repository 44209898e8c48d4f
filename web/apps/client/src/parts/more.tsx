/** The way to what isn't here yet: taken by itself when one comes to it, and by hand. */

import { Button, Spinner } from "@fluentui/react-components";
import { useEffect, useRef } from "react";

export interface MoreProps {
	readonly label: string;
	readonly isBusy: boolean;
	/** Whether it waits to be taken by hand: the last time it failed. */
	readonly isByHand?: boolean;
	readonly onMore: () => void;
}

export function More({ label, isBusy, isByHand = false, onMore }: MoreProps) {
	const place = useRef<HTMLDivElement>(null);
	const isIdle = !isBusy && !isByHand;
	useEffect(() => {
		const element = place.current;
		if (!element || !isIdle) return;
		const observer = new IntersectionObserver((entries) => {
			if (entries.some((entry) => entry.isIntersecting)) onMore();
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [isIdle, onMore]);
	return (
		<div ref={place} style={{ alignSelf: "center", justifySelf: "center" }}>
			<Button
				appearance="subtle"
				size="small"
				disabledFocusable={isBusy}
				icon={isBusy ? <Spinner size="extra-tiny" /> : null}
				onClick={onMore}
			>
				{label}
			</Button>
		</div>
	);
}
