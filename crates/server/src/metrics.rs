//! What is counted while the server runs, and the page on which Prometheus reads it. Decides the
//! names of the figures and who may see them; knows nothing of what the figures are used for.
//!
//! Counting is an addition to an atomic number; sums, texts and looks at `/proc` are made when
//! somebody asks.

use crate::caller;
use crate::desk::{Desk, OnChange};
use crate::exposition::{Kind, Page};
use crate::process;
use crate::reply::No;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use realtime::{BusStats, Hub, Stats};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use wire::Refusal;

/// Upper ends of the histogram's buckets, in microseconds.
const BUCKETS_US: [u64; 11] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];
/// Seconds over which a rate is taken.
const RATE_S: usize = 10;
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Which side of the server a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// The signed Pusher HTTP API.
    Signed,
    /// The widget's.
    Visitor,
    /// The console's.
    Agent,
    /// Signatures for channels.
    Broadcasting,
    /// The command line's and Prometheus's.
    Operator,
    /// Pages, scripts and what is not there.
    Page,
}

const AREAS: [(Area, &str); 6] = [
    (Area::Signed, "signed"),
    (Area::Visitor, "visitor"),
    (Area::Agent, "agent"),
    (Area::Broadcasting, "broadcasting"),
    (Area::Operator, "operator"),
    (Area::Page, "page"),
];

impl Area {
    /// By path, without the prefix of the Pusher routes.
    fn of(path: &str, prefix: &str) -> Area {
        let behind = |route: &str| path.strip_prefix(route).is_some_and(|rest| rest.starts_with('/'));
        if path.strip_prefix(prefix).is_some_and(|path| path.starts_with("/apps/")) {
            Area::Signed
        } else if behind("/api/chatbot") {
            Area::Visitor
        } else if behind("/api/v1") {
            Area::Agent
        } else if behind("/broadcasting") {
            Area::Broadcasting
        } else if behind("/operator") || path == "/metrics" {
            Area::Operator
        } else {
            Area::Page
        }
    }
}

/// How long things took.
#[derive(Default)]
struct Histogram {
    /// The last one has no end.
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|end| us <= *end).unwrap_or(BUCKETS_US.len());
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }
}

/// The counters of this process.
pub struct Metrics {
    began: Instant,
    requests: [[AtomicU64; CLASSES.len()]; AREAS.len()],
    signed_took: Histogram,
    refusals: [AtomicU64; Refusal::ALL.len()],
    commits: AtomicU64,
    facts: AtomicU64,
    samples: Mutex<VecDeque<(Instant, Stats)>>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            began: Instant::now(),
            requests: Default::default(),
            signed_took: Histogram::default(),
            refusals: std::array::from_fn(|_| AtomicU64::new(0)),
            commits: AtomicU64::new(0),
            facts: AtomicU64::new(0),
            samples: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Counts what a commit changed before it is told.
    pub fn counting(self: &Arc<Self>, on_change: OnChange) -> OnChange {
        let metrics = self.clone();
        Arc::new(move |changes| {
            metrics.commits.fetch_add(1, Relaxed);
            let facts: usize = changes.iter().map(|change| change.facts.len()).sum();
            metrics.facts.fetch_add(facts as u64, Relaxed);
            on_change(changes);
        })
    }

    /// Remembers how things stand; to be called once a second.
    pub fn sample(&self, stats: Stats) {
        let samples = &mut *self.samples.lock();
        samples.push_back((Instant::now(), stats));
        if samples.len() > RATE_S + 1 {
            samples.pop_front();
        }
    }

    /// How much a counter grew in a second, over the last ten.
    pub fn per_second(&self, of: impl Fn(&Stats) -> u64) -> f64 {
        let samples = self.samples.lock();
        let (Some((from, first)), Some((to, last))) = (samples.front(), samples.back()) else { return 0.0 };
        let seconds = to.duration_since(*from).as_secs_f64();
        if seconds > 0.0 { of(last).saturating_sub(of(first)) as f64 / seconds } else { 0.0 }
    }

