//! Floor 2: the binary `frontdesk`. HTTP, sockets, configuration, assets and command line, on top
//! of `chat` and `realtime`, which know nothing of each other.

pub mod account;
pub mod acme;
pub mod agent;
pub mod alerts;
pub mod apps;
pub mod arrival;
pub mod availability;
pub mod backup;
pub mod broadcasting;
pub mod call;
pub mod caller;
pub mod chore;
pub mod cli;
pub mod contact;
pub mod conversation;
pub mod cors;
pub mod desk;
pub mod doctor;
pub mod exposition;
pub mod fallback;
pub mod fallback_session;
pub mod files;
pub mod gate;
pub mod hand_over;
pub mod housekeeping;
pub mod http;
pub mod idempotency;
pub mod integration;
pub mod listen;
pub mod mail;
pub mod metrics;
pub mod monitor;
pub mod nodes;
pub mod notify;
pub mod openapi;
pub mod operator;
pub mod outbound;
pub mod page;
pub mod pages;
pub mod preview;
pub mod process;
pub mod provider;
pub mod pusher_api;
pub mod pusher_counts;
pub mod rate;
pub mod reload;
pub mod reply;
pub mod reverb;
pub mod routes;
pub mod samples;
pub mod scaling;
pub mod secrets;
pub mod serve;
pub mod settings;
pub mod stopping;
pub mod team;
pub mod terminal;
pub mod tls;
pub mod typing;
pub mod unchanged;
pub mod visitor;
pub mod visitors;
pub mod waiters;
pub mod web_push;
pub mod webhooks;
pub mod whereabouts;

/// Fuzz targets (ruling 26): any bytes, and nothing panics.
pub mod fuzz {
    pub use crate::files::strip::fuzz as image;
    pub use crate::pusher_api::fuzz as publish;
    pub use crate::settings::fuzz as config;
}
