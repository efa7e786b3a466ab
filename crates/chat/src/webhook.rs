//! Webhooks of the chat: who is told of which facts. A letter is written in the transaction of the fact it
//! tells of; how it is carried is the courier's business.

use crate::audit::Actor;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, from_json, json, values};
use crate::fact::Fact;
use crate::outbox::{self, Letter, Posted};
use crate::people::{Agent, Conditional};
use crate::{Answer, Chat, access, check, feed, secret, widget};
use wire::api::AuditKind;
use wire::integration::{ApiEvent, Delivery, EventType, NewWebhook, WebhookChange, WebhookProfile};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    WANTING = both("SELECT id, events, widgets FROM webhooks WHERE is_active = 1 ORDER BY id");
    COUNT = both("SELECT COUNT(*) FROM webhooks");
    ADD = both(
        "INSERT INTO webhooks (id, url, events, widgets, is_active, secret, created_ms) \
         VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)",
    );
    ALL = both(
        "SELECT id, url, events, widgets, is_active, old_secret, created_ms, secret FROM webhooks \
         ORDER BY created_ms, id",
    );
    CHANGE = both(
        "UPDATE webhooks SET url = ?2, events = ?3, widgets = ?4, is_active = ?5 WHERE id = ?1",
    );
    ROTATE = both("UPDATE webhooks SET old_secret = secret, secret = ?2 WHERE id = ?1");
    REMOVE_LOG = both("DELETE FROM webhook_deliveries WHERE webhook_id = ?1");
    REMOVE = both("DELETE FROM webhooks WHERE id = ?1");
    NOTE = both(
        "INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, attempt, at_ms, duration_ms, status, \
         failure, lane, payload) SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM webhooks WHERE id = ?2",
    );
    FORGET = both(
        "DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND id <= \
         (SELECT id FROM webhook_deliveries WHERE webhook_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    );
    LOG = both(
        "SELECT id, event_id, event_type, attempt, at_ms, duration_ms, status, failure FROM webhook_deliveries \
         WHERE webhook_id = ?1 ORDER BY id DESC LIMIT ?2",
    );
    LOCK = postgres_only("SELECT id FROM webhooks WHERE id = ?1 FOR UPDATE");
    LOGGED = both("SELECT lane, payload FROM webhook_deliveries WHERE webhook_id = ?1 AND id = ?2");
}

/// A webhook as its courier needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatWebhook {
    /// `whk_…`.
    pub id: String,
    /// Where calls go.
    pub url: String,
    /// What signs them: the newest first.
    pub secrets: Vec<String>,
}

impl ChatWebhook {
    /// Its name in the outbox.
    pub fn destination(&self) -> String {
        destination(&self.id)
    }
}

/// One attempt to deliver a letter.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// `whk_…`.
    pub webhook_id: String,
    /// The letter's lane and number; absent: it never was in the outbox.
    pub letter: Option<(u64, u64)>,
    /// What was sent.
    pub payload: String,
    /// 1 for the first.
    pub number: u64,
    /// When it was made.
    pub at_ms: u64,
    /// Until reply or failure.
    pub duration_ms: u64,
    /// The reply's status.
    pub status: Option<u16>,
    /// Why there was none; texts name no address.
    pub failure: Option<String>,
    /// When it is tried again; absent: it arrived, or is not tried again.
    pub again_ms: Option<u64>,
}

fn destination(webhook_id: &str) -> String {
    format!("chat/{webhook_id}")
}

/// Events of one conversation go one after another.
pub fn lane_of(conversation_id: &str) -> u64 {
    let mix = |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
    conversation_id.bytes().fold(0, mix) % limit::WEBHOOK_LANES
}

