//! Widgets: what stands in a website's page, how it looks, where it may be embedded.
//! Knows nothing of visitors and of scripts.

use crate::audit::Actor;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, json, values};
use crate::people::{Agent, Conditional, Widget};
use crate::{Answer, Chat, access, agent, check, secret};
use wire::api::{AuditKind, NewWidget, WidgetChange, WidgetLook, WidgetProfile, WidgetSettings};
use wire::{Refusal, Refused, limit};

statements! {
    FIRST = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets ORDER BY created_ms, id LIMIT 1");
    // Any constant of its own: nodes that start together must not each make a widget.
    TAKE_TURNS = postgres_only("SELECT 1 FROM pg_advisory_xact_lock(112594000536949)");
    ADD = both(
        "INSERT INTO widgets (id, token, name, color, greeting, origins, created_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    );
    BY_TOKEN = both(
        "SELECT id, name, color, greeting, token, origins, settings FROM widgets WHERE token = ?1 \
         OR id = (SELECT widget_id FROM widget_tokens WHERE token = ?1 AND expires_ms > ?2)",
    );
    LOCK = postgres_only("SELECT id FROM widgets WHERE id = ?1 FOR UPDATE");
    SET_TOKEN = both("UPDATE widgets SET token = ?2 WHERE id = ?1");
    KEEP_TOKEN = both("INSERT INTO widget_tokens (token, widget_id, expires_ms) VALUES (?1, ?2, ?3)");
    END_TOKENS = both("DELETE FROM widget_tokens WHERE expires_ms <= ?1");
    END_TOKENS_OF = both("DELETE FROM widget_tokens WHERE widget_id = ?1");
    ALL = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets ORDER BY created_ms, id");
    BY_ID = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets WHERE id = ?1");
    SETTINGS = both("SELECT settings FROM widgets WHERE id = ?1");
    ORIGINS = both("SELECT origins FROM widgets");
    OF_AGENT = both(
        "SELECT id, name, color, greeting, token, origins, settings FROM widgets \
         WHERE ?2 = 1 OR id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1) ORDER BY created_ms, id",
    );
    COUNT = both("SELECT COUNT(*) FROM widgets");
    IN_USE = both(
        "SELECT EXISTS (SELECT 1 FROM conversations WHERE widget_id = ?1), \
         EXISTS (SELECT 1 FROM contacts WHERE widget_id = ?1), \
         EXISTS (SELECT 1 FROM widget_members m JOIN api_keys k ON k.agent_id = m.agent_id \
         WHERE m.widget_id = ?1 AND k.revoked_ms IS NULL)",
    );
    END_SESSIONS = both(
        "UPDATE sessions SET expires_ms = 0 WHERE person_id IN (SELECT id FROM visitors WHERE widget_id = ?1)",
    );
    END_SESSION_TOKENS = both(
        "DELETE FROM session_tokens WHERE session_id IN (SELECT s.id FROM sessions s \
         JOIN visitors v ON v.id = s.person_id WHERE v.widget_id = ?1)",
    );
    REMOVE_VISITORS = both("DELETE FROM visitors WHERE widget_id = ?1");
    REMOVE_MEMBERS = both("DELETE FROM widget_members WHERE widget_id = ?1");
    REMOVE_SECRETS = both("DELETE FROM identity_secrets WHERE widget_id = ?1");
    REMOVE = both("DELETE FROM widgets WHERE id = ?1");
    CHANGE = both("UPDATE widgets SET name = ?2, color = ?3, greeting = ?4, origins = ?5, settings = ?6 WHERE id = ?1");
}

/// How a widget looks and greets of which nothing else was said.
const COLOR: &str = "#2563eb";
const GREETING: &str = "Hello! How can we help?";

/// A widget to be added.
struct Fresh<'a> {
    name: &'a str,
    color: &'a str,
    greeting: &'a str,
    /// JSON array.
    origins: &'a str,
}

