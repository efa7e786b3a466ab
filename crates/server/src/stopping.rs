//! How the server ends: what it is told from outside, and in which order it lets go of listeners,
//! requests, sockets and database. Knows nothing of what they are used for.

use crate::desk::Desk;
use crate::http::HttpServer;
use crate::notify;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What requests and answers to close frames may take beyond the drain.
const GRACE: Duration = Duration::from_secs(5);
/// The same when the server was told twice.
const CUT_SHORT: Duration = Duration::from_secs(1);

/// The signals that this process listens to, from the moment this is made: before it, some of them
/// would simply end it.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hand_over: Signal,
}

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGUSR2.
    HandOver,
}

impl Signals {
    /// Listens.
    ///
    /// # Errors
    /// When the system refuses handlers.
    pub fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hand_over: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hand_over.recv() => Told::HandOver,
        }
    }

    /// Waits for the word to stop, SIGTERM or SIGINT.
    pub async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Stops: says so on `/up` for as long as load balancers need to notice, refuses new connections, lets
/// requests under way finish, and closes sockets with 4200, spread over the time that the settings give.
/// Told again meanwhile, it closes all at once.
pub async fn stop(desk: &Desk, http: &HttpServer, signals: &mut Signals) {
    tracing::info!("stopping");
    notify::stopping(&desk.settings.data);
    desk.is_stopping.store(true, Ordering::Relaxed);
    let lame_duck = Duration::from_secs(desk.settings.lame_duck_s);
    let is_told_twice = tokio::select! {
        () = tokio::time::sleep(lame_duck) => false,
        () = signals.stop() => true,
    };
    desk.hub.stop_accepting();
    desk.waiters.end();
    http.finish();
    let within = Duration::from_secs(desk.settings.drain_s);
    let sockets = desk.hub.drain(within);
    if is_told_twice || is_cut_short(within + GRACE, sockets, http, signals).await {
        tracing::info!("told twice: closing all at once");
        gone(desk.hub.drain(Duration::ZERO), http, CUT_SHORT).await;
    }
    desk.webhooks.stop().await;
    if let Some(provider) = &desk.provider {
        provider.stop().await;
    }
    desk.chat.close().await;
}

/// Ends after a hand-over: the new process has everything but our sockets.
pub async fn leave(desk: &Desk, http: &HttpServer, signals: &mut Signals) {
    tracing::info!("handed over; closing what is left");
    let within = Duration::from_secs(desk.settings.drain_s);
    let sockets = desk.hub.drain_to_others(within);
    if is_cut_short(within + 2 * GRACE, sockets, http, signals).await {
        gone(desk.hub.drain(Duration::ZERO), http, CUT_SHORT).await;
    }
}

/// Waits for sockets and requests to be gone, unless told to stop meanwhile.
async fn is_cut_short(
    within: Duration,
    sockets: impl Future<Output = ()>,
    http: &HttpServer,
    signals: &mut Signals,
) -> bool {
    tokio::select! {
        () = gone(sockets, http, within) => false,
        () = signals.stop() => true,
    }
}

/// Answers when sockets and requests are gone, or when the time is over.
async fn gone(sockets: impl Future<Output = ()>, http: &HttpServer, within: Duration) {
    let gone = async {
        sockets.await;
        http.idle().await;
    };
    // Whoever is left has had a close frame or will not finish.
    let _ = tokio::time::timeout(within, gone).await;
}
