/** Whom one works with, by the directory: one's manager, and those of one's own department. Pure. */

import type { FoundPerson, Person } from "@rapport/api/types";

/** How many are suggested. */
const MOST = 8;

/**
 * Of those who were found, who is meant: a search finds a department's letters in any name and any title as well.
 *
 * @returns the manager first.
 */
export function suggested(
	own: Pick<Person, "id" | "department" | "manager">,
	found: readonly FoundPerson[],
): readonly FoundPerson[] {
	const isManager = ({ id }: FoundPerson) => id === own.manager?.id;
	const isColleague = ({ department }: FoundPerson) => own.department !== "" && department === own.department;
	const people = new Map(found.map((one) => [one.id, one]));
	people.delete(own.id);
	const meant = [...people.values()].filter((one) => isManager(one) || isColleague(one));
	return meant.sort((a, b) => Number(isManager(b)) - Number(isManager(a))).slice(0, MOST);
}