/// Writes a letter about each of these facts of one conversation to everybody who wants to know.
pub(crate) fn post(tx: &mut Tx<'_>, widget_id: &str, facts: &[Fact]) -> Result<(), Refused> {
    for webhook in wanting(tx)?.iter().filter(|webhook| webhook.is_of(widget_id)) {
        let Wanting { id, events, .. } = webhook;
        let mut letters = Vec::new();
        for fact in facts {
            let wanted = |event: &ApiEvent| events.is_empty() || webhook.names(event.kind);
            for event in feed::events(fact, widget_id).into_iter().filter(wanted) {
                letters.push(letter(id, lane_of(&fact.conversation_id), json(&event)?, fact.at_ms));
            }
        }
        send(tx, id, &letters, facts.first().map_or(0, |fact| fact.at_ms))?;
    }
    Ok(())
}

/// A webhook that is told something.
pub(crate) struct Wanting {
    /// `whk_…`.
    pub(crate) id: String,
    /// None: every fact.
    events: Vec<EventType>,
    /// None: all.
    widgets: Vec<String>,
}

impl Wanting {
    /// Is this widget among its own?
    pub(crate) fn is_of(&self, widget_id: &str) -> bool {
        self.widgets.is_empty() || self.widgets.iter().any(|wanted| wanted == widget_id)
    }

    /// Does it ask for anything that is no fact?
    pub(crate) fn names_signals(&self) -> bool {
        self.events.iter().any(|kind| kind.is_signal())
    }

    /// Does it ask for this by name?
    pub(crate) fn names(&self, kind: EventType) -> bool {
        self.events.contains(&kind)
    }
}

/// All webhooks that are active.
pub(crate) fn wanting(tx: &mut Tx<'_>) -> Result<Vec<Wanting>, Refused> {
    let webhook = |mut row: Row| Ok(Wanting { id: row.text(0), events: row.json(1)?, widgets: row.json(2)? });
    tx.all(&WANTING, &[])?.into_iter().map(webhook).collect()
}

/// For one webhook, until it is too old.
pub(crate) fn letter(webhook_id: &str, lane: u64, payload: String, now_ms: u64) -> Letter {
    let give_up_ms = now_ms + limit::CHAT_WEBHOOK_RETRY_S * 1_000;
    Letter { destination: destination(webhook_id), lane, payload, give_up_ms }
}

fn send(tx: &mut Tx<'_>, webhook_id: &str, letters: &[Letter], now_ms: u64) -> Result<(), Refused> {
    let mut posted = Posted::default();
    outbox::write(tx, &destination(webhook_id), &letters.iter().collect::<Vec<_>>(), now_ms, &mut posted)?;
    if posted.refused > 0 {
        tracing::error!(
            webhook_id,
            count = posted.refused,
            "webhook events given up: too many wait for their receiver"
        );
    }
    Ok(())
}

/// Of an address only the host stands in the audit trail: paths of receivers hold secrets.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// A test call's envelope.
pub fn test_payload(now_ms: u64) -> String {
    let event = ApiEvent {
        id: secret::id("evt_", now_ms),
        version: 1,
        kind: EventType::Test,
        seq: 0,
        created_at: rfc3339(now_ms),
        data: wire::integration::ApiEventData::default(),
    };
    json(&event).unwrap_or_default()
}

