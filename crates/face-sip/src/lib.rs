//! SIP on the wire to service calls and back.
