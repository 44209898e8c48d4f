/** What stands for rows that load, after a moment: as many and as high as those that come. */

import { makeStyles, mergeClasses, Skeleton, SkeletonItem, tokens } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { Delayed } from "./delayed";

const useStyles = makeStyles({
	rows: { inlineSize: "100%" },
	row: {
		display: "grid",
		gridTemplateColumns: "32px minmax(0, 1fr)",
		columnGap: tokens.spacingHorizontalM,
		alignItems: "center",
		boxSizing: "border-box",
		paddingBlock: tokens.spacingVerticalS,
	},
	plain: { gridTemplateColumns: "minmax(0, 1fr)" },
	pane: { paddingInline: tokens.spacingHorizontalL },
	page: { paddingInline: tokens.spacingHorizontalS },
	words: { display: "grid", gap: tokens.spacingVerticalXS },
});

export interface LoadingProps {
	readonly rows: number;
	/** How high a row is that comes, in pixels, where it has more room than its words need. */
	readonly height?: number;
	/** What the rows begin in, where that leaves their margin to them: a list at the side, or a page. */
	readonly inset?: "pane" | "page";
	/** Whether nobody's picture stands before the words. */
	readonly isPlain?: boolean;
}

export function Loading({ rows, height, inset, isPlain = false }: LoadingProps) {
	const styles = useStyles();
	const text = useText();
	const look = mergeClasses(styles.row, isPlain && styles.plain, inset && styles[inset]);
	return (
		<Delayed>
			<Skeleton aria-label={text.say("loading")} className={styles.rows} data-loading>
				{Array.from({ length: rows }, (_, row) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
					<div key={row} className={look} style={{ minBlockSize: height }}>
						{!isPlain && <SkeletonItem shape="circle" size={32} />}
						<div className={styles.words}>
							<SkeletonItem size={12} style={{ inlineSize: "60%" }} />
							<SkeletonItem size={8} style={{ inlineSize: "40%" }} />
						</div>
					</div>
				))}
			</Skeleton>
		</Delayed>
	);
}
