/** One line of words in a list, cut where the room ends. */

import type { GriffelStyle } from "@fluentui/react-components";

/** As wide as it is, so that what runs the other way begins where all do, and ends where it is cut. */
export const LINE: GriffelStyle = {
	minInlineSize: 0,
	maxInlineSize: "100%",
	justifySelf: "start",
	overflow: "hidden",
	textOverflow: "ellipsis",
	whiteSpace: "nowrap",
};
