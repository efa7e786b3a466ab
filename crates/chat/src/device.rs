//! Browsers that take pushes, and the server's own key pair for them. Knows nothing of encryption and of what
//! is pushed.

use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, secret};
use crate::{access, check};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wire::alert::{AddDevice, Device};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    // A browser has one: whoever signs in on it takes it over.
    ADD = both(
        "INSERT INTO devices (id, agent_id, session_id, name, endpoint, p256dh, auth, created_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (endpoint) DO UPDATE SET agent_id = excluded.agent_id, \
         session_id = excluded.session_id, name = excluded.name, p256dh = excluded.p256dh, auth = excluded.auth",
    );
    KEEP_NEWEST = both(
        "DELETE FROM devices WHERE agent_id = ?1 AND id NOT IN \
         (SELECT id FROM devices WHERE agent_id = ?1 ORDER BY created_ms DESC, id DESC LIMIT ?2)",
    );
    OF_AGENT = both(
        "SELECT id, name, endpoint, created_ms, pushed_ms FROM devices WHERE agent_id = ?1 ORDER BY created_ms, id",
    );
    FIND = both("SELECT id, endpoint, p256dh, auth FROM devices WHERE id = ?1 AND agent_id = ?2");
    REMOVE = both("DELETE FROM devices WHERE id = ?1 AND agent_id = ?2");
    GONE = both("DELETE FROM devices WHERE id = ?1");
    PUSHED = both("UPDATE devices SET pushed_ms = ?2 WHERE id = ?1");
    FORGET_OF_SESSION = both("DELETE FROM devices WHERE session_id = ?1");
    FORGET_OF_OTHERS = both("DELETE FROM devices WHERE agent_id = ?1 AND session_id <> ?2");
    FORGET_OF_AGENT = both("DELETE FROM devices WHERE agent_id = ?1");
    ADD_KEYS = both("INSERT INTO push_keys (id, private, public) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING");
    KEYS = both("SELECT private, public FROM push_keys WHERE id = 1");
}

/// The server's key pair for pushes (RFC 8292), base64url. Its `Debug` shows no key.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// PKCS#8.
    pub private: String,
    /// Uncompressed point.
    pub public: String,
}

impl std::fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKeys")
    }
}

/// Where and how a device takes pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `dev_…`.
    pub device_id: String,
    /// Where its push service takes them.
    pub endpoint: String,
    /// Its public key: 65 bytes, an uncompressed point.
    pub p256dh: Vec<u8>,
    /// Its authentication secret: 16 bytes.
    pub auth: Vec<u8>,
}

