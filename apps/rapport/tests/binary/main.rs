//! The binary from outside: its verbs, its errors, its signals.

mod acme;
mod audit;
mod backup;
mod dashboard;
mod demo;
mod doctor;
mod key;
mod life;
mod manager;
mod schedule;
mod status;
mod support;
mod verbs;
