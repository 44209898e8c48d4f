// Written by `npm run generate` from docs/api.
export interface paths {
    "/api/v1/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists those for whom the person has chosen a level. */
        get: operations["listAccess"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/adders/{person}/allow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes notice of somebody, and lets them see what their level of access shows. */
        post: operations["allowAdder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/adders/{person}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes notice of somebody, and blocks them. */
        post: operations["blockAdder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/adders/{person}/ignore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes notice of somebody, and changes nothing else. */
        post: operations["ignoreAdder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/app-passwords": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the person's app passwords. */
        get: operations["listOwnAppPasswords"];
        put?: never;
        /** Issues an app password. The answer has it, this once. */
        post: operations["addOwnAppPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/app-passwords/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes an app password, and ends the sessions of the programs that it signed in; all others go on. */
        delete: operations["removeOwnAppPassword"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Adds a contact, or changes one. */
        put: operations["setContact"];
        post?: never;
        /** Removes a contact. */
        delete: operations["removeContact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{person}/favourite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Marks a contact, or takes the mark away. */
        put: operations["markContact"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Returns the conversation with somebody, a new one unless there is one. Nothing is sent before the first message. */
        post: operations["beginConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Leaves a conversation. */
        delete: operations["leaveConversation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Declines what rings, in all of the person's programs. */
        post: operations["declineConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns the messages of a conversation that are known without the history, the earliest first: those since the person
         *     was last away for longer than a minute, the last hundred at most.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Sends a message. One that was sent under the same id of the browser's is returned as it stands; one that failed is tried
         *     again.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers what rings. */
        post: operations["openConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/typing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tells the other that the person types, or has stopped. */
        post: operations["setTyping"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the person's programs that are signed in. */
        get: operations["listEndpoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs one of them out. */
        delete: operations["signOutEndpoint"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Becomes a WebSocket of the subprotocol `rapport.v1`, on which events are told: every one after `after` when it is still
         *     known in that stream, otherwise a snapshot and what follows.
         */
        get: operations["openEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a ticket for a socket. */
        post: operations["getTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds a group. One of that name that is there already is returned. */
        post: operations["addGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a group; its contacts stay. */
        delete: operations["removeGroup"];
        options?: never;
        head?: never;
        /** Gives a group another name. */
        patch: operations["setGroup"];
        trace?: never;
    };
    "/api/v1/groups/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Puts the groups in order. */
        put: operations["orderGroups"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns a part of what the person said and was told: with one other (`with`), what is found by words (`q`), or both;
         *     where neither is given, those with whom there is a history.
         * @description A search looks at 20,000 messages at most; where `more` is true, `next` is the `before` by which it goes on, also when
         *     nothing was found so far.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        /**
         * Deletes what was said with one other, or all of it where nobody is named, from the person's own history and for good.
         *     What the others have is theirs.
         */
        delete: operations["deleteHistory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a message from the person's own history, for good. */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns all of the history, the newest message first, a line of JSON each. */
        get: operations["exportHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets the note, or takes it away. */
        put: operations["setNote"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/place": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says where the person is with this browser, for as long as it is signed in: it is seen while they use it most. */
        put: operations["setPlace"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Chooses what to be seen as. */
        put: operations["setStatus"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Changes the password. Every session ends, in programs too; this one goes on under a new id and a new token, with the
         *     conversations that stood in it.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds people of the company by any part of name, address, phone, title or department, as it is typed: contacts first,
         *     then names that begin so. Nothing typed finds nobody.
         */
        get: operations["findPeople"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns somebody's contact card, as far as the person may see it. */
        get: operations["getPerson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person}/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what somebody may see of the person. */
        get: operations["getAccess"];
        /** Chooses what somebody may see of the person. */
        put: operations["setAccess"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what is seen of somebody now. */
        get: operations["getPresence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells who is signed in. */
        get: operations["getSession"];
        put?: never;
        /** Signs in. The answer sets the cookie by which the session is known. */
        post: operations["signIn"];
        /** Signs out: the session ends, with its endpoint. */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the person's sign-ins in browsers. */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /** Ends all of them but the one that asks. */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one of them, with its endpoint. */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what the person has set. */
        get: operations["getSettings"];
        /**
         * Sets all of it, if `version` is that of what is set now; a version that has been replaced is refused with the current one.
         *     Without a version whatever is set is replaced.
         */
        put: operations["setSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns everything as it is now. */
        get: operations["getSnapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What somebody may see of the person, and so sees. */
        Access: {
            /** @description Whether the person has chosen it for them. */
            isExplicit: boolean;
            /** @description The level. */
            level: components["schemas"]["Level"];
            /** @description "They see you like this." */
            preview: components["schemas"]["Preview"];
        };
        /** @description A level of access. */
        AccessChange: {
            /** @description Which. */
            level: components["schemas"]["Level"];
        };
        /** @description Those for whom the person has chosen a level. */
        AccessList: {
            /** @description By level, the most trusted first. */
            levels: components["schemas"]["LevelMembers"][];
        };
        /** @description Somebody who added the person to a contact list, of whom the person has not taken notice. */
        Adder: {
            /** @description Who it is. */
            person: components["schemas"]["PersonRef"];
        };
        /** @description What somebody who added the person may see. */
        Allowance: {
            level?: components["schemas"]["Level"] | null;
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
        /** @description A contact as it shall be; what isn't given stays as it is. */
        ContactSet: {
            /** @description A name of the owner's own, of at most 256 octets and without control characters; empty for none. */
            alias?: string | null;
            /** @description The groups that it is in; in none it is in the one that is fixed. */
            groups?: string[] | null;
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
        /** @description The person's programs that are signed in. */
        EndpointList: {
            /** @description The earliest first. */
            endpoints: components["schemas"]["Endpoint"][];
        };
        /** @description Who was found. */
        FoundPeople: {
            /** @description Whether there are more. */
            more: boolean;
            /** @description The people, the likeliest first. */
            people: components["schemas"]["FoundPerson"][];
        };
        /** @description Somebody who was found. */
        FoundPerson: {
            /** @description Their address. */
            address: string;
            /** @description Their department. */
            department: string;
            /** @description Their name as it is shown. */
            displayName: string;
            /** @description The person's id. */
            id: string;
            /** @description Whether they are a contact. */
            isContact: boolean;
            /** @description What is seen of them now. */
            presence: components["schemas"]["Presence"];
            /** @description Their job title; empty where it is not known or not shown, as is the department. */
            title: string;
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
        /** @description What of a group is to be different. */
        GroupChange: {
            /** @description Its name, of at most 256 octets and without control characters. */
            name?: string | null;
        };
        /** @description The groups of the contact list. */
        GroupList: {
            /** @description In order. */
            groups: components["schemas"]["Group"][];
        };
        /** @description The groups in order. */
        GroupOrder: {
            /** @description Their ids; those that are missing follow. */
            ids: string[];
        };
        /** @description Somebody with whom there is a history. */
        HistoryConversation: {
            /** @description The id of the other. */
            id: string;
            /** @description The last of them. */
            lastMessage: components["schemas"]["Message"];
            /**
             * Format: int64
             * @description How many messages there are.
             */
            messages: number;
            /** @description When the first message was said. */
            startedAt: string;
            /** @description The other. */
            with: components["schemas"]["PersonRef"];
        };
        /** @description Those with whom there is a history. */
        HistoryConversations: {
            /** @description Who was talked to last is first. */
            conversations: components["schemas"]["HistoryConversation"][];
            /** @description Whether there are more. */
            more: boolean;
            /** @description Before which message those were talked to last, if so. */
            next?: string | null;
        };
        /** @description A message of the history. */
        HistoryMessage: components["schemas"]["Message"] & {
            /** @description With whom it was exchanged. */
            with: components["schemas"]["PersonRef"];
        };
        /** @description Messages of the history. */
        HistoryMessages: {
            /** @description The messages, the oldest first. */
            messages: components["schemas"]["HistoryMessage"][];
            /** @description Whether there may be earlier ones. */
            more: boolean;
            /** @description Before which message those are, if so. */
            next?: string | null;
        };
        /** @description A part of the history: messages where `with` or `q` is given, otherwise those with whom there is one. */
        HistoryPart: components["schemas"]["HistoryMessages"] | components["schemas"]["HistoryConversations"];
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
        /** @description Whether a contact is marked. */
        Mark: {
            /** @description Whether it is. */
            isFavourite: boolean;
        };
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
        /** @description Messages of a conversation. */
        MessageList: {
            /** @description The earliest first. */
            messages: components["schemas"]["Message"][];
        };
        /** @description An app password to be issued. */
        NewAppPassword: {
            /** @description What it is for, such as the device; at most 100 octets without control characters. */
            label: string;
        };
        /** @description With whom to talk. */
        NewConversation: {
            /** @description Their id or address. */
            person: string;
        };
        /** @description A group to be added. */
        NewGroup: {
            /** @description Its name, of at most 256 octets and without control characters. */
            name: string;
        };
        /** @description A message to be sent. */
        NewMessage: {
            /** @description What the browser knows it by, in at most 64 octets: the same again is the same message. */
            clientId: string;
            /** @description Its words with their form, as HTML. */
            html?: string | null;
            /** @description Its words; with their form at most 16384 octets. */
            text: string;
        };
        /** @description Who wants to sign in. */
        NewSession: {
            /** @description The person's address. */
            address: string;
            /**
             * @description What the person will know this session by, such as the browser's name; at most 100 octets without
             *     control characters.
             */
            label?: string;
            /** @description The account's password. */
            password: string;
        };
        /** @description A note. */
        NoteChange: {
            /** @description Its words, of at most 500 octets and without control characters; none takes it away. */
            text: string;
            /**
             * Format: date-time
             * @description Until when it stands, at most seven days from now.
             */
            until?: string | null;
        };
        /**
         * @description Whose words a note is in.
         * @enum {string}
         */
        NoteKind: "personal" | "outOfOffice";
        /** @description An app password as it can be looked up: without the password. */
        OwnAppPassword: {
            /** @description When it was issued. */
            createdAt: string;
            /** @description Its id. */
            id: string;
            /** @description What it is for. */
            label: string;
        };
        /** @description The person's app passwords. */
        OwnAppPasswords: {
            /** @description The earliest first. */
            appPasswords: components["schemas"]["OwnAppPassword"][];
        };
        /** @description An app password that was issued; it can't be read again. */
        OwnIssuedAppPassword: {
            /** @description When it was issued. */
            createdAt: string;
            /** @description Its id. */
            id: string;
            /** @description What it is for. */
            label: string;
            /** @description The password. */
            password: string;
        };
        /** @description A sign-in in a browser. */
        OwnSession: {
            /** @description From where it was begun. */
            address: string;
            /** @description When it was begun. */
            createdAt: string;
            /** @description Its id; nobody is known by it. */
            id: string;
            /** @description Whether it is the one that asks. */
            isThis: boolean;
            /** @description What the person knows it by. */
            label: string;
            /** @description When it was last used, to within some minutes. */
            usedAt: string;
        };
        /** @description The person's sign-ins in browsers. */
        OwnSessions: {
            /** @description The earliest first. */
            sessions: components["schemas"]["OwnSession"][];
        };
        /** @description A change of the password. */
        PasswordChange: {
            /** @description The one that there is. */
            current: string;
            /** @description The one that shall be; a common one, or one that is made from a name, is refused, whatever its length. */
            new: string;
        };
        /**
         * @description Why a password is not taken.
         * @enum {string}
         */
        PasswordFault: "too-short" | "too-long" | "common" | "name" | "same";
        /** @description A contact card, as far as its reader may see it. */
        Person: {
            /** @description What this person may see of the reader. */
            accessLevel: components["schemas"]["Level"];
            /** @description Their address. */
            address: string;
            /** @description Their company, as printed on the card. */
            company: string;
            /** @description Their department. */
            department: string;
            /** @description Their name as it is shown. */
            displayName: string;
            /** @description Their given name; empty where it is not known or not shown, as are all that follow. */
            givenName: string;
            /** @description The person's id. */
            id: string;
            /** @description Their e-mail address. */
            mail: string;
            manager?: components["schemas"]["PersonRef"] | null;
            /** @description Their office. */
            office: string;
            /** @description Their telephone numbers. */
            phones: components["schemas"]["PhoneNumber"][];
            /** @description Their family name. */
            surname: string;
            /** @description Their job title. */
            title: string;
            /** @description Their web page. */
            webPage: string;
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
        /** @description A telephone number. */
        PhoneNumber: {
            /** @description `work`, `mobile`, `home` or `other`. */
            kind: string;
            /** @description The number as people write it. */
            number: string;
        };
        /** @description Where the person is with this browser. */
        PlaceChange: {
            /** @description The place in words, of at most 100 octets and without control characters; none says nothing of it. */
            location: string;
            /**
             * Format: int32
             * @description By how many minutes the clock there is ahead of UTC.
             */
            utcOffsetMinutes?: number | null;
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
        /** @description How somebody sees the person. */
        Preview: {
            /** @description The telephone numbers that they see. */
            phones: components["schemas"]["PhoneNumber"][];
            /** @description The person's presence as they see it. */
            presence: components["schemas"]["Presence"];
            /**
             * @description What they see at all: `name`, `mail`, `availability`, `activity`, `note`, `contactCard` (of which who has least sees
             *     the title, the company, the manager and the web page), `phones`, ….
             */
            sees: string[];
        };
        /** @description Why a request was not done (`application/problem+json`). */
        Problem: {
            /** @description The stable code by which programs know the problem: one of those that there are, or one that is newer than this description. */
            code: components["schemas"]["ProblemCode"] | string;
            /**
             * Format: int32
             * @description The number that is the current one, where one is stale.
             */
            current?: number;
            /** @description The field at fault, where one is. */
            field?: string | null;
            /**
             * Format: int32
             * @description How much there may be, where there is a limit.
             */
            limit?: number;
            reason?: components["schemas"]["PasswordFault"] | null;
            /**
             * Format: int32
             * @description In how many seconds to try again, where that helps.
             */
            retryAfterSecs?: number;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description What is wrong, in a sentence. */
            title: string;
            /** @description `urn:rapport:problem:` and the code. */
            type: string;
        };
        /**
         * @description Every code that there is in this version. One never changes its meaning.
         * @enum {string}
         */
        ProblemCode: "account-disabled" | "bad-body" | "bad-path" | "bad-query" | "body-too-large" | "company-disabled" | "contact-list-full" | "csrf" | "forbidden" | "full" | "group-is-fixed" | "history-off" | "internal" | "invalid-field" | "method-not-allowed" | "not-a-websocket" | "not-found" | "not-json" | "not-licensed" | "not-signed-in" | "not-yours" | "policy-forbids" | "repeated-publication" | "reserved-container" | "reserved-publication" | "sign-in-failed" | "stale-delta" | "stale-version" | "store-full" | "store-unwritable" | "taken" | "too-large" | "too-many-app-passwords" | "too-many-conversations" | "too-many-endpoints" | "too-many-groups" | "too-many-members" | "too-many-publications" | "too-many-requests" | "too-slow" | "unavailable" | "unknown-contact" | "unknown-group" | "weak-password" | "wrong-origin" | "wrong-password" | "wrong-subprotocol";
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
        /** @description A session. */
        Session: {
            /** @description Its endpoint. */
            client: components["schemas"]["SessionClient"];
            /** @description What every change must bring along in the header `X-Rapport-Csrf`. */
            csrf: string;
            /** @description When it ends at the latest. */
            expiresAt: string;
            /** @description Whose it is. */
            user: components["schemas"]["SessionUser"];
        };
        /** @description The endpoint of a session. */
        SessionClient: {
            /** @description What tells it from the person's other programs. */
            epid: string;
        };
        /** @description The person of a session. */
        SessionUser: {
            /** @description Their address. */
            address: string;
            /** @description Their company's name. */
            company: string;
            /** @description Their name as it is shown. */
            displayName: string;
            /** @description Their id. */
            id: string;
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
        /** @description What the person chooses. */
        StatusChange: {
            /** @description What to be seen as. */
            chosen: components["schemas"]["Chosen"];
            /**
             * Format: date-time
             * @description Until when, at most seven days from now; then it is automatic again.
             */
            until?: string | null;
        };
        /**
         * @description Light or dark.
         * @enum {string}
         */
        Theme: "system" | "light" | "dark" | "highContrast";
        /** @description A ticket for one socket. */
        Ticket: {
            /** @description Good for half a minute, and once. */
            ticket: string;
        };
        /** @description Whether the person types. */
        TypingChange: {
            /** @description Whether they do. */
            typing: boolean;
        };
    };
    responses: {
        /** @description Why it was not done. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessList"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    allowAdder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Allowance"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    blockAdder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    ignoreAdder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    listOwnAppPasswords: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnAppPasswords"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    addOwnAppPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAppPassword"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnIssuedAppPassword"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    removeOwnAppPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the app password's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    setContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactSet"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    removeContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    markContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Mark"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    beginConversation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConversation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    leaveConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    declineConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    listMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    openConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    setTyping: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conversation's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TypingChange"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    listEndpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    signOutEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    openEvents: {
        parameters: {
            query: {
                /** @description its number */
                after?: number;
                /** @description for how many seconds the browser has not been used; none while it is: nobody is told that it is used before it says `activity` */
                idle?: number;
                /** @description the stream of the last event that was taken in */
                stream?: string;
                /** @description from `POST /api/v1/events/ticket` */
                ticket: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            426: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    addGroup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGroup"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    removeGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the group's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    setGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the group's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    orderGroups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupOrder"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    getHistory: {
        parameters: {
            query?: {
                /** @description a message's id: what was said before it, be it there or not */
                before?: string;
                /** @description how many at most; 50 unless given */
                limit?: number;
                /** @description words that occur, whatever their case and marks; at most 256 bytes */
                q?: string;
                /** @description the other's id or address */
                with?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryPart"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteHistory: {
        parameters: {
            query?: {
                /** @description the other's id or address; everybody where it isn't given */
                with?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the message's id */
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    exportHistory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a line for each message, as `HistoryMessage` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    setNote: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    setPlace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    setStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    findPeople: {
        parameters: {
            query: {
                /** @description how many at most; 20 unless given, and never more than 100 */
                limit?: number;
                /** @description what was typed; its first 100 characters are looked at */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundPeople"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getAccess: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    setAccess: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccessChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    getPresence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the person's id or address */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presence"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnSessions"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the session's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    setSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Settings"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
        };
    };
    getSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            401: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
}
