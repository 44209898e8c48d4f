//! The web client in real browsers, a scenario a test.
//!
//! Each test starts a server on an empty data directory, a Chromium with as many people in it as it needs, and pidgin-sipe
//! clients for those on the other side. People of one company see each other as `sameEnterprise` does, level Company,
//! unless a scenario says otherwise.

mod in_browsers;