impl Chat {
    /// The first widget; made if there is none.
    pub async fn first_widget(&self, now_ms: u64) -> Answer<WidgetProfile> {
        let first = move |tx: &mut Tx<'_>| {
            tx.lock(&TAKE_TURNS, &[])?;
            if let Some(row) = tx.one(&FIRST, &[])? {
                return profile(row);
            }
            add(tx, &Fresh { name: "Chat with us", color: COLOR, greeting: GREETING, origins: "[]" }, now_ms)
        };
        self.db.write(first).await
    }

    /// Adds a widget, which looks as the first one did.
    pub async fn add_widget(&self, name: &str, origins: &[String], now_ms: u64) -> Answer<WidgetProfile> {
        let name = check::name("name", name)?;
        let origins = check::origins(origins)?;
        let origins = json(&origins)?;
        let make = move |tx: &mut Tx<'_>| {
            Actor::operator(now_ms).did(tx, AuditKind::WidgetAdded, &name, "")?;
            add(tx, &Fresh { name: &name, color: COLOR, greeting: GREETING, origins: &origins }, now_ms)
        };
        self.db.write(make).await
    }

    /// Every widget.
    pub async fn all_widgets(&self) -> Answer<Vec<WidgetProfile>> {
        self.db.read(|tx| tx.all(&ALL, &[])?.into_iter().map(profile).collect()).await
    }

    /// Gives a widget a new token. The one it had works on for `overlap_s`, and with 0 ends at once,
    /// as do all that it had before. [`Refusal::NotFound`] for an unknown id.
    pub async fn rotate_widget(&self, widget_id: &str, overlap_s: u64, now_ms: u64) -> Answer<WidgetProfile> {
        let (id, operator) = (widget_id.to_owned(), Actor::operator(now_ms));
        self.db.write(move |tx| rotate(tx, &operator, &id, overlap_s, now_ms)).await
    }

    /// The same by an owner or admin. [`Refusal::UnknownEntry`] for an unknown id; the overlap is at most a year.
    pub async fn new_widget_token(
        &self,
        owner: &Agent,
        widget_id: &str,
        overlap_s: u64,
        now_ms: u64,
    ) -> Answer<WidgetProfile> {
        if overlap_s > limit::WIDGET_TOKEN_OVERLAP_DAYS_MAX * 86_400 {
            let most = limit::WIDGET_TOKEN_OVERLAP_DAYS_MAX;
            return Err(Refusal::InvalidField.because(format!("overlap_s is at most {most} days")));
        }
        let (actor, id) = (Actor::from(owner), widget_id.to_owned());
        let change = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            exists(tx, &id)?;
            rotate(tx, &actor, &id, overlap_s, now_ms)
        };
        self.db.write(change).await
    }

    /// Adds a widget; only owners and admins may.
    pub async fn new_widget(&self, owner: &Agent, new: NewWidget, now_ms: u64) -> Answer<WidgetProfile> {
        let (name, origins) = (check::name("name", &new.name)?, json(&check::origins(&new.origins)?)?);
        let color = new.color.map(|color| check::color(&color)).transpose()?;
        let greeting = new.greeting.map(|greeting| check::greeting(&greeting)).transpose()?;
        let actor = Actor::from(owner);
        let make = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            check::room(tx.number(&COUNT, &[])?, limit::WIDGETS, "widgets")?;
            let (color, greeting) =
                (color.as_deref().unwrap_or(COLOR), greeting.as_deref().unwrap_or(GREETING));
            let added = add(tx, &Fresh { name: &name, color, greeting, origins: &origins }, now_ms)?;
            let who = agent::begin_on(tx, &added.look.id, &new.agents)?;
            actor.did(tx, AuditKind::WidgetAdded, &name, &who)?;
            Ok(added)
        };
        self.db.write(make).await
    }

    /// Removes a widget with which nothing is lost; only owners and admins may. [`Refusal::WidgetInUse`] says what would
    /// be: a conversation, a contact, a key that is for this widget; and one widget always stays.
    pub async fn remove_widget(&self, owner: &Agent, widget_id: &str) -> Answer<Vec<WidgetProfile>> {
        let (actor, id) = (Actor::from(owner), widget_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            tx.lock(&TAKE_TURNS, &[])?;
            tx.lock(&LOCK, values![&id])?;
            exists(tx, &id)?;
            must_be_unused(tx, &id)?;
            let name = by_id(tx, &id)?.look.name;
            actor.did(tx, AuditKind::WidgetRemoved, &name, "")?;
            for sql in [
                &END_SESSION_TOKENS,
                &END_SESSIONS,
                &REMOVE_VISITORS,
                &REMOVE_MEMBERS,
                &REMOVE_SECRETS,
                &END_TOKENS_OF,
                &REMOVE,
            ] {
                tx.run(sql, values![&id])?;
            }
            of_agent(tx, &actor.id)
        };
        self.db.write(remove).await
    }

    /// The widget with this token, or [`Refusal::UnknownWidget`].
    pub async fn widget_by_token(&self, token: &str, now_ms: u64) -> Answer<Widget> {
        let token = token.to_owned();
        let find = move |tx: &mut Tx<'_>| {
            let row = tx.one(&BY_TOKEN, values![&token, now_ms])?.ok_or(Refusal::UnknownWidget)?;
            Ok(Widget { profile: profile(row)? })
        };
        self.db.read(find).await
    }

    /// The widget with this public id, or [`Refusal::NotFound`].
    pub async fn widget_by_id(&self, public_id: &str) -> Answer<WidgetProfile> {
        let id = public_id.to_owned();
        self.db.read(move |tx| by_id(tx, &id)).await
    }

    /// Each widget's list of origins; an empty one means loopback only.
    pub async fn origin_lists(&self) -> Answer<Vec<Vec<String>>> {
        let lists = |tx: &mut Tx<'_>| tx.all(&ORIGINS, &[])?.into_iter().map(|mut row| row.json(0)).collect();
        self.db.read(lists).await
    }

    /// Widgets this agent answers on.
    pub async fn widgets_of(&self, agent: &Agent) -> Answer<Vec<WidgetProfile>> {
        let agent_id = agent.id.clone();
        self.db.read(move |tx| of_agent(tx, &agent_id)).await
    }

    /// Changes a widget, only in the state of this tag where one is given; only owners and admins may. Answers all widgets as they are then.
    pub async fn change_widget(
        &self,
        agent: &Agent,
        widget_id: &str,
        change: impl Into<Conditional<WidgetChange>>,
    ) -> Answer<Vec<WidgetProfile>> {
        let Conditional { change, if_match } = change.into();
        let change = WidgetChange {
            name: change.name.map(|name| check::name("name", &name)).transpose()?,
            color: change.color.map(|color| check::color(&color)).transpose()?,
            greeting: change.greeting.map(|greeting| check::greeting(&greeting)).transpose()?,
            origins: change.origins.map(|origins| check::origins(&origins)).transpose()?,
            settings: change.settings.map(check::widget_settings).transpose()?,
        };
        let (actor, id) = (Actor::from(agent), widget_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            tx.lock(&LOCK, values![&id])?;
            let old = by_id(tx, &id)?;
            check::is_unchanged(&old, if_match.as_deref())?;
            let origins = json(change.origins.as_ref().unwrap_or(&old.origins))?;
            let settings = json(change.settings.as_ref().unwrap_or(&old.settings))?;
            tx.run(
                &CHANGE,
                values![
                    &id,
                    change.name.as_ref().unwrap_or(&old.look.name),
                    change.color.as_ref().unwrap_or(&old.look.color),
                    change.greeting.as_ref().unwrap_or(&old.look.greeting),
                    &origins,
                    &settings
                ],
            )?;
            actor.did(tx, AuditKind::WidgetChanged, &old.look.name, &parts(&change))?;
            of_agent(tx, &actor.id)
        };
        self.db.write(save).await
    }
}