impl Chat {
    /// Adds a webhook; only owners and admins may. The secret is answered this once.
    pub async fn add_webhook(
        &self,
        owner: &Agent,
        request: NewWebhook,
        now_ms: u64,
    ) -> Answer<(WebhookProfile, String)> {
        let actor = Actor::from(owner);
        let add = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            widget::must_exist(tx, &request.widgets)?;
            check::room(tx.number(&COUNT, &[])?, limit::CHAT_WEBHOOKS, "webhooks")?;
            let (id, secret) = (secret::id("whk_", now_ms), secret::webhook_secret());
            let NewWebhook { url, events, widgets } = &request;
            tx.run(&ADD, values![&id, url, &json(events)?, &json(widgets)?, &secret, now_ms])?;
            actor.did(tx, AuditKind::WebhookAdded, host(url), "")?;
            Ok((find(tx, &id)?, secret))
        };
        self.db.write(add).await
    }

    /// Every webhook, oldest first; only owners and admins may see them.
    pub async fn webhooks(&self, owner: &Agent) -> Answer<Vec<WebhookProfile>> {
        let owner_id = owner.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            all(tx)
        };
        self.db.read(list).await
    }

    /// One webhook; only owners and admins may see it.
    pub async fn webhook(&self, owner: &Agent, webhook_id: &str) -> Answer<WebhookProfile> {
        let (owner_id, id) = (owner.id.clone(), webhook_id.to_owned());
        let read = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            find(tx, &id)
        };
        self.db.read(read).await
    }

    /// Changes a webhook, only in the state of this tag where one is given; only owners and admins may. A new secret is answered this once.
    pub async fn change_webhook(
        &self,
        owner: &Agent,
        webhook_id: &str,
        change: impl Into<Conditional<WebhookChange>>,
    ) -> Answer<(WebhookProfile, Option<String>)> {
        let Conditional { change, if_match } = change.into();
        let (actor, id) = (Actor::from(owner), webhook_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            tx.lock(&LOCK, values![&id])?;
            let old = find(tx, &id)?;
            check::is_unchanged(&old, if_match.as_deref())?;
            let widgets = change.widgets.as_ref().unwrap_or(&old.widgets);
            widget::must_exist(tx, widgets)?;
            let events = json(change.events.as_ref().unwrap_or(&old.events))?;
            let (url, is_active) =
                (change.url.as_ref().unwrap_or(&old.url), change.is_active.unwrap_or(old.is_active));
            tx.run(&CHANGE, values![&id, url, &events, &json(widgets)?, is_active])?;
            let secret = change.rotate_secret.then(secret::webhook_secret);
            if let Some(secret) = &secret {
                tx.run(&ROTATE, values![&id, secret])?;
            }
            let detail = if secret.is_some() { "new secret" } else { "" };
            actor.did(tx, AuditKind::WebhookChanged, host(url), detail)?;
            Ok((find(tx, &id)?, secret))
        };
        self.db.write(save).await
    }

    /// Removes a webhook with what waits for it; only owners and admins may.
    pub async fn remove_webhook(&self, owner: &Agent, webhook_id: &str) -> Answer<Vec<WebhookProfile>> {
        let (actor, id) = (Actor::from(owner), webhook_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            let url = find(tx, &id)?.url;
            tx.run(&REMOVE_LOG, values![&id])?;
            if tx.run(&REMOVE, values![&id])? == 0 {
                return Err(Refusal::UnknownEntry.into());
            }
            outbox::close(tx, &destination(&id))?;
            actor.did(tx, AuditKind::WebhookRemoved, host(&url), "")?;
            all(tx)
        };
        self.db.write(remove).await
    }

    /// The last attempts, newest first; only owners and admins may see them.
    pub async fn deliveries(&self, owner: &Agent, webhook_id: &str) -> Answer<Vec<Delivery>> {
        let (owner_id, id) = (owner.id.clone(), webhook_id.to_owned());
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            find(tx, &id)?;
            let rows = tx.all(&LOG, values![&id, limit::DELIVERIES_KEPT])?;
            Ok(rows.into_iter().map(delivery).collect())
        };
        self.db.read(list).await
    }

    /// Sends what an attempt carried once more, under the same id; only owners and admins may.
    pub async fn replay(
        &self,
        owner: &Agent,
        webhook_id: &str,
        delivery_id: &str,
        now_ms: u64,
    ) -> Answer<()> {
        let (owner_id, id, logged) = (owner.id.clone(), webhook_id.to_owned(), delivery_id.to_owned());
        let replay = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let mut row = tx.one(&LOGGED, values![&id, &logged])?.ok_or(Refusal::UnknownEntry)?;
            let letter = letter(&id, row.number(0), row.text(1), now_ms);
            send(tx, &id, &[letter], now_ms)
        };
        self.db.write(replay).await
    }

    /// Where letters go, with what signs them: for the courier.
    pub async fn webhook_targets(&self) -> Answer<Vec<ChatWebhook>> {
        let targets = |tx: &mut Tx<'_>| {
            let rows = tx.all(&ALL, &[])?;
            Ok(rows.into_iter().filter_map(target).collect())
        };
        self.db.read(targets).await
    }

    /// One webhook as its courier needs it, active or not; only owners and admins may.
    pub async fn webhook_target(&self, owner: &Agent, webhook_id: &str) -> Answer<ChatWebhook> {
        let (owner_id, id) = (owner.id.clone(), webhook_id.to_owned());
        let target = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let rows = tx.all(&ALL, &[])?.into_iter().map(|row| signed(row).1);
            rows.into_iter().find(|webhook| webhook.id == id).ok_or_else(|| Refusal::UnknownEntry.into())
        };
        self.db.read(target).await
    }

    /// Notes an attempt in the webhook's log, and what becomes of its letter.
    pub async fn webhook_attempted(&self, attempt: Attempt) -> Answer<Delivery> {
        let note = move |tx: &mut Tx<'_>| {
            let Attempt { webhook_id, letter, payload, number, at_ms, .. } = &attempt;
            let to = destination(webhook_id);
            match (letter, attempt.again_ms) {
                (Some((lane, letter)), None) => outbox::done(tx, &to, *lane, &[*letter])?,
                (Some((lane, letter)), Some(due_ms)) => {
                    let answered = || format!("it answered {}", attempt.status.unwrap_or_default());
                    let why = attempt.failure.clone().unwrap_or_else(answered);
                    let failed = outbox::Failed { attempts: *number, at_ms: *at_ms, due_ms, why };
                    outbox::put_off(tx, &to, *lane, *letter, &failed)?;
                }
                (None, _) => {}
            }
            let event: ApiEvent = from_json(payload)?;
            let id = secret::id("dlv_", *at_ms);
            tx.run(
                &NOTE,
                values![
                    &id,
                    webhook_id,
                    &event.id,
                    event.kind.as_str(),
                    *number,
                    *at_ms,
                    attempt.duration_ms,
                    attempt.status.map(u64::from),
                    attempt.failure.as_ref(),
                    letter.map_or(0, |(lane, _)| lane),
                    payload
                ],
            )?;
            tx.run(&FORGET, values![webhook_id, limit::DELIVERIES_KEPT])?;
            Ok(Delivery {
                id,
                event_id: event.id,
                kind: event.kind.as_str().to_owned(),
                attempt: *number,
                at: rfc3339(*at_ms),
                duration_ms: attempt.duration_ms,
                status: attempt.status,
                failure: attempt.failure.clone(),
            })
        };
        self.db.write(note).await
    }
}

