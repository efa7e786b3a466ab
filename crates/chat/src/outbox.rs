//! Letters to other servers: kept until they are delivered or too old, numbered in the order in
//! which they were written, and written once for each change they tell of. Knows nothing of what
//! stands in a letter, nor of how it is carried.

use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::{Answer, Chat, dead_letter};
use std::collections::BTreeMap;
use wire::{Refused, limit};

statements! {
    TELL = both(
        "INSERT INTO told (kind, app_id, channel, user_id, value, told_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (kind, app_id, channel, user_id) \
         DO UPDATE SET value = excluded.value, told_ms = excluded.told_ms \
         WHERE told.value <> excluded.value OR told.told_ms < ?7",
    );
    FORGET = both("DELETE FROM told WHERE kind = ?1 AND app_id = ?2 AND channel = ?3 AND user_id = ?4");
    FORGET_OLD = both("DELETE FROM told WHERE kind = ?1 AND told_ms < ?2");
    TOLD = both(
        "SELECT kind, app_id, channel, user_id FROM told WHERE (kind, app_id, channel, user_id) > (?1, ?2, ?3, ?4) \
         ORDER BY kind, app_id, channel, user_id LIMIT ?5",
    );
    WAITING = both("SELECT waiting FROM outbox_destinations WHERE id = ?1");
    NUMBERS = both(
        "INSERT INTO outbox_destinations (id, last_number, waiting) VALUES (?1, ?2, ?2) \
         ON CONFLICT (id) DO UPDATE SET last_number = outbox_destinations.last_number + excluded.last_number, \
         waiting = outbox_destinations.waiting + excluded.waiting RETURNING last_number",
    );
    ADD = both(
        "INSERT INTO outbox (destination, lane, number, payload, created_ms, due_ms, give_up_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
    );
    HEAD = both(
        "SELECT number, payload, created_ms, due_ms, attempts FROM outbox \
         WHERE destination = ?1 AND lane = ?2 AND give_up_ms > ?3 ORDER BY number LIMIT ?4",
    );
    DONE = both("DELETE FROM outbox WHERE destination = ?1 AND lane = ?2 AND number = ?3");
    PUT_OFF = both(
        "UPDATE outbox SET attempts = ?4, due_ms = ?5 WHERE destination = ?1 AND lane = ?2 AND number = ?3",
    );
    CLOSE = both("DELETE FROM outbox WHERE destination = ?1");
    FEWER = both("UPDATE outbox_destinations SET waiting = waiting - ?2 WHERE id = ?1");
    WORKS = both(
        "UPDATE outbox_destinations SET waiting = waiting - ?2, failure = NULL, failed_ms = NULL WHERE id = ?1",
    );
    FAILS = both("UPDATE outbox_destinations SET failure = ?2, failed_ms = ?3 WHERE id = ?1");
    DESTINATIONS = both("SELECT id, waiting FROM outbox_destinations WHERE waiting > 0");
    // Nobody's lease lies so far ahead: it was taken before the clock was put back.
    LEASE = both(
        "INSERT INTO leases (name, holder, until_ms) VALUES (?1, ?2, ?3) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
         WHERE leases.holder = excluded.holder OR leases.until_ms <= ?4 OR leases.until_ms > ?5",
    );
    RELEASE = both("DELETE FROM leases WHERE name = ?1 AND holder = ?2");
}

/// How far the clocks of two servers may differ, and a lease reach beyond another.
const LEASE_AHEAD_MS: u64 = 60_000;

/// What something told is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A channel has listeners: 1, or nothing.
    Channel,
    /// A user is on a presence channel: 1, or nothing.
    Member,
    /// How many subscriptions a channel has.
    Count,
    /// A cache channel had nothing to give.
    CacheMiss,
    /// A visitor of the chat is online: 1, or nothing. The channel is the widget, the app none.
    Visitor,
}

impl About {
    const ALL: [About; 5] = [About::Channel, About::Member, About::Count, About::CacheMiss, About::Visitor];

    fn name(self) -> &'static str {
        match self {
            About::Channel => "channel",
            About::Member => "member",
            About::Count => "count",
            About::CacheMiss => "cache_miss",
            About::Visitor => "visitor",
        }
    }
}

/// Of what something was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Which kind of thing.
    pub about: About,
    /// The app.
    pub app_id: String,
    /// Its channel.
    pub channel: String,
    /// The member; empty for everything else.
    pub user_id: String,
}

/// How a subject stands now; its letters are written only if that was not told yet.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Of what.
    pub subject: Subject,
    /// 0 forgets it: that it is empty is told once.
    pub value: u64,
    /// The same value is told again if it was last told before this; 0: never.
    pub again_before_ms: u64,
}

