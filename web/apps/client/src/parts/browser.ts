/** How this browser is called in the list of sessions. */
export function browserName(): string {
	const agent = navigator.userAgent;
	const browsers: readonly [RegExp, string][] = [
		[/Edg\//, "Edge"],
		[/OPR\//, "Opera"],
		[/Firefox\//, "Firefox"],
		[/Chrome\//, "Chrome"],
		[/Safari\//, "Safari"],
	];
	const systems: readonly [RegExp, string][] = [
		[/Windows/, "Windows"],
		[/Android/, "Android"],
		[/iPhone|iPad/, "iOS"],
		[/Mac OS/, "macOS"],
		[/Linux/, "Linux"],
	];
	const named = (names: readonly [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
	return [named(browsers) ?? "Browser", named(systems)].filter(Boolean).join(" · ");
}
