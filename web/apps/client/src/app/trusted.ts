/** The one place that vouches for text to the browser (Trusted Types): what is only parsed, and our own addresses. */

interface Policy {
	createHTML(text: string): unknown;
	createScriptURL(text: string): unknown;
}

interface Factory {
	createPolicy(
		name: string,
		rules: { createHTML: (text: string) => string; createScriptURL: (text: string) => string },
	): Policy;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy("rapport", {
	// Of a document that no page shows: the parser of `DOMParser` runs no script and loads nothing.
	createHTML: (text) => text,
	createScriptURL: (text) => {
		if (text !== "/im/sw.js") throw new TypeError("not a script of ours");
		return text;
	},
});

export const trusted = {
	/** Parses HTML into a document of its own, which stays without effect. */
	parse: (html: string): Document =>
		new DOMParser().parseFromString((policy ? policy.createHTML(html) : html) as string, "text/html"),
	url: (text: string): string => (policy ? policy.createScriptURL(text) : text) as string,
};