fn find(tx: &mut Tx<'_>, webhook_id: &str) -> Result<WebhookProfile, Refused> {
    all(tx)?.into_iter().find(|webhook| webhook.id == webhook_id).ok_or_else(|| Refusal::UnknownEntry.into())
}

fn all(tx: &mut Tx<'_>) -> Result<Vec<WebhookProfile>, Refused> {
    tx.all(&ALL, &[])?.into_iter().map(profile).collect()
}

fn profile(mut row: Row) -> Result<WebhookProfile, Refused> {
    Ok(WebhookProfile {
        id: row.text(0),
        url: row.text(1),
        events: row.json(2)?,
        widgets: row.json(3)?,
        is_active: row.is(4),
        has_old_secret: row.maybe_text(5).is_some(),
        created_at: rfc3339(row.number(6)),
    })
}

/// Only those to whom anything is told.
fn target(row: Row) -> Option<ChatWebhook> {
    let (is_active, webhook) = signed(row);
    is_active.then_some(webhook)
}

fn signed(mut row: Row) -> (bool, ChatWebhook) {
    let secrets = [Some(row.text(7)), row.maybe_text(5)].into_iter().flatten().collect();
    (row.is(4), ChatWebhook { id: row.text(0), url: row.text(1), secrets })
}

fn delivery(mut row: Row) -> Delivery {
    Delivery {
        id: row.text(0),
        event_id: row.text(1),
        kind: row.text(2),
        attempt: row.number(3),
        at: rfc3339(row.number(4)),
        duration_ms: row.number(5),
        status: row.maybe_number(6).and_then(|status| u16::try_from(status).ok()),
        failure: row.maybe_text(7),
    }
}
