//! The rules of the chat, told as tests; all but the SQLite-only ones run on both engines.
//! Knows the chat only through its door.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod access;
mod alerts;
mod announcing;
mod attachments;
mod common;
mod contacts;
mod finding;
mod housekeeping;
mod identity;
mod integration;
mod killed;
mod law_of_the_log;
mod mail;
mod model;
mod outbox;
mod people;
mod population;
mod posting;
mod reading;
mod released;
mod searching;
mod sign_in;
mod storage;
mod team;
mod trimming;
mod website;
mod whereabouts;
