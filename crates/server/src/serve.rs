//! `frontdesk serve`: puts settings, storage, hub and routes together, says when it is ready,
//! and stops gracefully. Knows nothing of what the parts do.

use crate::desk::{Desk, Exclusions, Origins, announcer, now_ms};
use crate::fallback_session::Sessions;
use crate::http::HttpServer;
use crate::listen::{Listeners, raise_descriptors};
use crate::metrics::Metrics;
use crate::nodes;
use crate::rate::Rates;
use crate::reload::{self, ChatHooks, ReadAgain, apps};
use crate::routes;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::stopping::{self, Signals};
use crate::typing::TypingBoard;
use crate::waiters::Waiters;
use anyhow::{Context, Result, bail};
use chat::{Chat, Storage};
use realtime::{Config, Hub, PlainHttp, Revocation};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use wire::limit;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// One sentence for the person who started it: port taken, folder not writable, database away.
#[allow(clippy::print_stderr)]
pub fn run(mut settings: Settings, read_again: ReadAgain) -> Result<()> {
    let listeners = Listeners::bind(&settings)?;
    let (connections, too_few) = raise_descriptors(settings.max_connections);
    settings.max_connections = connections;
    if let Some(sentence) = too_few {
        eprintln!("\n  {sentence}");
    }
    prepare_folder(&settings.data)?;
    let _lock = lock_folder(&settings.data)?;
    let secrets = Secrets::load_or_make(&settings.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores())
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    runtime.block_on(serve(settings, secrets, listeners, read_again))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn prepare_folder(data: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let failed = |error: std::io::Error| {
        anyhow::anyhow!(
            "The data folder {} cannot be written: {error}. Choose another with --data.",
            data.display()
        )
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(failed)?;
    let probe = data.join(".writable");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(failed)
}

/// Two servers on one folder would not hear each other's messages. The system lets go of the lock
/// with the process, however that ends.
fn lock_folder(data: &Path) -> Result<std::fs::File> {
    let file = std::fs::File::create(data.join("lock"))
        .with_context(|| format!("The data folder {} cannot be written", data.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "Another Frontdesk is running on the data folder {}; stop it, or choose another with --data.",
            data.display()
        ),
        // A file system without locks: nothing is lost but this warning.
        Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// Makes an empty database file for its owner alone; SQLite gives its journal the same mode.
fn prepare_database(storage: &Storage) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Storage::Sqlite { path, .. } = storage {
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        options.open(path).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Where the settings say that the log is kept.
pub fn storage(settings: &Settings) -> Storage {
    match &settings.database_url {
        Some(url) => Storage::Postgres { url: url.clone() },
        None => Storage::Sqlite {
            path: settings.data.join("frontdesk.sqlite"),
            max_bytes: settings.max_database_bytes,
        },
    }
}

async fn serve(
    settings: Settings,
    secrets: Secrets,
    listeners: Listeners,
    read_again: ReadAgain,
) -> Result<()> {
    let desk = open(settings, secrets).await?;
    let http = Arc::new(HttpServer::new(tokio::runtime::Handle::current(), routes::router(desk.clone())));
    let port = listeners.port()?;
    for listener in listeners.open() {
        let http = http.clone();
        desk.hub.listen(listener, Arc::new(move |plain: PlainHttp| http.take(plain)))?;
    }
    let sweeper = tokio::spawn(sweep(desk.clone()));
    let mut signals = Signals::listen()?;
    let reloader = tokio::spawn(reload::on_hangup(signal(SignalKind::hangup())?, desk.clone(), read_again));
    greet(&desk, port).await?;
    signals.stop().await;
    stopping::stop(&desk, &http, &mut signals).await;
    sweeper.abort();
    reloader.abort();
    Ok(())
}

async fn open(settings: Settings, secrets: Secrets) -> Result<Arc<Desk>> {
    let app = secrets.chat_app(settings.chat_app.as_ref());
    let (typing, waiters, exclusions) =
        (Arc::new(TypingBoard::default()), Waiters::default(), Exclusions::default());
    let origins = Arc::new(Origins::default());
    let hooks = ChatHooks { origins: origins.clone(), typing: typing.clone(), waiters: waiters.clone() };
    let apps = apps(&app, &settings, &hooks)?;
    let hub = Hub::start(Config {
        shards: cores(),
        apps,
        path_prefix: settings.path.clone(),
        max_connections: settings.max_connections,
        outbox_bytes: limit::OUTBOX_BYTES,
    })?;
    let metrics = Arc::new(Metrics::default());
    let on_change = announcer(hub.clone(), app.id.clone(), waiters.clone(), exclusions.clone());
    let on_change = metrics.counting(on_change);
    let storage = storage(&settings);
    prepare_database(&storage)?;
    let chat = tokio::task::spawn_blocking(move || Chat::open(storage, on_change)).await??;
    let rates = Rates::new(&settings);
    let desk = Arc::new(Desk {
        settings,
        secrets,
        app,
        chat,
        hub,
        rates,
        typing,
        waiters,
        exclusions,
        origins,
        metrics,
        is_stopping: AtomicBool::new(false),
        fallback: Sessions::default(),
    });
    desk.chat.first_widget(now_ms()).await?;
    desk.refresh_origins().await?;
    nodes::join(&desk.settings, &desk.hub, &desk.waiters, &desk.typing).await?;
    Ok(desk)
}

/// Ends what is over: sessions with their sockets (ruling 5), typing signals, full buckets.
async fn sweep(desk: Arc<Desk>) {
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    for round in 0_u64.. {
        tick.tick().await;
        desk.typing.sweep(now_ms());
        if round % 2 == 0 {
            desk.metrics.sample(&desk.hub);
        }
        desk.fallback.sweep(Instant::now());
        match desk.chat.end_expired_sessions(now_ms()).await {
            Ok(ended) => {
                for session in ended {
                    desk.hub.revoke(&desk.app.id, Revocation::Session(session));
                }
            }
            Err(refused) => tracing::warn!(reason = refused.refusal.row().name, "sessions not swept"),
        }
        if round % 60 == 59 {
            desk.rates.forget_full();
            if desk.refresh_origins().await.is_err() {
                tracing::warn!("origins not read again");
            }
        }
    }
}

/// Standard output gets exactly the ready line; addresses and the set-up link go to standard
/// error as plain text (ruling 17).
#[allow(clippy::print_stdout, clippy::print_stderr)]
async fn greet(desk: &Desk, port: u16) -> Result<()> {
    let home = match &desk.settings.public {
        Some(public) => public.origin(),
        None => format!("{}://localhost:{port}", desk.settings.scheme()),
    };
    eprintln!("\n  Console     {home}/");
    if desk.chat.needs_setup().await? {
        let code = desk.chat.new_setup_code(now_ms()).await?;
        eprintln!("  Set up      {home}/#setup={code}");
        eprintln!("              (makes the first agent; works once, for 24 hours)");
    }
    eprintln!("  Test page   {home}/chatbot-test.html\n");
    if desk.settings.broadcast == "pusher" {
        eprintln!("  BROADCAST_CONNECTION=pusher: this release delivers through its own server only.\n");
    }
    println!("Frontdesk listening on {}://{}:{port}", desk.settings.scheme(), desk.settings.host);
    Ok(())
}
