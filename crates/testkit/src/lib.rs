//! Virtual clock, scripted clients, builders.
