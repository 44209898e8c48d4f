//! SIP without I/O: grammar, framing, transactions, dialogs, forking (RFC 3261).