/// Which parts a change is about.
fn parts(change: &WidgetChange) -> String {
    let parts = [
        (change.name.is_some(), "name"),
        (change.color.is_some(), "colour"),
        (change.greeting.is_some(), "greeting"),
        (change.origins.is_some(), "websites"),
        (change.settings.is_some(), "settings"),
    ];
    parts.into_iter().filter_map(|(is_in, part)| is_in.then_some(part)).collect::<Vec<_>>().join(", ")
}

/// Widgets this agent answers on; none once they were removed.
pub(crate) fn of_agent(tx: &mut Tx<'_>, agent_id: &str) -> Result<Vec<WidgetProfile>, Refused> {
    let is_everywhere = access::is_everywhere(tx, agent_id)?;
    tx.all(&OF_AGENT, values![agent_id, is_everywhere])?.into_iter().map(profile).collect()
}

fn add(tx: &mut Tx<'_>, fresh: &Fresh<'_>, now_ms: u64) -> Result<WidgetProfile, Refused> {
    let (id, token) = (secret::id("wgt_", now_ms), secret::widget_token());
    let Fresh { name, color, greeting, origins } = *fresh;
    tx.run(&ADD, values![&id, &token, name, color, greeting, origins, now_ms])?;
    by_id(tx, &id)
}

fn rotate(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: &str,
    overlap_s: u64,
    now_ms: u64,
) -> Result<WidgetProfile, Refused> {
    tx.lock(&LOCK, values![id])?;
    let old = by_id(tx, id)?;
    tx.run(&END_TOKENS, values![now_ms])?;
    if overlap_s == 0 {
        tx.run(&END_TOKENS_OF, values![id])?;
    } else {
        tx.run(&KEEP_TOKEN, values![&old.token, id, now_ms + overlap_s * 1_000])?;
    }
    tx.run(&SET_TOKEN, values![id, &secret::widget_token()])?;
    actor.did(tx, AuditKind::TokenRotated, &old.look.name, "")?;
    by_id(tx, id)
}

