//! Sign-in, routing, presence, contacts, tenants: authorise, act, audit.
