//! Every Microsoft body on the wire, without I/O: categories, containers, contacts, provisioning.