    /// Requests answered, and how many of them with 5xx.
    pub fn answers(&self) -> (u64, u64) {
        let of = |class: usize| self.requests.iter().map(|area| area[class].load(Relaxed)).sum::<u64>();
        ((0..CLASSES.len()).map(of).sum(), of(CLASSES.len() - 1))
    }

    /// Facts committed since the start.
    pub fn facts(&self) -> u64 {
        self.facts.load(Relaxed)
    }

    /// Seconds since the process began.
    pub fn uptime_s(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    fn answered(&self, area: Area, response: &Response, took: Duration) {
        let class = usize::from(response.status().as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        self.requests[area as usize][class].fetch_add(1, Relaxed);
        if area == Area::Signed {
            self.signed_took.note(took);
        }
        if let Some(refusal) = response.extensions().get::<Refusal>() {
            self.refusals[*refusal as usize].fetch_add(1, Relaxed);
        }
    }
}

/// Counts every request and its answer.
pub async fn layer(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let area = Area::of(request.uri().path(), &desk.settings.path);
    let began = Instant::now();
    let response = next.run(request).await;
    desk.metrics.answered(area, &response, began.elapsed());
    response
}

/// Whoever may read the page: with the token of `FRONTDESK_METRICS_TOKEN` from anywhere; where none
/// is set, from this machine. To anybody else there is no such page.
pub struct Scraper;

impl FromRequestParts<Arc<Desk>> for Scraper {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Scraper, No> {
        let may = match &desk.settings.metrics_token {
            Some(token) => holds(&parts.headers, token),
            None => caller::arrival(parts, desk).is_loopback(),
        };
        if may { Ok(Scraper) } else { Err(Refusal::NotFound.into()) }
    }
}

fn holds(headers: &HeaderMap, token: &str) -> bool {
    let sent = caller::header(headers, header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    sent.is_some_and(|(scheme, sent)| {
        scheme.eq_ignore_ascii_case("bearer") && bool::from(sent.trim().as_bytes().ct_eq(token.as_bytes()))
    })
}

/// `GET /metrics`.
pub async fn page(State(desk): State<Arc<Desk>>, _scraper: Scraper) -> Response {
    let mut page = Page::default();
    hub(&mut page, &desk.hub);
    outbound(&mut page, &desk);
    let metrics = &desk.metrics;
    requests(&mut page, metrics);
    refusals(&mut page, &desk.hub, metrics);
    page.family(
        "frontdesk_chat_commits_total",
        Kind::Counter,
        "Commits of the log that changed conversations.",
    )
    .sample(&[], metrics.commits.load(Relaxed));
    page.family(
        "frontdesk_chat_facts_total",
        Kind::Counter,
        "Facts committed: messages, receipts, joins and the like.",
    )
    .sample(&[], metrics.facts.load(Relaxed));
    page.family("frontdesk_fallback_sessions", Kind::Gauge, "Sessions over the HTTP fallback transports.")
        .sample(&[], desk.fallback.count());
    page.family("frontdesk_long_polls", Kind::Gauge, "Requests that wait for a conversation to change.")
        .sample(&[], desk.waiters.waiting());
    page.family("frontdesk_build_info", Kind::Gauge, "1, with the version as a label.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.family("frontdesk_uptime_seconds", Kind::Gauge, "Seconds since the process began.")
        .sample(&[], metrics.uptime_s());
    process(&mut page);
    let headers =
        [(header::CONTENT_TYPE, crate::exposition::CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, page.finish()).into_response()
}

fn hub(page: &mut Page, hub: &Hub) {
    let stats = hub.stats();
    let apps = hub.app_stats();
    let mut of_apps = |name, kind, help, of: fn(&realtime::AppStats) -> u64| {
        let mut family = page.family(name, kind, help);
        for app in &apps {
            family.sample(&[("app", &app.id)], of(app));
        }
    };
    of_apps("frontdesk_connections", Kind::Gauge, "Open sockets.", |app| app.connections);
    of_apps("frontdesk_channels", Kind::Gauge, "Channels with subscribers.", |app| app.channels);
    of_apps("frontdesk_presence_members", Kind::Gauge, "Members of presence channels.", |app| app.members);
    of_apps(
        "frontdesk_published_events_total",
        Kind::Counter,
        "Events published by the server and over the signed API.",
        |app| app.published,
    );
    of_apps("frontdesk_client_events_total", Kind::Counter, "Client events accepted.", |app| {
        app.client_events
    });
    for (name, help, value) in [
        ("frontdesk_frames_received_total", "Text messages received on sockets.", stats.frames_in),
        ("frontdesk_frames_sent_total", "Frames sent or queued on sockets.", stats.frames_out),
        ("frontdesk_received_bytes_total", "Bytes received on sockets.", stats.bytes_in),
        ("frontdesk_sent_bytes_total", "Bytes sent or queued on sockets.", stats.bytes_out),
        ("frontdesk_slow_readers_total", "Sockets cut because they did not read.", stats.slow_readers),
        (
            "frontdesk_dropped_events_total",
            "Events dropped because a shard was too far behind.",
            stats.events_dropped,
        ),
    ] {
        page.family(name, Kind::Counter, help).sample(&[], value);
    }
    if let Some(stats) = stats.bus {
        bus(page, &stats);
    }
}

fn bus(page: &mut Page, stats: &BusStats) {
    for (name, kind, help, value) in [
        ("frontdesk_bus_up", Kind::Gauge, "1 while the other nodes can be reached.", u64::from(stats.is_up)),
        ("frontdesk_bus_nodes", Kind::Gauge, "Other nodes that are alive.", stats.nodes),
        (
            "frontdesk_bus_frames_received_total",
            Kind::Counter,
            "Frames heard, own ones too.",
            stats.frames_in,
        ),
        ("frontdesk_bus_frames_sent_total", Kind::Counter, "Frames said to other nodes.", stats.frames_out),
        ("frontdesk_bus_received_bytes_total", Kind::Counter, "Bytes heard, own ones too.", stats.bytes_in),
        ("frontdesk_bus_sent_bytes_total", Kind::Counter, "Bytes said to other nodes.", stats.bytes_out),
        (
            "frontdesk_bus_dropped_total",
            Kind::Counter,
            "Events that did not reach other nodes: these were away, or too much waited.",
            stats.dropped,
        ),
        (
            "frontdesk_bus_foreign_total",
            Kind::Counter,
            "Messages that no node of this version sent, ignored.",
            stats.foreign,
        ),
    ] {
        page.family(name, kind, help).sample(&[], value);
    }
}

/// What goes out to other servers: webhooks, and facts to a foreign provider.
fn outbound(page: &mut Page, desk: &Desk) {
    let webhooks = desk.webhooks.stats();
    let help = "Webhook events acknowledged by their receiver.";
    page.family("frontdesk_webhooks_delivered_total", Kind::Counter, help).sample(&[], webhooks.delivered);
    let help = "Webhook calls that failed and were put off.";
    page.family("frontdesk_webhooks_retried_total", Kind::Counter, help).sample(&[], webhooks.retried);
    let help = "Webhook events dropped: tried for too long, or too many.";
    page.family("frontdesk_webhooks_given_up_total", Kind::Counter, help).sample(&[], webhooks.given_up);
    let help = "Webhook events in the outbox, where this server delivers; some seconds old.";
    page.family("frontdesk_webhooks_waiting", Kind::Gauge, help).sample(&[], webhooks.waiting);
    let Some(provider) = &desk.provider else { return };
    let stats = provider.stats();
    let help = "Events the foreign provider took.";
    page.family("frontdesk_provider_published_total", Kind::Counter, help).sample(&[], stats.published);
    let help = "Calls to the foreign provider that failed.";
    page.family("frontdesk_provider_retried_total", Kind::Counter, help).sample(&[], stats.retried);
    let help = "Events the foreign provider did not get as they are; widgets were told to ask here.";
    page.family("frontdesk_provider_withheld_total", Kind::Counter, help).sample(&[], stats.withheld);
}

fn requests(page: &mut Page, metrics: &Metrics) {
    let mut family = page.family(
        "frontdesk_http_requests_total",
        Kind::Counter,
        "HTTP requests by side and status class.",
    );
    for (area, name) in AREAS {
        for (class, count) in CLASSES.iter().zip(&metrics.requests[area as usize]) {
            let count = count.load(Relaxed);
            if count > 0 {
                family.sample(&[("area", name), ("status", class)], count);
            }
        }
    }
    let took = &metrics.signed_took;
    let help = "How long calls of the signed API took, from head read to answer made.";
    let mut family = page.family("frontdesk_signed_api_seconds", Kind::Histogram, help);
    let mut below = 0;
    for (end, count) in BUCKETS_US.iter().map(|us| Some(*us)).chain([None]).zip(&took.buckets) {
        below += count.load(Relaxed);
        let end = end.map_or_else(|| "+Inf".to_owned(), |us| (us as f64 / 1e6).to_string());
        family.part("_bucket", &[("le", &end)], below);
    }
    family.part("_sum", &[], took.sum_us.load(Relaxed) as f64 / 1e6);
    family.part("_count", &[], below);
}

fn refusals(page: &mut Page, hub: &Hub, metrics: &Metrics) {
    let help = "How often each \"no\" was the answer, by its name in the table of refusals.";
    let mut family = page.family("frontdesk_refusals_total", Kind::Counter, help);
    for (refusal, on_sockets) in hub.refusals() {
        let over_http = metrics.refusals[refusal as usize].load(Relaxed);
        for (way, count) in [("socket", on_sockets), ("http", over_http)] {
            if count > 0 {
                family.sample(&[("name", refusal.row().name), ("over", way)], count);
            }
        }
    }
}

/// By the names every Prometheus client uses, so that ready-made dashboards find them.
fn process(page: &mut Page) {
    let process = process::look();
    for (name, kind, help, value) in [
        (
            "process_resident_memory_bytes",
            Kind::Gauge,
            "Resident memory.",
            process.resident_bytes.map(|n| n as f64),
        ),
        ("process_cpu_seconds_total", Kind::Counter, "User and system time.", process.cpu_s),
        ("process_open_fds", Kind::Gauge, "Open descriptors.", process.open_fds.map(|n| n as f64)),
        ("process_max_fds", Kind::Gauge, "Descriptors there may be.", process.max_fds.map(|n| n as f64)),
        (
            "process_start_time_seconds",
            Kind::Gauge,
            "When the process began, in Unix time.",
            process.started_s,
        ),
    ] {
        if let Some(value) = value {
            page.family(name, kind, help).sample(&[], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_counted_for_its_side() {
        for (path, area) in [
            ("/ws/apps/1/events", Area::Signed),
            ("/api/chatbot/config", Area::Visitor),
            ("/api/v1/me", Area::Agent),
            ("/broadcasting/auth", Area::Broadcasting),
            ("/operator/status", Area::Operator),
            ("/metrics", Area::Operator),
            ("/", Area::Page),
            ("/api/v1000", Area::Page),
        ] {
            assert_eq!(Area::of(path, "/ws"), area, "{path}");
        }
        assert!(AREAS.iter().enumerate().all(|(at, (area, _))| *area as usize == at));
    }

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for us in [500, 501, 9_000_000] {
            histogram.note(Duration::from_micros(us));
        }
        let counts: Vec<u64> = histogram.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
