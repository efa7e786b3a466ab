//! Widgets: what stands in a website's page, how it looks, where it may be embedded.
//! Knows nothing of visitors and of scripts.

use crate::access;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::people::{Agent, Widget};
use crate::{Answer, Chat, check, secret};
use wire::api::{Role, WidgetChange, WidgetLook, WidgetProfile};
use wire::{Refusal, Refused};

statements! {
    FIRST = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets ORDER BY created_ms, id LIMIT 1");
    // Any constant of its own: nodes that start together must not each make a widget.
    TAKE_TURNS = postgres_only("SELECT 1 FROM pg_advisory_xact_lock(112594000536949)");
    ADD = both(
        "INSERT INTO widgets (id, token, name, color, greeting, origins, created_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, '[]', ?6)",
    );
    BY_TOKEN = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets WHERE token = ?1");
    BY_ID = both("SELECT id, name, color, greeting, token, origins, settings FROM widgets WHERE id = ?1");
    LOCK = postgres_only("SELECT id FROM widgets WHERE id = ?1 FOR UPDATE");
    ORIGINS = both("SELECT origins FROM widgets");
    OF_AGENT = both(
        "SELECT id, name, color, greeting, token, origins, settings FROM widgets \
         WHERE ?2 = 1 OR id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1) ORDER BY created_ms, id",
    );
    CHANGE = both("UPDATE widgets SET name = ?2, color = ?3, greeting = ?4, origins = ?5, settings = ?6 WHERE id = ?1");
}

impl Chat {
    /// The first widget; made if there is none.
    pub async fn first_widget(&self, now_ms: u64) -> Answer<WidgetProfile> {
        let first = move |tx: &mut Tx<'_>| {
            tx.lock(&TAKE_TURNS, &[])?;
            if let Some(row) = tx.one(&FIRST, &[])? {
                return profile(row);
            }
            let (id, token) = (secret::id("wgt_", now_ms), secret::widget_token());
            tx.run(&ADD, values![&id, &token, "Chat with us", "#2563eb", "Hello! How can we help?", now_ms])?;
            tx.one(&BY_ID, values![&id])?.map(profile).unwrap_or_else(|| Err(Refusal::Internal.into()))
        };
        self.db.write(first).await
    }

    /// The widget with this token, or [`Refusal::UnknownWidget`].
    pub async fn widget_by_token(&self, token: &str) -> Answer<Widget> {
        let token = token.to_owned();
        let find = move |tx: &mut Tx<'_>| {
            let row = tx.one(&BY_TOKEN, values![&token])?.ok_or(Refusal::UnknownWidget)?;
            Ok(Widget { profile: profile(row)? })
        };
        self.db.read(find).await
    }

    /// How the widget with this public id looks, or [`Refusal::NotFound`].
    pub async fn widget_look(&self, public_id: &str) -> Answer<WidgetLook> {
        let id = public_id.to_owned();
        let find = move |tx: &mut Tx<'_>| {
            let row = tx.one(&BY_ID, values![&id])?.ok_or(Refusal::NotFound)?;
            Ok(profile(row)?.look)
        };
        self.db.read(find).await
    }

    /// Each widget's list of origins; an empty one means loopback only.
    pub async fn origin_lists(&self) -> Answer<Vec<Vec<String>>> {
        let lists = |tx: &mut Tx<'_>| {
            tx.all(&ORIGINS, &[])?.into_iter().map(|mut row| origins(&row.text(0))).collect()
        };
        self.db.read(lists).await
    }

    /// Widgets this agent answers on.
    pub async fn widgets_of(&self, agent: &Agent) -> Answer<Vec<WidgetProfile>> {
        let agent_id = agent.id.clone();
        self.db.read(move |tx| of_agent(tx, &agent_id)).await
    }

    /// Changes a widget, only in the state of this tag where one is given; only an owner may. Answers all widgets as they are then.
    pub async fn change_widget(
        &self,
        agent: &Agent,
        widget_id: &str,
        change: WidgetChange,
        if_match: Option<String>,
    ) -> Answer<Vec<WidgetProfile>> {
        let change = WidgetChange {
            name: change.name.map(|name| check::name("name", &name)).transpose()?,
            color: change.color.map(|color| check::color(&color)).transpose()?,
            greeting: change.greeting.map(|greeting| check::greeting(&greeting)).transpose()?,
            origins: change.origins.map(|origins| check::origins(&origins)).transpose()?,
            settings: change.settings.map(check::widget_settings).transpose()?,
        };
        let (agent_id, id) = (agent.id.clone(), widget_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &agent_id)?;
            tx.lock(&LOCK, values![&id])?;
            let old = profile(tx.one(&BY_ID, values![&id])?.ok_or(Refusal::NotFound)?)?;
            check::is_unchanged(&old, if_match.as_deref())?;
            let origins = change.origins.as_ref().unwrap_or(&old.origins);
            let origins = serde_json::to_string(origins).map_err(|_| Refusal::Internal)?;
            let settings = change.settings.as_ref().unwrap_or(&old.settings);
            let settings = serde_json::to_string(settings).map_err(|_| Refusal::Internal)?;
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
            of_agent(tx, &agent_id)
        };
        self.db.write(save).await
    }
}

/// Widgets this agent answers on; none once they were removed.
pub(crate) fn of_agent(tx: &mut Tx<'_>, agent_id: &str) -> Result<Vec<WidgetProfile>, Refused> {
    let owner = access::role_of(tx, agent_id)? == Role::Owner;
    tx.all(&OF_AGENT, values![agent_id, owner])?.into_iter().map(profile).collect()
}

fn profile(mut row: Row) -> Result<WidgetProfile, Refused> {
    let look = WidgetLook { id: row.text(0), name: row.text(1), color: row.text(2), greeting: row.text(3) };
    let settings = serde_json::from_str(&row.text(6)).map_err(|_| Refusal::Internal)?;
    Ok(WidgetProfile { look, token: row.text(4), origins: origins(&row.text(5))?, settings })
}

/// From the JSON column.
pub(crate) fn origins(json: &str) -> Result<Vec<String>, Refused> {
    serde_json::from_str(json).map_err(|_| Refusal::Internal.into())
}
