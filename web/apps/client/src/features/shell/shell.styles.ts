import { makeStyles, tokens } from "@fluentui/react-components";
import { WIDE as ROOM } from "../../parts/narrow";

/** From here there is room for a list beside a conversation, and for the rail at the side. */
export const MEDIUM = "@media (min-width: 640px)";
export const WIDE = `@media ${ROOM}`;

export const useStyles = makeStyles({
	shell: {
		blockSize: "100%",
		display: "grid",
		gridTemplateColumns: "minmax(0, 1fr)",
		gridTemplateRows: "auto minmax(0, 1fr) auto",
		gridTemplateAreas: '"banner" "pane" "rail"',
		[MEDIUM]: {
			gridTemplateColumns: "52px minmax(240px, 320px) minmax(0, 1fr)",
			gridTemplateRows: "auto minmax(0, 1fr)",
			gridTemplateAreas: '"banner banner banner" "rail list main"',
		},
		[WIDE]: { gridTemplateColumns: "64px 360px minmax(0, 1fr)" },
	},
	banner: { gridArea: "banner" },
	list: {
		gridArea: "pane",
		minInlineSize: 0,
		display: "flex",
		flexDirection: "column",
		backgroundColor: tokens.colorNeutralBackground2,
		[MEDIUM]: {
			gridArea: "list",
			borderInlineEndWidth: "1px",
			borderInlineEndStyle: "solid",
			borderInlineEndColor: tokens.colorNeutralStroke2,
		},
	},
	main: {
		gridArea: "pane",
		minInlineSize: 0,
		minBlockSize: 0,
		display: "flex",
		flexDirection: "column",
		backgroundColor: tokens.colorNeutralBackground1,
		[MEDIUM]: { gridArea: "main" },
	},
	/** What is open in the main part, below the tabs. */
	panel: { flexGrow: 1, minBlockSize: 0, minInlineSize: 0, display: "flex", flexDirection: "column" },
	/** Settings and history take the whole room. */
	whole: { [MEDIUM]: { gridColumn: "list-start / main-end" } },
	onlyMedium: { display: "none", [MEDIUM]: { display: "flex" } },
	none: {
		flexGrow: 1,
		display: "grid",
		placeContent: "center",
		justifyItems: "center",
		textAlign: "center",
		textWrap: "balance",
		gap: tokens.spacingVerticalS,
		padding: tokens.spacingHorizontalXXL,
		color: tokens.colorNeutralForeground3,
		// Fluent's words begin at the start, whatever stands around them.
		"& h2, & span": { margin: 0, textAlign: "center" },
	},
	noneIcon: { fontSize: "56px", color: tokens.colorBrandStroke2 },
});
