//! Identifiers, addresses, scope, availability and limits: values without behaviour of their own.