/// [`Refusal::UnknownEntry`] where no widget has this id.
fn exists(tx: &mut Tx<'_>, id: &str) -> Result<(), Refused> {
    tx.one(&SETTINGS, values![id])?.map(|_| ()).ok_or_else(|| Refusal::UnknownEntry.into())
}

fn must_be_unused(tx: &mut Tx<'_>, id: &str) -> Result<(), Refused> {
    let no = |why: &str| Err(Refusal::WidgetInUse.because(why));
    if tx.number(&COUNT, &[])? < 2 {
        return no("It is the only one.");
    }
    let Some(mut row) = tx.one(&IN_USE, values![id])? else { return Ok(()) };
    match (row.is(0), row.is(1), row.is(2)) {
        (true, _, _) => no("It has conversations, which would be lost."),
        (_, true, _) => no("It has contacts, who would be lost."),
        (_, _, true) => no("An API key is for it; revoke that first."),
        (false, false, false) => Ok(()),
    }
}

fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<WidgetProfile, Refused> {
    tx.one(&BY_ID, values![id])?.map(profile).unwrap_or_else(|| Err(Refusal::NotFound.into()))
}

fn profile(mut row: Row) -> Result<WidgetProfile, Refused> {
    let look = WidgetLook { id: row.text(0), name: row.text(1), color: row.text(2), greeting: row.text(3) };
    Ok(WidgetProfile { look, token: row.text(4), origins: row.json(5)?, settings: row.json(6)? })
}

/// Are all of these widgets?
pub(crate) fn must_exist(tx: &mut Tx<'_>, widgets: &[String]) -> Result<(), Refused> {
    for id in widgets {
        if tx.one(&SETTINGS, values![id])?.is_none() {
            return Err(Refusal::InvalidField.because("widgets names a widget that does not exist"));
        }
    }
    Ok(())
}

/// What a widget is called, or [`Refusal::UnknownEntry`].
pub(crate) fn name(tx: &mut Tx<'_>, widget_id: &str) -> Result<String, Refused> {
    exists(tx, widget_id)?;
    Ok(by_id(tx, widget_id)?.look.name)
}

/// Nobody else changes it before this transaction ends.
pub(crate) fn lock(tx: &mut Tx<'_>, widget_id: &str) -> Result<(), Refused> {
    tx.lock(&LOCK, values![widget_id])
}

/// How a widget behaves, or [`Refusal::NotFound`].
pub(crate) fn settings(tx: &mut Tx<'_>, widget_id: &str) -> Result<WidgetSettings, Refused> {
    tx.one(&SETTINGS, values![widget_id])?.ok_or(Refusal::NotFound)?.json(0)
}
