import type { FoundPerson } from "@rapport/api/types";
import { expect, it } from "vitest";
import { suggested } from "./suggest";

function found(id: string, department: string, title = ""): FoundPerson {
	const presence = { person: id, availability: "offline" as const, capabilities: [], known: true };
	return { id, address: `${id}@example.com`, displayName: id, title, department, isContact: false, presence };
}
const manager = { id: "maya", address: "maya@example.com", displayName: "Maya" };
const ids = (people: readonly FoundPerson[]) => people.map((one) => one.id).join(" ");

it("suggests one's manager and those of one's department, and nobody in whom its letters occur", () => {
	const people = [
		found("rita", "Sales"),
		found("ben", "IT"),
		found("ana", "IT"),
		found("maya", "Board"),
		found("ti", "it"),
	];
	expect(ids(suggested({ id: "ana", department: "IT", manager }, people))).toBe("maya ben");
	expect(ids(suggested({ id: "ana", department: "IT" }, people))).toBe("ben");
});

it("suggests nobody to whom the directory gives neither, however many have none", () => {
	const people = [found("rita", ""), found("ben", "")];
	expect(suggested({ id: "ana", department: "" }, people)).toEqual([]);
});

it("suggests each once, and not more than a few", () => {
	const many = Array.from({ length: 30 }, (_, at) => found(`p${at}`, "IT"));
	const people = [...many, found("maya", "IT"), found("maya", "IT")];
	const made = suggested({ id: "ana", department: "IT", manager }, people);
	expect(made).toHaveLength(8);
	expect(made.filter((one) => one.id === "maya")).toEqual([made[0]]);
});
