/**
 * The client's icons as PNG, for systems that install nothing with an SVG: drawn from `icon.svg` itself, whose shapes are
 * few (rectangle, path of lines and arcs, circle), and written with nothing but zlib.
 *
 * Source: SVG 2 §9.3 and appendix B.2.4 (arcs), PNG (third edition) §5 and §9.
 */

import { crc32, deflateSync } from "node:zlib";

type Point = readonly [x: number, y: number];

interface Shape {
	readonly colour: readonly [number, number, number];
	readonly contains: (x: number, y: number) => boolean;
}

interface Picture {
	/** The side of the square that it is drawn in. */
	readonly side: number;
	readonly shapes: readonly Shape[];
}

/** How many points of each pixel are looked at, in each direction. */
const SAMPLES = 4;

/** Straight pieces of an arc. */
const PIECES = 24;

export interface Icon {
	readonly size: number;
	/** Without corners and with room around it, for systems that cut it to a shape of their own. */
	readonly isMaskable?: boolean;
}

export function png(svg: string, { size, isMaskable = false }: Icon): Buffer {
	const picture = read(svg);
	const pixels = Buffer.alloc(size * (size * 4 + 1));
	const [ground] = picture.shapes;
	for (let y = 0; y < size; y++) {
		for (let x = 0; x < size; x++) {
			const sum = [0, 0, 0, 0];
			for (let n = 0; n < SAMPLES * SAMPLES; n++) {
				const across = (x + ((n % SAMPLES) + 0.5) / SAMPLES) / size;
				const down = (y + (Math.floor(n / SAMPLES) + 0.5) / SAMPLES) / size;
				const colour = isMaskable
					? (colourAt(picture, (across - 0.5) / 0.72 + 0.5, (down - 0.5) / 0.72 + 0.5) ?? ground?.colour)
					: colourAt(picture, across, down);
				if (!colour) continue;
				for (const part of [0, 1, 2] as const) sum[part] = (sum[part] ?? 0) + colour[part];
				sum[3] = (sum[3] ?? 0) + 1;
			}
			const covered = sum[3] ?? 0;
			const at = y * (size * 4 + 1) + 1 + x * 4;
			for (const part of [0, 1, 2]) pixels[at + part] = covered === 0 ? 0 : Math.round((sum[part] ?? 0) / covered);
			pixels[at + 3] = Math.round((covered / SAMPLES ** 2) * 255);
		}
	}
	return encoded(size, pixels);
}

function colourAt({ side, shapes }: Picture, across: number, down: number): Shape["colour"] | undefined {
	return shapes.findLast((shape) => shape.contains(across * side, down * side))?.colour;
}

/** Rows of RGBA, each after the number of its filter. */
function encoded(size: number, pixels: Buffer): Buffer {
	const head = Buffer.alloc(13);
	head.writeUInt32BE(size, 0);
	head.writeUInt32BE(size, 4);
	head.set([8, 6], 8);
	const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	const data = deflateSync(pixels, { level: 9 });
	return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
	const framed = Buffer.alloc(body.length + 8);
	framed.writeUInt32BE(data.length, 0);
	body.copy(framed, 4);
	framed.writeUInt32BE(crc32(body), body.length + 4);
	return framed;
}

function read(svg: string): Picture {
	const side = Number(/viewBox="0 0 (\d+) \d+"/.exec(svg)?.[1]);
	const shapes: Shape[] = [];
	for (const [, name = "", words = ""] of svg.matchAll(/<(rect|path|circle)([^>]*)\/>/g)) {
		const get = (key: string) => new RegExp(` ${key}="([^"]*)"`).exec(words)?.[1] ?? "";
		const number = (key: string) => Number(get(key));
		const drawn: Readonly<Record<string, () => Shape["contains"]>> = {
			rect: () => rounded(number("width"), number("height"), number("rx")),
			circle: () => {
				const [cx, cy, r] = [number("cx"), number("cy"), number("r")];
				return (x: number, y: number) => Math.hypot(x - cx, y - cy) <= r;
			},
			path: () => polygon(flattened(get("d"))),
		};
		const contains = drawn[name]?.();
		if (!contains || !side) throw new Error(`icon.svg: not understood: ${name}`);
		shapes.push({ colour: colour(get("fill")), contains });
	}
	return { side, shapes };
}