/// Something for another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Where to; what the name means is the carrier's business.
    pub destination: String,
    /// Letters of one lane are delivered in order, lanes do not wait for each other.
    pub lane: u64,
    /// The letter.
    pub payload: String,
    /// When it is too old to be of use.
    pub give_up_ms: u64,
}

/// Letters to write, if what they tell is new.
#[derive(Clone, Debug)]
pub struct Posting {
    /// What they tell of; absent: written whatever was told before.
    pub standing: Option<Standing>,
    /// To everybody who wants to know.
    pub letters: Vec<Letter>,
}

/// What became of some postings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Destinations and lanes that have something to deliver.
    pub lanes: Vec<(String, u64)>,
    /// Letters not written, because too many wait for their destination.
    pub refused: u64,
}

/// A delivery that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// How often it has, with this time.
    pub attempts: u64,
    /// When.
    pub at_ms: u64,
    /// When it is tried again.
    pub due_ms: u64,
    /// Why; texts name no address.
    pub why: String,
}

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Rises within a destination.
    pub number: u64,
    /// The letter.
    pub payload: String,
    /// When it was written.
    pub created_ms: u64,
    /// Not to be delivered before this.
    pub due_ms: u64,
    /// How often delivery has failed.
    pub attempts: u64,
}

impl Chat {
    /// Writes all these letters in one transaction, each only if it tells something new.
    pub async fn outbox_post(&self, postings: Vec<Posting>, now_ms: u64) -> Answer<Posted> {
        let post = move |tx: &mut Tx<'_>| {
            let is_news = news(tx, &postings, now_ms)?;
            let mut letters: BTreeMap<&str, Vec<&Letter>> = BTreeMap::new();
            for letter in postings.iter().zip(is_news).filter(|(_, news)| *news).flat_map(|(p, _)| &p.letters)
            {
                letters.entry(&letter.destination).or_default().push(letter);
            }
            let mut posted = Posted::default();
            for (destination, letters) in letters {
                write(tx, destination, &letters, now_ms, &mut posted)?;
            }
            posted.lanes.sort_unstable();
            posted.lanes.dedup();
            Ok(posted)
        };
        self.db.write(post).await
    }

    /// The first letters of a lane, in order; none that are too old.
    pub async fn outbox_head(
        &self,
        destination: &str,
        lane: u64,
        most: usize,
        now_ms: u64,
    ) -> Answer<Vec<Waiting>> {
        let destination = destination.to_owned();
        let head = move |tx: &mut Tx<'_>| {
            let rows = tx.all(&HEAD, values![&destination, lane, now_ms, most])?;
            Ok(rows.into_iter().map(waiting).collect())
        };
        self.db.read(head).await
    }

    /// These letters of a lane have arrived.
    pub async fn outbox_done(&self, destination: &str, lane: u64, numbers: Vec<u64>) -> Answer<()> {
        let destination = destination.to_owned();
        self.db.write(move |tx| done(tx, &destination, lane, &numbers)).await
    }

    /// Delivery of this letter has failed.
    pub async fn outbox_put_off(
        &self,
        destination: &str,
        lane: u64,
        number: u64,
        failed: Failed,
    ) -> Answer<()> {
        let destination = destination.to_owned();
        self.db.write(move |tx| put_off(tx, &destination, lane, number, &failed)).await
    }

    /// Destinations with letters, and how many.
    pub async fn outbox_waiting(&self) -> Answer<Vec<(String, u64)>> {
        let waiting = |tx: &mut Tx<'_>| {
            let rows = tx.all(&DESTINATIONS, &[])?;
            Ok(rows.into_iter().map(|mut row| (row.text(0), row.number(1))).collect())
        };
        self.db.read(waiting).await
    }

    /// What was told and is believed to hold still, after this subject, in order.
    pub async fn told(&self, after: Option<Subject>, most: usize) -> Answer<Vec<Subject>> {
        let told = move |tx: &mut Tx<'_>| {
            let (kind, app_id, channel, user_id) = after.as_ref().map_or(("", "", "", ""), |subject| {
                (subject.about.name(), &*subject.app_id, &*subject.channel, &*subject.user_id)
            });
            let rows = tx.all(&TOLD, values![kind, app_id, channel, user_id, most])?;
            Ok(rows.into_iter().filter_map(subject).collect())
        };
        self.db.read(told).await
    }

    /// Forgets what was told of a passing thing before this.
    pub async fn told_forget(&self, about: About, before_ms: u64) -> Answer<()> {
        let forget = move |tx: &mut Tx<'_>| tx.run(&FORGET_OLD, values![about.name(), before_ms]).map(|_| ());
        self.db.write(forget).await
    }

    /// Takes or keeps a lease until then; false while somebody else holds it.
    pub async fn lease(&self, name: &str, holder: &str, now_ms: u64, until_ms: u64) -> Answer<bool> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        let lease = move |tx: &mut Tx<'_>| {
            let too_far_ms = until_ms + LEASE_AHEAD_MS;
            tx.run(&LEASE, values![&name, &holder, until_ms, now_ms, too_far_ms]).map(|count| count == 1)
        };
        self.db.write(lease).await
    }

    /// Gives a lease back, if this is its holder.
    pub async fn release(&self, name: &str, holder: &str) -> Answer<()> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        let release = move |tx: &mut Tx<'_>| tx.run(&RELEASE, values![&name, &holder]).map(|_| ());
        self.db.write(release).await
    }
}

