/** Whether a page fits its screen: nothing is cut off that can't be scrolled to or read in another way. */

import type { Page } from "playwright-core";

/** Runs in the page. */
const LOOK = `(() => {
	const found = [];
	const MOST = 8;
	const CONTROLS = "button, a[href], input, select, [role=textbox], [role=button], [role=treeitem], [role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=tab]";
	const wide = document.documentElement.scrollWidth - innerWidth;
	if (wide > 0) found.push("it is " + wide + " pixels wider than the screen");
	const name = (element) => (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 40) + " <" + element.tagName.toLowerCase() + ">";
	const scrolls = (element, side) => {
		for (let at = element.parentElement; at; at = at.parentElement) {
			const style = getComputedStyle(at);
			const overflow = side === "block" ? style.overflowY : style.overflowX;
			// Whatever scrolls downwards would scroll sideways, if there were anything to scroll to: before its beginning there isn't.
			const isWide = side === "block" || at.scrollWidth > at.clientWidth;
			if ((overflow === "auto" || overflow === "scroll") && isWide) return true;
		}
		return false;
	};
	for (const element of document.querySelectorAll("main *, [data-pane] *, [role=dialog] *, [role=menu] *")) {
		const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
		if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || width <= 2 || height <= 2) continue;
		// What only a screen reader sees, and the cross of an empty search, are clipped on purpose.
		if (element.closest(".fui-SearchBox__dismiss, [data-unseen]")) continue;
		const style = getComputedStyle(element);
		if (style.clipPath !== "none") continue;
		if ((right > innerWidth + 1 || left < -1) && !scrolls(element, "inline")) found.push("it is cut off at a side: " + name(element));
		const isWide = (style.overflowX === "auto" || style.overflowX === "scroll") && element.scrollWidth > element.clientWidth + 1;
		// Tabs that have no room are scrolled to.
		if (isWide && !element.matches("[role=tablist]")) found.push("it scrolls sideways: " + name(element));
		const isLeaf = element.childElementCount === 0 && element.textContent.trim() !== "";
		const isControl = element.matches("button, input, select, [role=textbox], a");
		if ((isLeaf || isControl) && (bottom > innerHeight + 1 || top < -1) && !scrolls(element, "block")) {
			found.push("it is out of reach: " + name(element));
		}
		const isPart = element.matches("form, section, header, li, [role=dialog], [role=group], [role=treeitem], [role=listitem], .fui-Field");
		// The content of a dialog sticks out by the ring that it may have.
		if (isPart && element.scrollWidth > element.clientWidth + (element.querySelector(".fui-DialogContent") ? 2 : 1)) found.push("something sticks out of it: " + name(element));
		if (isLeaf && style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1) {
			const isTold = style.textOverflow === "ellipsis" && element.closest("[title], [aria-label]");
			if (!isTold) found.push("its words are cut and told nowhere: " + name(element));
		}
	}
	// Words that run under what is pressed are read by nobody.
	const covers = (control, rect) => {
		const { left, right, top, bottom } = control.getBoundingClientRect();
		return Math.min(right, rect.right) - Math.max(left, rect.left) > 2 && Math.min(bottom, rect.bottom) - Math.max(top, rect.top) > 2;
	};
	for (const dialog of document.querySelectorAll("[role=dialog]")) {
		const over = [...dialog.querySelectorAll("button")].filter((one) => getComputedStyle(one).position === "absolute");
		const words = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
		while (over.length > 0 && words.nextNode()) {
			const range = document.createRange();
			range.selectNodeContents(words.currentNode);
			const rects = [...range.getClientRects()];
			for (const control of over) {
				if (!control.contains(words.currentNode) && rects.some((rect) => covers(control, rect))) found.push("words run under it: " + name(control) + ": " + words.currentNode.textContent.slice(0, 40));
			}
		}
	}
	const isTouched = matchMedia("(pointer: coarse)").matches;
	for (const control of isTouched ? document.querySelectorAll(CONTROLS) : []) {
		if (!control.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || control.closest("[aria-hidden=true], [data-unseen]")) continue;
		// A link within a sentence is as high as the sentence; what is off the screen is looked at where it is on it.
		if (control.matches("p a, [data-line] a, [aria-disabled=true], :disabled")) continue;
		const { left, right, top, bottom, width, height } = (control.closest(".fui-Input, .fui-SearchBox, .fui-Select, .fui-Radio, .fui-Switch") ?? control).getBoundingClientRect();
		if (width === 0 || top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) continue;
		const x = (left + right) / 2, y = (top + bottom) / 2;
		const isHit = (x, y) => {
			const there = document.elementFromPoint(x, y);
			// At the edge of the screen, or under what lies over the page, there is nothing to miss.
			return there === null || control.contains(there) || there.closest("label")?.control === control;
		};
		if (!control.contains(document.elementFromPoint(x, y)) && document.elementFromPoint(x, y)?.closest("label")?.control !== control) continue;
		const wide = width >= 44 || (isHit(x - 21, y) && isHit(x + 21, y));
		const high = height >= 44 || (isHit(x, y - 21) && isHit(x, y + 21));
		if (!wide || !high) found.push("a finger misses it (" + Math.round(width) + " by " + Math.round(height) + "): " + name(control));
	}
	return [...new Set(found)].slice(0, MOST);
})()`;

export function fits(page: Page): Promise<readonly string[]> {
	return page.evaluate(LOOK) as Promise<readonly string[]>;
}
