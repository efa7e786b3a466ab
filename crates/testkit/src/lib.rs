//! For tests alone: a real server process with a cast of people, plain HTTP and socket clients, and
//! a PostgreSQL of its own. Never linked into the product.

pub mod http;
pub mod process;
pub mod socket;
pub mod world;

pub mod postgres;
