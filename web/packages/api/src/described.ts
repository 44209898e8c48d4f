/**
 * What the server's description says of a request: which paths there are, which methods each has, what goes in and what
 * comes back. Types alone; a request that isn't described, or is described in another way, doesn't compile.
 */

import type { paths } from "./generated/requests";
import type { Method } from "./transport";
import type { Read } from "./types";

type Below<P> = P extends `/api/v1${infer Rest}` ? Rest : never;
type At<P extends string> = `/api/v1${P}` extends keyof paths ? paths[`/api/v1${P}`] : never;
/** Whoever asks for the head alone asks as for the whole. */
type Verb<M extends Method> = M extends "HEAD" ? "get" : Lowercase<M>;

/** The operation behind a method and a path; never, where there is none. */
export type Operation<M extends Method, P extends string> =
	Verb<M> extends keyof At<P> ? NonNullable<At<P>[Verb<M>]> : never;

/** The paths below `/api/v1` that have a method, with `{…}` for what varies. */
export type PathOf<M extends Method> = {
	[P in Below<keyof paths>]: [Operation<M, P>] extends [never] ? never : P;
}[Below<keyof paths>];

type Values<O, Where extends "path" | "query"> = O extends { parameters: Record<Where, infer V> } ? V : undefined;
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? Read<B> : undefined;
type Part<Name extends string, V> = [V] extends [undefined] ? unknown : { readonly [N in Name]: V };

/** What a request takes beside its path: the values in it, its query, its body, each where it has one. */
export type Given<O> = Part<"path", Values<O, "path">> &
	([Values<O, "query">] extends [undefined] ? unknown : { readonly query: Loose<Values<O, "query">> }) &
	Part<"body", BodyOf<O>>;

/** What is undefined isn't asked for. */
type Loose<V> = { readonly [K in keyof V]: V[K] | (undefined extends V[K] ? undefined : never) };

/** What comes back when it was done. */
export type Answered<M extends Method, P extends string> = M extends "HEAD"
	? undefined
	: Operation<M, P> extends { responses: infer R }
		? {
				[S in keyof R & (200 | 201)]: R[S] extends { content: { "application/json": infer A } } ? Read<A> : never;
			}[keyof R & (200 | 201)] extends infer A
			? [A] extends [never]
				? undefined
				: A
			: never
		: never;
