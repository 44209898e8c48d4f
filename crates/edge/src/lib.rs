//! Listeners, TLS, certificates, telling SIP from HTTP, bounds per address.