/// Which of these tell something new. Several servers may see the same changes at once: all take
/// the rows in one order, so that none waits for a row of somebody who waits for it.
fn news(tx: &mut Tx<'_>, postings: &[Posting], now_ms: u64) -> Result<Vec<bool>, Refused> {
    let mut is_news = vec![true; postings.len()];
    let mut standings: Vec<(&Standing, usize)> =
        postings.iter().zip(0..).filter_map(|(posting, at)| Some((posting.standing.as_ref()?, at))).collect();
    standings.sort_by(|(a, at), (b, bt)| (&a.subject, at).cmp(&(&b.subject, bt)));
    for (standing, at) in standings {
        is_news[at] = tell(tx, standing, now_ms)?;
    }
    Ok(is_news)
}

/// Notes how a subject stands; true if that is news.
fn tell(tx: &mut Tx<'_>, standing: &Standing, now_ms: u64) -> Result<bool, Refused> {
    let Standing { subject: Subject { about, app_id, channel, user_id }, value, again_before_ms } = standing;
    let changed = if *value == 0 {
        tx.run(&FORGET, values![about.name(), app_id, channel, user_id])?
    } else {
        let again = *again_before_ms;
        tx.run(&TELL, values![about.name(), app_id, channel, user_id, *value, now_ms, again])?
    };
    Ok(changed > 0)
}

/// Numbers and writes letters to one destination, as many as there is room for.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    destination: &str,
    letters: &[&Letter],
    now_ms: u64,
    posted: &mut Posted,
) -> Result<(), Refused> {
    let waiting = tx.number(&WAITING, values![destination])?;
    let room = limit::OUTBOX_LETTERS.saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX));
    let (taken, refused) = letters.split_at(room.min(letters.len()));
    posted.refused += refused.len() as u64;
    if taken.is_empty() {
        return Ok(());
    }
    let last = tx.number(&NUMBERS, values![destination, taken.len()])?;
    for (letter, number) in taken.iter().zip(last + 1 - taken.len() as u64..) {
        let Letter { lane, payload, give_up_ms, .. } = letter;
        tx.run(&ADD, values![destination, *lane, number, payload, now_ms, *give_up_ms])?;
        posted.lanes.push((destination.to_owned(), *lane));
    }
    Ok(())
}

/// These letters of a lane have arrived.
pub(crate) fn done(tx: &mut Tx<'_>, destination: &str, lane: u64, numbers: &[u64]) -> Result<(), Refused> {
    let mut gone = 0;
    for number in numbers {
        gone += tx.run(&DONE, values![destination, lane, *number])?;
    }
    tx.run(&WORKS, values![destination, gone]).map(|_| ())
}

/// So many letters wait for a destination no longer.
pub(crate) fn fewer(tx: &mut Tx<'_>, destination: &str, count: u64) -> Result<(), Refused> {
    tx.run(&FEWER, values![destination, count]).map(|_| ())
}

/// Delivery of this letter has failed.
pub(crate) fn put_off(
    tx: &mut Tx<'_>,
    destination: &str,
    lane: u64,
    number: u64,
    failed: &Failed,
) -> Result<(), Refused> {
    let Failed { attempts, at_ms, due_ms, why } = failed;
    tx.run(&PUT_OFF, values![destination, lane, number, *attempts, *due_ms])?;
    tx.run(&FAILS, values![destination, why, *at_ms]).map(|_| ())
}

/// Nothing is to be delivered there any more.
pub(crate) fn close(tx: &mut Tx<'_>, destination: &str) -> Result<(), Refused> {
    let gone = tx.run(&CLOSE, values![destination])?;
    dead_letter::close(tx, destination)?;
    tx.run(&WORKS, values![destination, gone]).map(|_| ())
}

fn waiting(mut row: Row) -> Waiting {
    Waiting {
        number: row.number(0),
        payload: row.text(1),
        created_ms: row.number(2),
        due_ms: row.number(3),
        attempts: row.number(4),
    }
}

/// A kind that only a later release knows is nobody's.
fn subject(mut row: Row) -> Option<Subject> {
    let kind = row.text(0);
    let about = About::ALL.into_iter().find(|about| about.name() == kind)?;
    Some(Subject { about, app_id: row.text(1), channel: row.text(2), user_id: row.text(3) })
}
