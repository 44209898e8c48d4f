/**
 * Room for a finger: 44 pixels, where Fluent's largest controls have 40. The one place that tells Fluent's parts their size,
 * and what shows on a phone that there is more of them.
 */

import { makeStaticStyles } from "@fluentui/react-components";

export const useTouchStyles = makeStaticStyles(`
@media (pointer: coarse) {
	button.fui-Button, a.fui-Button { min-block-size: 44px; min-inline-size: 44px; max-inline-size: none; }
	div.fui-MenuItem, div.fui-MenuItemRadio, div.fui-MenuItemCheckbox { min-block-size: 44px; align-items: center; }
	.fui-MenuItem__secondaryContent { display: none; }
	button.fui-Tab { min-block-size: 44px; }
	span.fui-Input, span.fui-SearchBox, span.fui-Select, select.fui-Select__select { min-block-size: 44px; }
	span.fui-Radio, div.fui-Switch { min-block-size: 44px; align-items: center; }
}
/* Where a menu goes on below its edge, and no scroll bar tells, a shade does; what lies over it goes with the last line. */
div.fui-MenuPopover {
	background-image:
		linear-gradient(transparent, var(--colorNeutralBackground1) 50%),
		radial-gradient(farthest-side at bottom, var(--colorNeutralStroke1), transparent);
	background-position: bottom;
	background-size: 100% 32px, 100% 16px;
	background-repeat: no-repeat;
	background-attachment: local, scroll;
}
div.fui-MenuItem, div.fui-MenuItemRadio, div.fui-MenuItemCheckbox { background-color: transparent; }
/* What comes up where a pointer rests stays where a finger was, over what is touched next. */
@media (hover: none) {
	div.fui-Tooltip__content { display: none; }
}`);
