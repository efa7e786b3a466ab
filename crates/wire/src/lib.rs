//! Floor 0: what goes over the wire, and nothing else. Frames, channel names,
//! signatures, events, refusals and limits, all pure: no I/O, no clock, no async.
//!
//! The Pusher half is `websocket`, `fallback`, `frame`, `channel` and `sign`; the chat half is
//! `chat_channel`, `event`, `api`, `alert`, `availability`, `online`, `monitor`, `contact`, `integration`, `identity` and `totp`. `refusal` and `limit` are the two
//! tables both use.

pub mod alert;
pub mod api;
pub mod availability;
pub mod channel;
pub mod chat_channel;
pub mod contact;
pub mod event;
pub mod fallback;
pub mod file;
pub mod frame;
pub mod identity;
pub mod integration;
pub mod limit;
pub mod monitor;
pub mod online;
pub mod redact;
pub mod refusal;
pub mod sign;
pub mod tag;
pub mod time;
pub mod totp;
pub mod websocket;

pub use refusal::{Refusal, Refused};
