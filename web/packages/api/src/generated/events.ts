// Written by `npm run generate` from docs/api.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Somebody who added the person to a contact list, of whom the person has not taken notice. */
        Adder: {
            /** @description Who it is. */
            person: components["schemas"]["PersonRef"];
        };
        /**
         * @description How reachable somebody is.
         * @enum {string}
         */
        Availability: "available" | "availableIdle" | "busy" | "busyIdle" | "doNotDisturb" | "beRightBack" | "away" | "offline" | "unknown";
        /**
         * @description What the person has chosen to be seen as.
         * @enum {string}
         */
        Chosen: "automatic" | "available" | "busy" | "doNotDisturb" | "beRightBack" | "away" | "appearOffline";
        /** @description A contact. */
        Contact: {
            /** @description The name that the owner gave. */
            alias?: string | null;
            /** @description Whether nobody is behind it any more. */
            gone: boolean;
            /** @description The groups that it is in. */
            groups: string[];
            /** @description Whether the owner has marked it. */
            isFavourite: boolean;
            /** @description Who it is. */
            person: components["schemas"]["PersonRef"];
        };
        /** @description A conversation with one other person. */
        Conversation: {
            /** @description Its id. */
            id: string;
            lastMessage?: components["schemas"]["Message"] | null;
            reason?: components["schemas"]["Reason"] | null;
            /** @description When it began. */
            startedAt: string;
            /** @description How it stands. */
            state: components["schemas"]["ConversationState"];
            /**
             * Format: int32
             * @description Messages that the person has not seen.
             */
            unread: number;
            /** @description With whom it is. */
            with: components["schemas"]["PersonRef"];
        };
        /**
         * @description How a conversation stands.
         * @enum {string}
         */
        ConversationState: "ringing" | "invited" | "open" | "ended" | "failed";
        /**
         * @description How far a message has come.
         * @enum {string}
         */
        DeliveryState: "sending" | "sent" | "failed";
        /**
         * @description How close rows stand.
         * @enum {string}
         */
        Density: "comfortable" | "compact";
        /**
         * @description Which way a message goes.
         * @enum {string}
         */
        Direction: "in" | "out";
        /** @description A program of the person that is signed in. */
        Endpoint: {
            /** @description What it says of its use. */
            availability: components["schemas"]["Availability"];
            /** @description Its id. */
            id: string;
            /** @description Whether it is the browser that asks. */
            isThis: boolean;
            /** @description What kind it is. */
            kind: components["schemas"]["EndpointKind"];
            /** @description What it calls itself; of a browser what its session is called, which may be nothing. */
            label: string;
            /** @description When it signed in. */
            signedInAt: string;
        };
        /**
         * @description What kind of program an endpoint is.
         * @enum {string}
         */
        EndpointKind: "desktop" | "web" | "mobile";
        /** @description What has happened, to be told to a browser. Each event names the whole new value of what changed. */
        Event: {
            /**
             * Format: int32
             * @description At least every so many seconds the server says something: an event, or a sign of life.
             */
            beat?: number | null;
            /** @description Whether every event after the one named follows; if not, a snapshot does. */
            resumed: boolean;
            /** @description The stream whose events follow. */
            stream: string;
            /** @enum {string} */
            type: "hello";
        } | {
            /** @description Everything. */
            snapshot: components["schemas"]["Snapshot"];
            /** @enum {string} */
            type: "snapshot";
        } | {
            /** @description As they are seen. */
            me: components["schemas"]["Me"];
            /** @enum {string} */
            type: "me";
        } | {
            /** @description Those of whom something changed. */
            presence: components["schemas"]["Presence"][];
            /** @enum {string} */
            type: "presence";
        } | {
            /** @description Who. */
            person: string;
            /** @enum {string} */
            type: "presenceGone";
        } | {
            /** @description By level, the most trusted first, those for whom it is chosen. */
            levels: components["schemas"]["LevelMembers"][];
            /** @enum {string} */
            type: "levels";
        } | {
            /** @description All of them, in order. */
            groups: components["schemas"]["Group"][];
            /** @enum {string} */
            type: "groups";
        } | {
            /** @description The contact. */
            contact: components["schemas"]["Contact"];
            /** @enum {string} */
            type: "contactSet";
        } | {
            /** @description Whose it was. */
            person: string;
            /** @enum {string} */
            type: "contactGone";
        } | {
            /** @description Who. */
            adder: components["schemas"]["Adder"];
            /** @enum {string} */
            type: "adder";
        } | {
            /** @description Of whom. */
            person: string;
            /** @enum {string} */
            type: "adderGone";
        } | {
            /** @description All of them. */
            endpoints: components["schemas"]["Endpoint"][];
            /** @enum {string} */
            type: "endpoints";
        } | {
            /** @description The conversation. */
            conversation: components["schemas"]["Conversation"];
            /** @enum {string} */
            type: "conversation";
        } | {
            /** @description Its id. */
            conversation: string;
            /** @enum {string} */
            type: "conversationGone";
        } | {
            /** @description The message. */
            message: components["schemas"]["Message"];
            /** @enum {string} */
            type: "message";
        } | {
            /** @description With whom. */
            person: string;
            /** @enum {string} */
            type: "historyMore";
        } | {
            /** @description The snapshot's `historyMark` after it. */
            mark: string;
            /** @description The message. */
            message?: string | null;
            /** @description With whom it was said. */
            person?: string | null;
            /** @enum {string} */
            type: "historyGone";
        } | {
            /** @description In which conversation. */
            conversation: string;
            /** @description Who. */
            person: string;
            /** @enum {string} */
            type: "typing";
            /** @description Whether they type. */
            typing: boolean;
        } | {
            /** @description All that is set. */
            settings: components["schemas"]["Settings"];
            /** @enum {string} */
            type: "settings";
        } | {
            /**
             * @description Why: `replaced`, `disabled`, `unlicensed`, `company-disabled`, `password-changed`, `removed`, `renamed`,
             *     `too-many-endpoints`, `ended-by-you`, `session-over`, `restored`, `too-slow`.
             */
            reason: string;
            /** @enum {string} */
            type: "signedOut";
        };
        /** @description A contact group. */
        Group: {
            /** @description Its id. */
            id: string;
            /** @description Whether it is "Other Contacts", which can neither be renamed nor removed. */
            isFixed: boolean;
            /** @description Its name; `~` for the one that is fixed. */
            name: string;
            /**
             * Format: int32
             * @description Its place, from 0.
             */
            order: number;
        };
        /**
         * @description A level of access.
         * @enum {string}
         */
        Level: "personal" | "team" | "company" | "public" | "blocked";
        /** @description Those for whom one level of access is chosen. */
        LevelMembers: {
            /** @description The level. */
            level: components["schemas"]["Level"];
            /** @description Who is in it by name. */
            people: components["schemas"]["PersonRef"][];
        };
        /** @description How much there may be of what. */
        LimitsOfPerson: {
            /**
             * Format: int32
             * @description Minutes without use after which the person is seen away.
             */
            awayMinutes: number;
            /**
             * Format: int32
             * @description Contacts.
             */
            contacts: number;
            /**
             * Format: int32
             * @description Groups.
             */
            groups: number;
            /**
             * Format: int32
             * @description Minutes without use after which a client says that its tab is not used: then the person is seen inactive.
             */
            idleMinutes: number;
            /**
             * Format: int32
             * @description Octets of a message.
             */
            messageBytes: number;
            /**
             * Format: int32
             * @description Octets of a note.
             */
            note: number;
            /**
             * Format: int32
             * @description People who watch one person.
             */
            watchers: number;
        };
        /**
         * @description What the contact list is ordered in.
         * @enum {string}
         */
        ListView: "groups" | "availability" | "name" | "access";
        /** @description The person whose browser asks. */
        Me: {
            /** @description What they do, as a token. */
            activity?: string | null;
            /** @description Their address. */
            address: string;
            /** @description How reachable they are, as colleagues see it. */
            availability: components["schemas"]["Availability"];
            /** @description What they have chosen. */
            chosen: components["schemas"]["Chosen"];
            /** @description Until when they have. */
            chosenUntil?: string | null;
            /** @description Their name as it is shown. */
            displayName: string;
            /** @description Their id. */
            id: string;
            /** @description Where this browser says that they are; empty for nowhere. */
            location: string;
            /** @description Their note; empty for none. */
            note: string;
            /** @description Since when it has been so. */
            since?: string | null;
            /** @description Until when, as far as that is known: until the end of what is shown, which needn't be what was chosen. */
            until?: string | null;
            /**
             * Format: int32
             * @description By how many minutes this browser's clock is ahead of UTC, where it has said so.
             */
            utcOffsetMinutes?: number | null;
        };
        /** @description A message. */
        Message: {
            /** @description When it came to the server. */
            at: string;
            /** @description The id that the browser gave it. */
            clientId?: string | null;
            /** @description Its conversation; in the history the id of the other. */
            conversation: string;
            /** @description How far it has come. */
            delivery: components["schemas"]["DeliveryState"];
            /** @description Which way it goes. */
            direction: components["schemas"]["Direction"];
            /** @description Who wrote it. */
            from: string;
            /** @description Its words with their form, exactly as the other's program sent them: never to be shown unsanitised. */
            html?: string | null;
            /** @description Its id: the same live and in the history, and that of every message of a later moment is greater. */
            id: string;
            reason?: components["schemas"]["Reason"] | null;
            /** @description Its words with their form as RTF, likewise; a message has one form at most. */
            rtf?: string | null;
            /** @description Its words. */
            text: string;
        };
        /**
         * @description Whose words a note is in.
         * @enum {string}
         */
        NoteKind: "personal" | "outOfOffice";
        /** @description An event with its number in its stream. */
        Numbered: components["schemas"]["Event"] & {
            /**
             * Format: int64
             * @description Its number.
             */
            seq: number;
        };
        /** @description Somebody, by name. */
        PersonRef: {
            /** @description Their address. */
            address: string;
            /** @description Their name as it is shown. */
            displayName: string;
            /** @description Their id, or `sip:` and the address of somebody who is only an address. */
            id: string;
        };
        /** @description What is seen of somebody. */
        Presence: {
            /** @description What they do, as a token: `on-the-phone`, `in-a-meeting`, `urgent-interruptions-only`, …. */
            activity?: string | null;
            /** @description What they do, in words of their own. */
            activityText?: string | null;
            /** @description How reachable they are. */
            availability: components["schemas"]["Availability"];
            /** @description What they can be reached by: `im`. */
            capabilities: string[];
            device?: components["schemas"]["EndpointKind"] | null;
            /** @description Whether this server knows them at all. */
            known: boolean;
            /** @description When they were last active, while they are not. */
            lastActiveAt?: string | null;
            /** @description Where they say to be, in their words. */
            location?: string | null;
            /** @description Their note. */
            note?: string | null;
            noteKind?: components["schemas"]["NoteKind"] | null;
            /** @description Whether they are out of the office: their calendar or their note says so. */
            outOfOffice?: boolean;
            /** @description Who it is. */
            person: string;
            /** @description Since when it has been so. */
            since?: string | null;
            /** @description Until when it is so: by their choice, or by their calendar. */
            until?: string | null;
            /**
             * Format: int32
             * @description By how many minutes the clock where they are is ahead of UTC.
             */
            utcOffsetMinutes?: number | null;
        };
        /** @description What comes between the events of a stream and is none of them. */
        Pulse: {
            /**
             * Format: int64
             * @description Always 0, which is no event's number.
             */
            seq: number;
            /** @enum {string} */
            type: "beat";
        };
        /** @description Why something did not come about. */
        Reason: {
            /**
             * @description The code by which programs know it: `offline`, `do-not-disturb`, `declined`, `unsupported`, `blocked-content`,
             *     `no-answer`, `unavailable`, `left`, `cancelled`, `too-large`, `interrupted`.
             */
            code: string;
            /** @description What it means, in a sentence. */
            title: string;
        };
        /** @description What a browser says on its socket; anything else ends it. */
        Said: {
            /** @description Whether it is used. */
            active: boolean;
            /** @enum {string} */
            type: "activity";
        } | {
            /** @description Which. */
            conversation: string;
            /** @description Up to which message; all of it where none is named. */
            message?: string | null;
            /** @enum {string} */
            type: "seen";
        };
        /** @description What the person has set for all of their browsers. */
        Settings: {
            /**
             * @description How close rows stand.
             * @default comfortable
             */
            density: components["schemas"]["Density"];
            /**
             * @description Whether the Enter key sends.
             * @default true
             */
            enterSends: boolean;
            /**
             * @description The language, as a tag of BCP 47; empty for the browser's.
             * @default
             */
            language: string;
            /**
             * @description Whether there are desktop notifications.
             * @default true
             */
            notifications: boolean;
            /**
             * @description Whether contacts who are offline are shown.
             * @default true
             */
            showOffline: boolean;
            /**
             * @description Whether those show what was written.
             * @default true
             */
            showWordsInNotifications: boolean;
            /**
             * @description What contacts are sorted by.
             * @default name
             */
            sortBy: components["schemas"]["SortBy"];
            /**
             * @description Whether there are sounds.
             * @default true
             */
            sounds: boolean;
            /**
             * @description Light or dark.
             * @default system
             */
            theme: components["schemas"]["Theme"];
            /**
             * Format: int32
             * @description One more with every change, from 1 on. Who sets them names the version that was changed: 0, or none, for whichever is
             *     there.
             * @default 1
             */
            version: number;
            /**
             * @description What the contact list is ordered in.
             * @default groups
             */
            view: components["schemas"]["ListView"];
        };
        /** @description Everything that a client shows, at one moment. */
        Snapshot: {
            /** @description The contacts. */
            contacts: components["schemas"]["Contact"][];
            /** @description The conversations. */
            conversations: components["schemas"]["Conversation"][];
            /** @description The person's programs. */
            endpoints: components["schemas"]["Endpoint"][];
            /** @description The contact groups, in order. */
            groups: components["schemas"]["Group"][];
            /**
             * @description Another one after each deletion of what was said, whoever was told of it: what is shown from before another mark
             *     than this is asked for again. Empty before the first.
             */
            historyMark: string;
            /** @description Who added the person. */
            incoming: components["schemas"]["Adder"][];
            /** @description How much there may be of what. */
            limits: components["schemas"]["LimitsOfPerson"];
            /** @description The person. */
            me: components["schemas"]["Me"];
            /** @description What is seen of the contacts and of those one talks with. */
            presence: components["schemas"]["Presence"][];
            /**
             * Format: int64
             * @description The number of the last event that is in it.
             */
            seq: number;
            /** @description What the person has set. */
            settings: components["schemas"]["Settings"];
            /** @description The stream whose events follow. */
            stream: string;
        };
        /**
         * @description What contacts are sorted by.
         * @enum {string}
         */
        SortBy: "name" | "availability";
        /**
         * @description Light or dark.
         * @enum {string}
         */
        Theme: "system" | "light" | "dark" | "highContrast";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