impl Chat {
    /// The key pair of this installation: `made`, if there was none.
    pub async fn push_keys(&self, made: PushKeys) -> Answer<PushKeys> {
        let keep = move |tx: &mut Tx<'_>| {
            tx.run(&ADD_KEYS, values![&made.private, &made.public])?;
            let mut row = tx.one(&KEYS, &[])?.ok_or(Refusal::Internal)?;
            Ok(PushKeys { private: row.text(0), public: row.text(1) })
        };
        self.db.write(keep).await
    }

    /// This browser takes pushes from now on. Whether its address may be called is not looked at.
    pub async fn add_device(&self, agent: &Agent, device: AddDevice, now_ms: u64) -> Answer<()> {
        let name = check::name("name", &device.name)?;
        if device.endpoint.len() > limit::PUSH_ENDPOINT_BYTES || !device.endpoint.is_ascii() {
            return Err(Refusal::InvalidField.because("endpoint is not the address of a push service"));
        }
        let is_point = |bytes: &[u8]| bytes.len() == 65 && bytes[0] == 4;
        if !decoded(&device.p256dh).is_some_and(|bytes| is_point(&bytes)) {
            return Err(Refusal::InvalidField.because("p256dh is not a public key"));
        }
        if decoded(&device.auth).is_none_or(|bytes| bytes.len() != 16) {
            return Err(Refusal::InvalidField.because("auth is not a secret of 16 bytes"));
        }
        let (agent_id, session_id) = (agent.id.clone(), agent.session_id.clone());
        let add = move |tx: &mut Tx<'_>| {
            access::must_answer(tx, &agent_id)?;
            let id = secret::id("dev_", now_ms);
            let AddDevice { endpoint, p256dh, auth, .. } = &device;
            tx.run(&ADD, values![&id, &agent_id, &session_id, &name, endpoint, p256dh, auth, now_ms])?;
            tx.run(&KEEP_NEWEST, values![&agent_id, limit::DEVICES]).map(|_| ())
        };
        self.db.write(add).await
    }

    /// One of one's own takes no pushes any more; [`Refusal::UnknownEntry`] for another.
    pub async fn remove_device(&self, agent: &Agent, device_id: &str) -> Answer<()> {
        let (agent_id, id) = (agent.id.clone(), device_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| match tx.run(&REMOVE, values![&id, &agent_id])? {
            0 => Err(Refusal::UnknownEntry.into()),
            _ => Ok(()),
        };
        self.db.write(remove).await
    }

    /// One of one's own, to push something to it; [`Refusal::UnknownEntry`] for another.
    pub async fn subscription(&self, agent: &Agent, device_id: &str) -> Answer<Subscription> {
        let (agent_id, id) = (agent.id.clone(), device_id.to_owned());
        let find =
            move |tx: &mut Tx<'_>| find(tx, &id, &agent_id)?.ok_or_else(|| Refusal::UnknownEntry.into());
        self.db.read(find).await
    }

    /// Its push service says that it is gone for good.
    pub async fn device_is_gone(&self, device_id: &str) -> Answer<()> {
        let id = device_id.to_owned();
        self.db.write(move |tx| gone(tx, &id)).await
    }
}

/// An agent's devices, oldest first.
pub(crate) fn of(tx: &mut Tx<'_>, agent_id: &str) -> Result<Vec<Device>, Refused> {
    let device = |mut row: Row| Device {
        id: row.text(0),
        name: row.text(1),
        endpoint: row.text(2),
        created_at: rfc3339(row.number(3)),
        pushed_at: row.maybe_number(4).map(rfc3339),
    };
    Ok(tx.all(&OF_AGENT, values![agent_id])?.into_iter().map(device).collect())
}

/// Where to push to; `None`: it is gone, or another agent's now.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str, agent_id: &str) -> Result<Option<Subscription>, Refused> {
    tx.one(&FIND, values![id, agent_id])?.map(subscription).transpose()
}

/// A push service took something for it.
pub(crate) fn pushed(tx: &mut Tx<'_>, id: &str, now_ms: u64) -> Result<(), Refused> {
    tx.run(&PUSHED, values![id, now_ms]).map(|_| ())
}

pub(crate) fn gone(tx: &mut Tx<'_>, id: &str) -> Result<(), Refused> {
    tx.run(&GONE, values![id]).map(|_| ())
}

/// Somebody signed out there: what visitors write is not for whoever comes next.
pub(crate) fn forget_of_session(tx: &mut Tx<'_>, session_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET_OF_SESSION, values![session_id]).map(|_| ())
}

/// The same everywhere but here.
pub(crate) fn forget_of_others(tx: &mut Tx<'_>, agent_id: &str, session_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET_OF_OTHERS, values![agent_id, session_id]).map(|_| ())
}

/// All their sessions were ended; a visitor has none.
pub(crate) fn forget_of_agent(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET_OF_AGENT, values![agent_id]).map(|_| ())
}

fn subscription(mut row: Row) -> Result<Subscription, Refused> {
    let (p256dh, auth) = (decoded(&row.text(2)), decoded(&row.text(3)));
    let (Some(p256dh), Some(auth)) = (p256dh, auth) else { return Err(Refusal::Internal.into()) };
    Ok(Subscription { device_id: row.text(0), endpoint: row.text(1), p256dh, auth })
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
