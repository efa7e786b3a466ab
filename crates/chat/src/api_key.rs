//! API keys: what another program shows to act on the desk, as an agent of its own. Knows nothing of
//! routes; which scope a route needs is the server's table.
//!
//! Because a key is an agent, every rule about agents holds for it without knowing of keys: it answers
//! on the widgets it is a member of, and its messages bear its name.

use crate::access::{self, role};
use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, json, values};
use crate::people::{Agent, ApiKey, Call};
use crate::{Answer, Chat, agent, check, secret};
use wire::api::{AgentProfile, AuditKind, Role};
use wire::integration::{ApiKeyProfile, NewKey, Scope};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    WORKING = both("SELECT COUNT(*) FROM api_keys WHERE revoked_ms IS NULL");
    ADD_AGENT = both(
        "INSERT INTO agents (id, name, email, role, password_hash, created_ms) VALUES (?1, ?2, '', ?3, '', ?4)",
    );
    ADD = both(
        "INSERT INTO api_keys (id, agent_id, secret_hash, scopes, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    );
    ALL = both(
        "SELECT k.id, k.agent_id, a.name, k.scopes, k.created_ms, k.used_ms, k.revoked_ms \
         FROM api_keys k JOIN agents a ON a.id = k.agent_id ORDER BY k.created_ms, k.id",
    );
    BY_SECRET = both(
        "SELECT k.id, k.agent_id, a.name, k.scopes, k.used_ms, a.role FROM api_keys k \
         JOIN agents a ON a.id = k.agent_id \
         WHERE k.secret_hash = ?1 AND k.revoked_ms IS NULL AND a.removed_ms IS NULL",
    );
    USED = both("UPDATE api_keys SET used_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL");
    REVOKE = both("UPDATE api_keys SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL RETURNING agent_id");
    REMOVE_AGENT = both("UPDATE agents SET removed_ms = ?2 WHERE id = ?1");
    WIDGETS = both("SELECT widget_id FROM widget_members WHERE agent_id = ?1 ORDER BY widget_id");
}

/// That a key was used is written at most once in this time, so that reading with it stays reading.
const USED_EVERY_MS: u64 = 60_000;

impl Chat {
    /// Makes a key; only an owner may. The secret is answered this once, and kept hashed.
    pub async fn new_key(
        &self,
        owner: &Agent,
        request: NewKey,
        now_ms: u64,
    ) -> Answer<(ApiKeyProfile, String)> {
        let (name, scopes) = (check::name("name", &request.name)?, scopes(request.scopes, &request.widgets)?);
        let (actor, widgets) = (Actor::from(owner), request.widgets);
        let make = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &actor.id)?;
            let (id, agent_id, secret) =
                (secret::id("key_", now_ms), secret::id("agt_", now_ms), secret::token("fdk_"));
            check::room(tx.number(&WORKING, &[])?, limit::API_KEYS, "keys")?;
            let role = if widgets.is_empty() { Role::Owner } else { Role::Agent };
            tx.run(&ADD_AGENT, values![&agent_id, &name, role.as_str(), now_ms])?;
            agent::join_widgets(tx, &agent_id, &widgets)?;
            tx.run(&ADD, values![&id, &agent_id, &secret::hash(&secret), &json(&scopes)?, now_ms])?;
            actor.did(tx, AuditKind::KeyMade, &name, "")?;
            let made = all(tx)?.into_iter().find(|key| key.id == id).ok_or(Refusal::Internal)?;
            Ok((made, secret))
        };
        self.db.write(make).await
    }

    /// Every key there is or was, oldest first; only an owner may see them.
    pub async fn keys(&self, owner: &Agent) -> Answer<Vec<ApiKeyProfile>> {
        let owner_id = owner.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &owner_id)?;
            all(tx)
        };
        self.db.read(list).await
    }

    /// From now on this key does nothing; only an owner may. What it wrote stays under its name.
    pub async fn revoke_key(&self, owner: &Agent, key_id: &str, now_ms: u64) -> Answer<Vec<ApiKeyProfile>> {
        let (actor, id) = (Actor::from(owner), key_id.to_owned());
        let revoke = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &actor.id)?;
            let agent_id = tx.one(&REVOKE, values![&id, now_ms])?.ok_or(Refusal::UnknownEntry)?.text(0);
            tx.run(&REMOVE_AGENT, values![&agent_id, now_ms])?;
            let keys = all(tx)?;
            let name = keys.iter().find(|key| key.id == id).map_or("", |key| &key.name);
            actor.did(tx, AuditKind::KeyRevoked, name, "")?;
            Ok(keys)
        };
        self.db.write(revoke).await
    }

    /// Whom this secret lets act, and on what; [`Refusal::KeyInvalid`] when nobody.
    pub async fn api_key(&self, secret: &str, now_ms: u64) -> Answer<ApiKey> {
        let hash = secret::hash(secret);
        let (key, used_ms) = self.db.read(move |tx| by_secret(tx, &hash, now_ms)).await?;
        if used_ms.is_none_or(|used_ms| used_ms + USED_EVERY_MS <= now_ms) {
            let id = key.agent.session_id.clone();
            self.db.write(move |tx| tx.run(&USED, values![&id, now_ms]).map(|_| ())).await?;
        }
        Ok(key)
    }
}

/// At least one, each once, and none that the widgets rule out.
fn scopes(mut scopes: Vec<Scope>, widgets: &[String]) -> Result<Vec<Scope>, Refused> {
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Refusal::MissingField.because("scopes"));
    }
    match scopes.iter().find(|scope| scope.needs_all_widgets()) {
        Some(scope) if !widgets.is_empty() => {
            let detail = format!("scopes: {} is not for a key of some widgets only", scope.as_str());
            Err(Refusal::InvalidField.because(detail))
        }
        _ => Ok(scopes),
    }
}

fn all(tx: &mut Tx<'_>) -> Result<Vec<ApiKeyProfile>, Refused> {
    let rows = tx.all(&ALL, &[])?;
    rows.into_iter().map(|row| profile(tx, row)).collect()
}

fn profile(tx: &mut Tx<'_>, mut row: Row) -> Result<ApiKeyProfile, Refused> {
    let agent_id = row.text(1);
    let members = tx.all(&WIDGETS, values![&agent_id])?;
    Ok(ApiKeyProfile {
        id: row.text(0),
        agent_id,
        name: row.text(2),
        scopes: row.json(3)?,
        widgets: members.into_iter().map(|mut row| row.text(0)).collect(),
        created_at: rfc3339(row.number(4)),
        used_at: row.maybe_number(5).map(rfc3339),
        revoked_at: row.maybe_number(6).map(rfc3339),
    })
}

fn by_secret(tx: &mut Tx<'_>, hash: &str, now_ms: u64) -> Result<(ApiKey, Option<u64>), Refused> {
    let mut row = tx.one(&BY_SECRET, values![hash])?.ok_or(Refusal::KeyInvalid)?;
    let (id, role) = (row.text(1), role(&row.text(5))?);
    let profile = AgentProfile {
        widgets: agent::widgets(tx, &id, role)?,
        id: id.clone(),
        name: row.text(2),
        email: String::new(),
        avatar: None,
        role,
    };
    let call = Call::from(now_ms);
    let agent =
        Agent { id, profile, session_id: row.text(0), csrf: String::new(), call, owes_second_step: false };
    Ok((ApiKey { agent, scopes: row.json(3)? }, row.maybe_number(4)))
}
