//! One line in the debug log for each frame in and out, redacted (S20). Decides nothing about what
//! is sent; while nobody listens, a frame costs one look at the log's level.
//!
//! The lines have the target `frames`: `debug` shows them without bodies, `trace` with.

use crate::App;
use crate::socket_id::SocketId;
use wire::redact;
use wire::websocket::{self, Outgoing};

const TARGET: &str = "frames";

/// Does anybody listen?
#[inline]
pub(crate) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
}

/// A text message of a client.
#[inline]
pub(crate) fn received(app: &App, socket: SocketId, text: &str) {
    if is_on() {
        line("in", app, socket, &redact::frame(text, shows_bodies()));
    }
}

/// Whole frames on their way to a client; to be asked for only if somebody listens.
pub(crate) fn sent(app: &App, socket: SocketId, frames: &[u8]) {
    websocket::outgoing(frames).for_each(|frame| match frame {
        Outgoing::Text(text) => line("out", app, socket, &redact::frame(text, shows_bodies())),
        Outgoing::Ping => line("out", app, socket, "ping"),
        Outgoing::Pong => line("out", app, socket, "pong"),
        Outgoing::Close(code, _) => line("out", app, socket, &format!("close {code}")),
    });
}

/// Anything else that happened on a socket, in a word.
#[inline]
pub(crate) fn happened(direction: &str, app: &App, socket: SocketId, what: &str) {
    if is_on() {
        line(direction, app, socket, what);
    }
}

fn shows_bodies() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::TRACE)
}

#[cold]
fn line(direction: &str, app: &App, socket: SocketId, text: &str) {
    tracing::debug!(target: TARGET, app = app.id, %socket, "{direction} {text}");
}
