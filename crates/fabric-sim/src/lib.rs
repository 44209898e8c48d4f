//! The fabric of several simulated nodes, in virtual time, from a seed.
