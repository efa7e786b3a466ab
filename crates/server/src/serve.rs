//! `frontdesk serve`: puts settings, storage, hub and routes together, says when it is ready,
//! and stops gracefully. Knows nothing of what the parts do.

use crate::alerts;
use crate::availability::{self, AvailabilityBoard};
use crate::desk::{Desk, Exclusions, Origins, announcer, now_ms, steady_ms};
use crate::fallback_session::Sessions;
use crate::files::{self, Files};
use crate::gate::{self, Addresses, Blocks};
use crate::hand_over::{Predecessor, Program, Serving};
use crate::http::HttpServer;
use crate::listen::{Listeners, raise_descriptors};
use crate::mail;
use crate::metrics::Metrics;
use crate::monitor::{self, Monitor};
use crate::nodes;
use crate::notify;
use crate::outbound::Outbound;
use crate::preview::Previews;
use crate::provider::Publisher;
use crate::rate::Rates;
use crate::reload::{self, ChatHooks, ReadAgain, apps};
use crate::routes;
use crate::samples;
use crate::secrets::Secrets;
use crate::settings::{PublicAddress, Settings};
use crate::stopping::{self, Signals, Told};
use crate::typing::TypingBoard;
use crate::unchanged::Unchanged;
use crate::visitors::{self, VisitorBoard};
use crate::waiters::Waiters;
use crate::web_push::WebPush;
use crate::webhooks::Webhooks;
use anyhow::{Context, Result, bail};
use chat::{Chat, Links, Storage};
use realtime::{Config, Hub, Revocation};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use wire::limit;
use wire::monitor::QueueKind;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// One sentence for the person who started it: port taken, folder not writable, database away.
pub fn run(mut settings: Settings, read_again: ReadAgain) -> Result<()> {
    if let Some(sentence) = samples::refusal(&settings) {
        bail!(sentence);
    }
    let program = Program::of_this_process()?;
    let mut predecessor = Predecessor::of_this_process()?;
    let listeners = Listeners::bind(&settings, predecessor.as_mut())?;
    let (connections, too_few) = raise_descriptors(settings.max_connections);
    settings.max_connections = connections;
    prepare_folder(&settings.data)?;
    let lock = if predecessor.is_none() { Some(lock_folder(&settings.data)?) } else { None };
    let secrets = Secrets::load_or_make(&settings.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores())
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    let start = Start { settings, secrets, program, predecessor, listeners, lock, read_again, too_few };
    runtime.block_on(serve(start))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What a server starts from.
struct Start {
    settings: Settings,
    secrets: Secrets,
    program: Program,
    /// The process to take over from. It still has the lock.
    predecessor: Option<Predecessor>,
    listeners: Listeners,
    lock: Option<std::fs::File>,
    read_again: ReadAgain,
    /// What to tell people of too few descriptors.
    too_few: Option<String>,
}

pub(crate) fn prepare_folder(data: &Path) -> Result<()> {
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
pub(crate) fn lock_folder(data: &Path) -> Result<std::fs::File> {
    let file = std::fs::File::create(data.join("lock"))
        .with_context(|| format!("The data folder {} cannot be written", data.display()))?;
    let mut locked = file.try_lock();
    // Whoever only looks whether it is held has it for a moment.
    for _ in 0..20 {
        if locked.is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "Another Frontdesk is running on the data folder {}; stop it, or choose another with --data.",
            data.display()
        ),
        // A file system without locks: nothing is lost but this warning.
        Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// Does a server run on this folder? Changes nothing.
pub fn is_served(data: &Path) -> bool {
    let lock = std::fs::File::open(data.join("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

/// Makes an empty database file for its owner alone; SQLite gives its journal the same mode.
pub(crate) fn prepare_database(storage: &Storage) -> Result<()> {
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

/// What it is called where people and programs read it.
pub fn storage_name(settings: &Settings) -> &'static str {
    match storage(settings) {
        Storage::Sqlite { .. } => "sqlite",
        Storage::Postgres { .. } => "postgres",
    }
}

async fn serve(start: Start) -> Result<()> {
    let Start { settings, secrets, program, mut predecessor, listeners, mut lock, read_again, too_few } =
        start;
    let desk = open(settings, secrets, predecessor.as_mut(), &mut lock).await?;
    let http = Arc::new(HttpServer::new(tokio::runtime::Handle::current(), routes::router(desk.clone())));
    let sweeper = tokio::spawn(sweep(desk.clone()));
    let mut serving = Serving { desk, http, listeners, lock, sweeper };
    let (desk, http) = (serving.desk.clone(), serving.http.clone());
    let mut signals = Signals::listen()?;
    let reloader = tokio::spawn(reload::on_hangup(signal(SignalKind::hangup())?, desk.clone(), read_again));
    serving.listeners.keep_current();
    serving.accept()?;
    let mut keepers = keepers(&serving.desk);
    // After listening, so that whoever was connected before a restart has time to come back.
    reload::start_webhooks(&desk, &desk.settings);
    if let Some(provider) = &desk.provider {
        provider.start(&desk.outbound);
    }
    greet(&desk, serving.listeners.port()?, predecessor.is_some(), too_few.as_deref()).await?;
    notify::serving(&desk.settings.data);
    // If the old process is gone already, there is nothing more to get from it.
    let mut taking = predecessor.and_then(|before| before.serve(http.clone()).ok());
    loop {
        match signals.next().await {
            Told::Stop => {
                // The hub has its own; a listener is closed when all who hold it have let go.
                serving.listeners.close();
                stopping::stop(&desk, &http, &mut signals).await;
                break;
            }
            Told::HandOver => {
                // A third process could not hear the first.
                if let Some(taking) = taking.take() {
                    let _ = taking.await;
                }
                match serving.hand_over(&program).await {
                    Ok(()) => {
                        serving.listeners.close();
                        stopping::leave(&desk, &http, &mut signals).await;
                        break;
                    }
                    Err(why) => tracing::error!("not handed over, so this process goes on: {why:#}"),
                }
            }
        }
    }
    serving.sweeper.abort();
    keepers.abort_all();
    reloader.abort();
    Ok(())
}

async fn open(
    settings: Settings,
    secrets: Secrets,
    predecessor: Option<&mut Predecessor>,
    lock: &mut Option<std::fs::File>,
) -> Result<Arc<Desk>> {
    let app = secrets.chat_app(settings.chat_app.as_ref());
    let (typing, waiters, exclusions) =
        (Arc::new(TypingBoard::default()), Waiters::default(), Exclusions::default());
    let origins = Arc::new(Origins::default());
    let blocks = Arc::<Blocks>::default();
    let webhooks = Arc::<Webhooks>::default();
    let availability = Arc::<AvailabilityBoard>::default();
    let visitors = Arc::<VisitorBoard>::default();
    let previews = Arc::new(Previews::new(availability.clone()));
    let hooks = ChatHooks {
        origins: origins.clone(),
        blocks: blocks.clone(),
        typing: typing.clone(),
        availability: availability.clone(),
        visitors: visitors.clone(),
        previews: previews.clone(),
        waiters: waiters.clone(),
        webhooks: webhooks.clone(),
    };
    let apps = apps(&app, &settings, &hooks)?;
    let outbound = Arc::new(Outbound::new(settings.outbound_allow.clone())?);
    let hub = Hub::start(Config {
        shards: cores(),
        apps,
        path_prefix: settings.path.clone(),
        max_connections: settings.max_connections,
        outbox_bytes: limit::OUTBOX_BYTES,
    })?;
    let metrics = Arc::new(Metrics::default());
    let provider = settings.provider.clone().map(|foreign| Arc::new(Publisher::new(foreign)));
    let base = settings.public.as_ref().map(PublicAddress::origin).unwrap_or_default();
    let links = Arc::new(Links::new(&app.secret, &base, now_ms));
    let on_change = announcer(
        hub.clone(),
        app.id.clone(),
        waiters.clone(),
        exclusions.clone(),
        provider.clone(),
        webhooks.clone(),
        links.clone(),
    );
    let unchanged = Unchanged::new(settings.database_url.is_none() && settings.redis.is_none());
    let on_change = unchanged.forgetting(metrics.counting(on_change));
    let monitor = Arc::<Monitor>::default();
    nodes::speak(&hub, &waiters, &typing, &monitor);
    nodes::join(&settings, &hub).await?;
    if let Some(predecessor) = predecessor {
        predecessor.yours(&hub).await?;
        *lock = Some(lock_folder(&settings.data)?);
    }
    let storage = storage(&settings);
    prepare_database(&storage)?;
    let chat = tokio::task::spawn_blocking(move || Chat::open(storage, on_change)).await??.with_links(links);
    if let Some(mail) = &settings.mail {
        chat.mail_after(mail.after_s * 1_000);
    }
    let web_push = web_push(&settings, &chat, &outbound).await?;
    let files = Files::open(&settings)?;
    let rates = Rates::new(&settings);
    let desk = Arc::new(Desk {
        settings,
        secrets,
        app,
        chat,
        hub,
        rates,
        typing,
        availability,
        visitors,
        previews,
        waiters,
        unchanged,
        exclusions,
        origins,
        blocks,
        addresses: Addresses::default(),
        metrics,
        monitor,
        is_stopping: AtomicBool::new(false),
        fallback: Sessions::default(),
        webhooks,
        files,
        outbound,
        web_push,
        provider,
    });
    desk.chat.first_widget(now_ms()).await?;
    desk.refresh_origins().await?;
    desk.blocks.refresh(&desk.chat).await?;
    desk.chat.mend_feed().await?;
    // Before anybody asks.
    availability::look(&desk, &mut std::collections::HashMap::new()).await?;
    Ok(desk)
}

/// With the keys of this installation, which its first server makes.
async fn web_push(settings: &Settings, chat: &Chat, outbound: &Arc<Outbound>) -> Result<WebPush> {
    let keys = chat.push_keys(WebPush::make_keys()?).await?;
    // Whom a push service may write to when something is wrong with our pushes.
    let contact = match (&settings.mail, &settings.public) {
        (Some(mail), _) => format!("mailto:{}", mail.from.email),
        (None, Some(public)) => public.origin(),
        (None, None) => "https://localhost".to_owned(),
    };
    WebPush::new(&keys, contact, outbound.clone())
}

/// What goes on beside requests, until the server ends.
fn keepers(desk: &Arc<Desk>) -> tokio::task::JoinSet<()> {
    let mut keepers = tokio::task::JoinSet::new();
    keepers.spawn(availability::keep(desk.clone()));
    keepers.spawn(visitors::keep(desk.clone()));
    keepers.spawn(alerts::office::keep(desk.clone()));
    keepers.spawn(monitor::nodes::keep(desk.clone()));
    keepers.spawn(desk.previews.clone().answer(desk.chat.clone()));
    if let Some(settings) = desk.settings.mail.clone() {
        keepers.spawn(mail::keep(desk.clone(), settings));
    }
    keepers
}

/// Ends what is over: sessions with their sockets (ruling 5), typing signals, full buckets.
pub(crate) async fn sweep(desk: Arc<Desk>) {
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    for round in 0_u64.. {
        tick.tick().await;
        desk.typing.sweep(steady_ms());
        if round % 2 == 0 {
            let stats = desk.hub.stats();
            desk.monitor.tick(&desk, &stats);
            desk.metrics.sample(stats);
        } else if let Err(refused) = desk.chat.wake_snoozed(now_ms(), limit::WAKE_AT_ONCE).await {
            tracing::warn!(reason = refused.refusal.row().name, "snoozed conversations not opened");
        }
        if round % 4 == 3 {
            let desk = desk.clone();
            tokio::spawn(async move { files::sweep(&desk).await });
        }
        desk.fallback.sweep(Instant::now());
        if round % 20 == 0 {
            desk.unchanged.sweep(Instant::now());
        }
        match desk.chat.end_expired_sessions(now_ms()).await {
            Ok(ended) => {
                for session in ended {
                    desk.hub.revoke(&desk.app.id, Revocation::Session(session));
                }
            }
            Err(refused) => tracing::warn!(reason = refused.refusal.row().name, "sessions not swept"),
        }
        if round % 2 == 0 {
            let troubles = &desk.monitor.troubles;
            if let Some(no) = steps(10, "erasing is put off", || desk.chat.erase_step(now_ms())).await {
                troubles.refused(QueueKind::Erasures, &no);
            }
            if let Some(no) = steps(50, "indexing is put off", || desk.chat.index_step()).await {
                troubles.refused(QueueKind::Index, &no);
            }
        }
        // Once an hour, and soon after the start.
        if round % 7_200 == 2 {
            retire(&desk).await;
            trim(&desk).await;
            if desk.chat.forget_audit(now_ms()).await.is_err() {
                tracing::warn!("the audit trail is not shortened");
            }
        }
        if round % 60 == 59 {
            desk.rates.forget_full();
            if desk.refresh_origins().await.is_err() {
                tracing::warn!("origins not read again");
            }
            if desk.blocks.refresh(&desk.chat).await.is_err() {
                tracing::warn!("blocks not read again");
            }
            gate::close_blocked(&desk);
            desk.addresses.forget(|visitor| desk.hub.places(&desk.app.id, visitor) > 0, steady_ms());
            if desk.chat.forget_replies(now_ms()).await.is_err() {
                tracing::warn!("kept replies not swept");
            }
        }
    }
}

/// Does a step after the other until none is left, at most so many: what is left of a long work waits for the
/// next time, so that sessions are swept too. Answers why it ended early, if it did.
async fn steps<F>(most: usize, put_off: &str, step: impl Fn() -> F) -> Option<wire::Refused>
where
    F: Future<Output = Result<bool, wire::Refused>>,
{
    for _ in 0..most {
        match step().await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(refused) => {
                tracing::warn!(reason = refused.refusal.row().name, "{put_off}");
                return Some(refused);
            }
        }
    }
    None
}

/// Marks what widgets keep no longer.
async fn retire(desk: &Desk) {
    let step = async || {
        let retired = desk.chat.retire(now_ms()).await?;
        for chat::Retired { widget_id, conversations } in &retired {
            tracing::info!(widget = widget_id, conversations, "retention: conversations are erased");
        }
        Ok(!retired.is_empty())
    };
    steps(usize::MAX, "retention is put off", step).await;
}

/// Takes old facts out of the log that no page needs, where an owner wants that.
async fn trim(desk: &Desk) {
    let kept_ms = u64::from(desk.settings.log_days) * 24 * 3_600_000;
    if kept_ms == 0 {
        return;
    }
    let older_than_ms = now_ms().saturating_sub(kept_ms);
    let step = || desk.chat.trim_log(older_than_ms, limit::TRIMMED_AT_ONCE);
    steps(usize::MAX, "trimming of the log is put off", step).await;
}

/// Standard output gets exactly the ready line; addresses and the set-up link go to standard
/// error as plain text (ruling 17).
#[allow(clippy::print_stdout, clippy::print_stderr)]
async fn greet(desk: &Desk, port: u16, has_taken_over: bool, too_few: Option<&str>) -> Result<()> {
    let home = match &desk.settings.public {
        Some(public) => public.origin(),
        None => format!("{}://localhost:{port}", desk.settings.scheme()),
    };
    if let Some(sentence) = too_few {
        eprintln!("\n  {sentence}");
    }
    eprintln!("\n  Console     {home}/");
    // The link of the process before this one still works.
    if !has_taken_over && desk.chat.needs_setup().await? {
        let code = match desk.settings.database_url {
            // Other servers may have printed theirs a moment ago.
            Some(_) => desk.chat.one_more_setup_code(now_ms()).await?,
            None => desk.chat.new_setup_code(now_ms()).await?,
        };
        eprintln!("  Set up      {home}/#setup={code}");
        eprintln!("              (makes the first agent; works once, for 24 hours)");
    }
    eprintln!("  Test page   {home}/chatbot-test.html\n");
    if let Some(provider) = &desk.provider {
        eprintln!("  Visitors' messages also pass through {}.\n", provider.foreign.host());
    }
    println!("Frontdesk listening on {}://{}:{port}", desk.settings.scheme(), desk.settings.host);
    Ok(())
}
