//! For tests alone: a real server process with a cast of people, plain HTTP and socket clients, and
//! a PostgreSQL and a Redis of its own. Never linked into the product.

pub mod dice;
pub mod http;
pub mod ledger;
pub mod mailbox;
pub mod process;
pub mod redis;
pub mod replay;
pub mod socket;
pub mod world;

pub mod postgres;
pub mod receiver;
