/**
 * The values of the web API, as the server describes them (docs/api).
 *
 * Every id is opaque, every time is RFC 3339 in UTC.
 */

export type Availability =
	| "available"
	| "availableIdle"
	| "busy"
	| "busyIdle"
	| "doNotDisturb"
	| "beRightBack"
	| "away"
	| "offline"
	| "outOfOffice"
	| "unknown";

export type ChosenState =
	| "automatic"
	| "available"
	| "busy"
	| "doNotDisturb"
	| "beRightBack"
	| "away"
	| "appearOffline";

export type AccessLevel = "personal" | "team" | "company" | "public" | "blocked";

export type DeviceKind = "desktop" | "web" | "mobile";

export interface Presence {
	readonly person: string;
	readonly availability: Availability;
	/** The token of what they are doing, such as `on-the-phone`. */
	readonly activity?: string;
	/** What they are doing in words of their own or their client's. */
	readonly activityText?: string;
	readonly note?: string;
	readonly noteKind?: "personal" | "outOfOffice";
	readonly since?: string;
	readonly lastActiveAt?: string;
	readonly device?: DeviceKind;
	readonly until?: string;
	readonly capabilities: readonly string[];
	/** Whether the server knows anything at all. */
	readonly known: boolean;
}

export interface PersonRef {
	readonly id: string;
	readonly address: string;
	readonly displayName: string;
}

export interface Phone {
	readonly kind: "work" | "mobile" | "home" | "other";
	readonly number: string;
	readonly display?: string;
}

export interface Person extends PersonRef {
	readonly givenName: string;
	readonly surname: string;
	readonly title: string;
	readonly department: string;
	readonly company: string;
	readonly office: string;
	readonly mail: string;
	readonly webPage: string;
	readonly phones: readonly Phone[];
	readonly manager?: PersonRef;
	readonly accessLevel: AccessLevel;
}

export interface FoundPerson extends PersonRef {
	readonly title: string;
	readonly department: string;
	readonly isContact: boolean;
	readonly presence: Presence;
}

export interface FoundPeople {
	readonly people: readonly FoundPerson[];
	readonly more: boolean;
}

export interface Me {
	readonly id: string;
	readonly address: string;
	readonly displayName: string;
	readonly availability: Availability;
	readonly activity?: string;
	readonly chosen: ChosenState;
	readonly chosenUntil?: string;
	readonly note: string;
	readonly since?: string;
}

export interface Group {
	readonly id: string;
	readonly name: string;
	/** Whether it is one that every contact list has, which can't be renamed or removed. */
	readonly isFixed: boolean;
	readonly order: number;
}

export interface Contact {
	readonly person: PersonRef;
	readonly alias?: string;
	readonly groups: readonly string[];
	readonly isFavourite: boolean;
	/** Whether the person has left the company. */
	readonly gone: boolean;
}

export interface Adder {
	readonly person: PersonRef;
}

export interface Endpoint {
	readonly id: string;
	readonly label: string;
	readonly kind: DeviceKind;
	readonly signedInAt?: string;
	readonly availability: Availability;
	readonly isThis: boolean;
}

export type Delivery = "sending" | "sent" | "failed";

export interface Reason {
	readonly code: string;
	readonly title: string;
}

export interface Message {
	readonly id: string;
	readonly conversation: string;
	/** The id of whoever wrote it. */
	readonly from: string;
	readonly at: string;
	readonly direction: "in" | "out";
	readonly text: string;
	readonly html?: string;
	readonly rtf?: string;
	readonly clientId?: string;
	readonly delivery: Delivery;
	readonly reason?: Reason;
}

export type ConversationState = "ringing" | "invited" | "open" | "ended" | "failed";

export interface Conversation {
	readonly id: string;
	readonly with: PersonRef;
	readonly state: ConversationState;
	readonly startedAt: string;
	readonly unread: number;
	readonly lastMessage?: Message;
	readonly reason?: Reason;
}

export type View = "groups" | "availability" | "name" | "access";

export interface Settings {
	readonly theme: "system" | "light" | "dark" | "highContrast";
	/** A language tag; empty for the browser's own. */
	readonly language: string;
	readonly density: "comfortable" | "compact";
	readonly view: View;
	readonly sounds: boolean;
	readonly notifications: boolean;
	readonly showWordsInNotifications: boolean;
	readonly enterSends: boolean;
	readonly showOffline: boolean;
	readonly sortBy: "name" | "availability";
}

export interface Limits {
	readonly contacts: number;
	readonly groups: number;
	readonly watchers: number;
	readonly messageBytes: number;
	readonly note: number;
}

export interface Snapshot {
	readonly stream: string;
	readonly seq: number;
	readonly me: Me;
	readonly groups: readonly Group[];
	readonly contacts: readonly Contact[];
	readonly presence: readonly Presence[];
	readonly incoming: readonly Adder[];
	readonly conversations: readonly Conversation[];
	readonly endpoints: readonly Endpoint[];
	readonly settings: Settings;
	readonly limits: Limits;
}

export interface Session {
	readonly csrf: string;
	readonly user: PersonRef & { readonly company: string };
	readonly expiresAt: string;
	readonly client: { readonly epid: string };
}

export interface WebSession {
	readonly id: string;
	readonly label: string;
	readonly address: string;
	readonly createdAt: string;
	readonly usedAt: string;
	readonly isThis: boolean;
}

export interface AppPassword {
	readonly id: string;
	readonly label: string;
	readonly createdAt: string;
	readonly usedAt?: string;
}

export interface IssuedAppPassword extends AppPassword {
	/** Shown once. */
	readonly password: string;
}

/** A part of what one shows of oneself. */
export type Sight = "name" | "availability" | "activity" | "note" | "contactCard" | "phones";

export interface AccessOf {
	readonly level: AccessLevel;
	readonly isExplicit: boolean;
	readonly preview: {
		readonly presence: Presence;
		readonly sees: readonly Sight[];
		readonly phones: readonly Phone[];
	};
}

export interface ExplicitAccess {
	/** One for each level, most trusted first. */
	readonly levels: readonly { readonly level: AccessLevel; readonly people: readonly PersonRef[] }[];
}

export interface HistoryConversation {
	readonly id: string;
	readonly with: PersonRef;
	readonly startedAt: string;
	readonly messages: number;
	readonly lastMessage?: Message;
}

export interface HistoryMessages {
	readonly messages: readonly (Message & { readonly with: PersonRef })[];
	readonly more: boolean;
}

export interface HistoryConversations {
	readonly conversations: readonly HistoryConversation[];
	readonly more: boolean;
}

/** Why a request was not done (`application/problem+json`). */
export interface ProblemBody {
	readonly type: string;
	readonly status: number;
	readonly code: string;
	readonly title: string;
	readonly field?: string;
	readonly limit?: number;
	readonly current?: number;
	readonly retryAfterSecs?: number;
}
