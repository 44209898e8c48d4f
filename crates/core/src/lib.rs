//! The rules, pure: presence, access, contacts, identity, policy.
