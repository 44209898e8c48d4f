/** The look of all pages: Fluent's tokens over a brand of our own, a warm teal. The one place that knows a colour. */

import {
	type BrandVariants,
	createDarkTheme,
	createLightTheme,
	type Theme,
	teamsHighContrastTheme,
} from "@fluentui/react-components";

const BRAND: BrandVariants = {
	10: "#01110f",
	20: "#03211d",
	30: "#04332d",
	40: "#05423a",
	50: "#065148",
	60: "#076156",
	70: "#087165",
	80: "#0a8174",
	90: "#229182",
	100: "#3ca091",
	110: "#56afa1",
	120: "#71beb1",
	130: "#8dcdc2",
	140: "#a9dbd3",
	150: "#c6eae4",
	160: "#e3f6f3",
};

const SHAPE: Partial<Theme> = {
	borderRadiusMedium: "6px",
	borderRadiusLarge: "10px",
	borderRadiusXLarge: "14px",
	fontFamilyBase:
		"'Segoe UI Variable Text', 'Segoe UI', system-ui, -apple-system, Roboto, 'Noto Sans', 'Helvetica Neue', sans-serif",
};

const dark = createDarkTheme(BRAND);

export type ThemeName = "light" | "dark" | "highContrast";

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
	light: {
		...createLightTheme(BRAND),
		...SHAPE,
		// One step darker than the ramp's own choice: 4.5:1 on every background that it is put on.
		colorBrandForeground1: BRAND[70],
		colorBrandForegroundLink: BRAND[60],
		colorCompoundBrandForeground1: BRAND[70],
	},
	dark: {
		...dark,
		...SHAPE,
		colorBrandForeground1: BRAND[110],
		colorBrandForeground2: BRAND[120],
		// What is only drawn is as quiet as on white, and still seen.
		colorBrandStroke2: BRAND[70],
	},
	highContrast: {
		...teamsHighContrastTheme,
		...SHAPE,
		// A row holds words of several colours, which can't all turn with its background.
		colorNeutralBackground2Hover: "#262626",
		colorNeutralBackground2Selected: "#333333",
		// What stands for words that load isn't louder than words.
		colorNeutralStencil1: "#666666",
		colorNeutralStencil2: "#808080",
	},
};
