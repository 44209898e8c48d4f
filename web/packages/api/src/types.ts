/**
 * The values of the web API under the names that the pages use, made of the types that are generated from the server's
 * description. Every id is opaque, every time is RFC 3339 in UTC.
 */

import type { components } from "./generated/requests";

type Schemas = components["schemas"];

/** A value that came in: nobody changes it, and what isn't there is missing, never null. */
export type Read<T> = T extends readonly (infer Item)[]
	? readonly Read<Item>[]
	: T extends object
		? { readonly [Key in keyof T]: Read<Exclude<T[Key], null>> }
		: T;

export type Availability = Schemas["Availability"];
export type ChosenState = Schemas["Chosen"];
export type AccessLevel = Schemas["Level"];
export type DeviceKind = Schemas["EndpointKind"];
export type Delivery = Schemas["DeliveryState"];
export type ConversationState = Schemas["ConversationState"];
export type View = Schemas["ListView"];

export type Presence = Read<Schemas["Presence"]>;
export type PersonRef = Read<Schemas["PersonRef"]>;
export type Phone = Read<Schemas["PhoneNumber"]>;
export type Person = Read<Schemas["Person"]>;
export type Me = Read<Schemas["Me"]>;
export type Group = Read<Schemas["Group"]>;
export type Contact = Read<Schemas["Contact"]>;
export type Adder = Read<Schemas["Adder"]>;
export type Endpoint = Read<Schemas["Endpoint"]>;
export type Reason = Read<Schemas["Reason"]>;
export type Message = Read<Schemas["Message"]>;
export type Conversation = Read<Schemas["Conversation"]>;
export type Settings = Read<Schemas["Settings"]>;
export type Limits = Read<Schemas["LimitsOfPerson"]>;
export type Snapshot = Read<Schemas["Snapshot"]>;
export type Session = Read<Schemas["Session"]>;
export type WebSession = Read<Schemas["OwnSession"]>;
export type AppPassword = Read<Schemas["OwnAppPassword"]>;
/** The password is shown once. */
export type IssuedAppPassword = Read<Schemas["OwnIssuedAppPassword"]>;
export type AccessOf = Read<Schemas["Access"]>;
export type ExplicitAccess = Read<Schemas["AccessList"]>;

export type FoundPerson = Read<Schemas["FoundPerson"]>;
export type FoundPeople = Read<Schemas["FoundPeople"]>;

/** A message as history has it. */
export type KeptMessage = Read<Schemas["HistoryMessage"]>;
export type HistoryConversation = Read<Schemas["HistoryConversation"]>;
export type HistoryMessages = Read<Schemas["HistoryMessages"]>;
export type HistoryConversations = Read<Schemas["HistoryConversations"]>;

/** Why a request was not done (`application/problem+json`). */
export type ProblemBody = Read<Schemas["Problem"]>;

/** Every code of a problem that the server's description has. */
export type ProblemCode = Schemas["ProblemCode"];