function colour(text: string): Shape["colour"] {
	const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(text)?.[1];
	if (digits === undefined) throw new Error(`icon.svg: not a colour: ${text}`);
	const whole = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
	const value = Number.parseInt(whole, 16);
	return [value >> 16, (value >> 8) & 255, value & 255];
}

function rounded(width: number, height: number, radius: number): Shape["contains"] {
	return (x, y) => {
		const dx = Math.max(radius - x, x - (width - radius), 0);
		const dy = Math.max(radius - y, y - (height - radius), 0);
		return x >= 0 && y >= 0 && x <= width && y <= height && Math.hypot(dx, dy) <= radius;
	};
}

/** By the number of edges to one side of a point. */
function polygon(points: readonly Point[]): Shape["contains"] {
	const xs = points.map(([x]) => x);
	const ys = points.map(([, y]) => y);
	const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
	return (x, y) => {
		if (x < left || x > right || y < top || y > bottom) return false;
		let isInside = false;
		for (let n = 0, m = xs.length - 1; n < xs.length; m = n++) {
			const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [xs[n], ys[n], xs[m], ys[m]];
			if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) isInside = !isInside;
		}
		return isInside;
	};
}

/** The corners of a path of one figure, its arcs as many straight pieces. */
function flattened(path: string): readonly Point[] {
	const points: Point[] = [];
	let [x, y] = [0, 0];
	for (const [, letter = "", rest = ""] of path.matchAll(/([a-z])([^a-z]*)/gi)) {
		const numbers = [...rest.matchAll(/-?(?:\d+\.?\d*|\.\d+)/g)].map(Number);
		const [bx, by] = letter === letter.toLowerCase() ? [x, y] : [0, 0];
		const [a = 0, b = 0] = numbers;
		const name = letter.toLowerCase();
		const from: Point = [x, y];
		if (name === "m" || name === "l") [x, y] = [bx + a, by + b];
		else if (name === "h") x = bx + a;
		else if (name === "v") y = by + a;
		else if (name === "a") {
			const [radius = 0, , , large = 0, sweep = 0, tx = 0, ty = 0] = numbers;
			[x, y] = [bx + tx, by + ty];
			points.push(...arc(from, [x, y], radius, large === 1, sweep === 1));
		} else if (name !== "z") throw new Error(`icon.svg: not understood: ${letter}`);
		if (name !== "z") points.push([x, y]);
	}
	return points;
}

/** Points of an arc of a circle between its ends. */
function arc([x1, y1]: Point, [x2, y2]: Point, radius: number, isLarge: boolean, isSweep: boolean): Point[] {
	const half = Math.hypot(x2 - x1, y2 - y1) / 2;
	const r = Math.max(radius, half);
	const height = Math.sqrt(r * r - half * half) * (isLarge === isSweep ? -1 : 1);
	const cx = (x1 + x2) / 2 + (height * (y1 - y2)) / (2 * half);
	const cy = (y1 + y2) / 2 + (height * (x2 - x1)) / (2 * half);
	const start = Math.atan2(y1 - cy, x1 - cx);
	let turn = Math.atan2(y2 - cy, x2 - cx) - start;
	if (isSweep && turn < 0) turn += 2 * Math.PI;
	if (!isSweep && turn > 0) turn -= 2 * Math.PI;
	return Array.from({ length: PIECES - 1 }, (_, n) => {
		const angle = start + (turn * (n + 1)) / PIECES;
		return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)] as const;
	});
}
