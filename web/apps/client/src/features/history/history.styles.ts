import { type GriffelStyle, makeStyles, tokens } from "@fluentui/react-components";
import { LINE } from "@rapport/ui/line";

/** What couldn't be had stands where it would have stood. */
const FAILED: GriffelStyle = { paddingInline: tokens.spacingHorizontalS, paddingBlock: tokens.spacingVerticalS };

export const useStyles = makeStyles({
	page: {
		flexGrow: 1,
		minBlockSize: 0,
		overflowY: "auto",
		padding: tokens.spacingHorizontalXXL,
		"@media (max-width: 639px)": { padding: tokens.spacingHorizontalL },
	},
	inner: {
		gridTemplateColumns: "minmax(0, 1fr)",
		maxInlineSize: "760px",
		marginInline: "auto",
		display: "grid",
		gap: tokens.spacingVerticalM,
		"& > div[role='alert']": FAILED,
	},
	head: {
		"& h1": { margin: 0, minInlineSize: 0, overflowWrap: "anywhere" },
		display: "flex",
		alignItems: "center",
		gap: tokens.spacingHorizontalS,
		"& button": { flexShrink: 0 },
	},
	rest: { flexGrow: 1 },
	/** Where there is no room for words the icon stands for them. */
	onlyWide: { "@media (max-width: 400px)": { display: "none" } },
	/** One line, however long the name is. */
	title: {
		display: "grid",
		gridTemplateColumns: "auto auto minmax(0, 1fr) auto auto",
		alignItems: "center",
		columnGap: tokens.spacingHorizontalS,
		"& h1": { margin: 0, minInlineSize: 0, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
		"@media (max-width: 639px)": {
			columnGap: tokens.spacingHorizontalXS,
			// Two lines: with one there would be no room for the name.
			"& h1": {
				fontSize: tokens.fontSizeBase400,
				lineHeight: tokens.lineHeightBase300,
				whiteSpace: "normal",
				paddingInlineStart: tokens.spacingHorizontalXS,
			},
		},
	},
	search: { maxInlineSize: "none" },
	list: { listStyleType: "none", margin: 0, padding: 0 },
	item: {
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr) auto",
		alignItems: "center",
		borderRadius: tokens.borderRadiusMedium,
		":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
	},
	open: {
		display: "grid",
		gridTemplateColumns: "auto minmax(0, 1fr) auto",
		alignItems: "center",
		gap: tokens.spacingHorizontalM,
		paddingBlock: tokens.spacingVerticalS,
		paddingInline: tokens.spacingHorizontalS,
		border: "none",
		background: "none",
		color: "inherit",
		font: "inherit",
		textAlign: "start",
		cursor: "pointer",
		borderRadius: tokens.borderRadiusMedium,
		":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
	},
	words: { minInlineSize: 0, display: "grid" },
	line: LINE,
	quiet: { color: tokens.colorNeutralForeground3 },
	/** Beside the lines of words. */
	aside: {
		display: "grid",
		gridTemplateRows: "20px 16px",
		justifyItems: "end",
		alignItems: "center",
		color: tokens.colorNeutralForeground3,
	},
	/** Nothing is here, and why. */
	none: {
		display: "grid",
		justifyItems: "center",
		textAlign: "center",
		textWrap: "balance",
		gap: tokens.spacingVerticalS,
		paddingBlock: tokens.spacingVerticalXXXL,
		color: tokens.colorNeutralForeground3,
	},
	noneIcon: { fontSize: "48px", color: tokens.colorBrandStroke2 },
	/** One person's: the head stays, what was said scrolls below it. */
	past: { flexGrow: 1, minBlockSize: 0, display: "flex", flexDirection: "column" },
	pastHead: {
		display: "grid",
		gap: tokens.spacingVerticalS,
		paddingBlock: tokens.spacingVerticalM,
		paddingInline: tokens.spacingHorizontalXXL,
		borderBlockEndWidth: "1px",
		borderBlockEndStyle: "solid",
		borderBlockEndColor: tokens.colorNeutralStroke2,
		"@media (max-width: 639px)": { paddingInline: tokens.spacingHorizontalS },
	},
	pastInner: {
		inlineSize: "100%",
		maxInlineSize: "760px",
		marginInline: "auto",
		display: "grid",
		gap: "8px",
		"& > div[role='alert']": FAILED,
	},
	scroll: {
		flexGrow: 1,
		minBlockSize: 0,
		overflowY: "auto",
		paddingBlock: tokens.spacingVerticalM,
		paddingInline: tokens.spacingHorizontalXXL,
		"@media (max-width: 639px)": { paddingInline: tokens.spacingHorizontalS },
		":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
	},
	day: {
		marginBlock: `${tokens.spacingVerticalL} ${tokens.spacingVerticalXS}`,
		fontSize: tokens.fontSizeBase200,
		fontWeight: tokens.fontWeightSemibold,
		color: tokens.colorNeutralForeground3,
	},
	said: {
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr) auto",
		alignItems: "start",
		columnGap: tokens.spacingHorizontalS,
		paddingBlock: tokens.spacingVerticalXS,
		paddingInline: tokens.spacingHorizontalS,
		borderRadius: tokens.borderRadiusMedium,
		":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
		":hover [data-hover]": { opacity: 1 },
		":focus-within [data-hover]": { opacity: 1 },
	},
	/** As wide as its words, so that those of another direction begin where all do. */
	saidBody: { minInlineSize: 0, display: "grid", justifyItems: "start" },
	who: {
		display: "flex",
		flexWrap: "wrap",
		columnGap: tokens.spacingHorizontalS,
		alignItems: "baseline",
		fontSize: tokens.fontSizeBase200,
		color: tokens.colorNeutralForeground3,
	},
	name: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground1, overflowWrap: "anywhere" },
	failed: { color: tokens.colorPaletteRedForeground1 },
	delete: {
		opacity: 0,
		transitionProperty: "opacity",
		transitionDuration: tokens.durationFast,
		"@media (hover: none)": { opacity: 1 },
	},
});
