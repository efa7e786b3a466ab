//! Keeps the index of words as the rows are: takes what changed from a queue that the tables' own triggers
//! fill, a little at a time. Knows nothing of searching.
//!
//! A message costs its writer one short row; the index is brought up to date within a second, by the
//! sweep. Until then a search may miss what is new, but never shows what is gone: it reads the rows again.

use crate::db::sql::{Sql, both, each, statements};
use crate::db::{Row, Tx, json, values};
use crate::{Answer, Chat, words};
use serde::Serialize;
use std::collections::BTreeMap;
use wire::api::SearchKind;
use wire::{Refused, limit};

statements! {
    WAITING = each(
        "SELECT ref_id FROM search_queue ORDER BY number LIMIT ?1",
        "SELECT ref_id FROM search_queue ORDER BY number LIMIT ?1 FOR UPDATE SKIP LOCKED",
    );
    IS_WAITING = both("SELECT 1 FROM search_queue LIMIT 1");
    DONE = both("DELETE FROM search_queue WHERE ref_id = ?1");
    // Changed words keep their place among what was found.
    DOC = both("SELECT doc FROM search_docs WHERE ref_id = ?1");
    REMOVE = both("DELETE FROM search_docs WHERE ref_id = ?1");
    // One statement for all of a step: FTS5 writes what it has gathered whenever a statement begins that
    // might have to be undone, and many small parts are merged again and again (measured with one for each
    // row: an eighth of the writer's time).
    ADD = each(
        "INSERT INTO search_docs (doc, ref_id, words) \
         SELECT value ->> 'doc', value ->> 'ref_id', value ->> 'words' FROM json_each(?1)",
        "INSERT INTO search_docs (doc, ref_id, words) SELECT \
         COALESCE((value ->> 'doc')::bigint, nextval('search_docs_doc_seq')), value ->> 'ref_id', \
         array_to_tsvector(string_to_array(value ->> 'words', ' ')) \
         FROM json_array_elements(?1::text::json) WITH ORDINALITY AS docs (value, place) ORDER BY place",
    );
    MESSAGE = both(
        "SELECT c.widget_id, c.id, m.sender_name, m.created_ms, m.seq, m.body FROM messages m \
         JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ?1 AND m.deleted_ms IS NULL",
    );
    CONTACT = both("SELECT widget_id, name, created_ms, email FROM contacts WHERE id = ?1");
    // A contact's visitors are found as the contact.
    VISITOR = both("SELECT widget_id, name, created_ms, email FROM visitors WHERE id = ?1 AND contact_id IS NULL");
    CONVERSATION = both(
        "SELECT c.widget_id, v.name, c.created_ms, c.tags, c.attributes FROM conversations c \
         JOIN visitors v ON v.id = c.visitor_id WHERE c.id = ?1",
    );
}

/// Something with words, as it is now.
pub(crate) struct Entry {
    pub(crate) kind: SearchKind,
    pub(crate) widget_id: String,
    pub(crate) conversation_id: Option<String>,
    pub(crate) seq: Option<u64>,
    pub(crate) who: Option<String>,
    pub(crate) at_ms: u64,
    /// Names of texts, and the texts.
    pub(crate) texts: Vec<(String, String)>,
}

/// A row of the index.
#[derive(Serialize)]
struct Doc {
    /// Its place; a new one has none yet.
    doc: Option<u64>,
    ref_id: String,
    words: String,
}

/// Makes an entry of a row.
type Read = fn(Row) -> Result<Entry, Refused>;

impl Chat {
    /// Indexes the next part of what changed; `false`: nothing is left to do.
    pub async fn index_step(&self) -> Answer<bool> {
        let waits = |tx: &mut Tx<'_>| Ok(tx.one(&IS_WAITING, &[])?.is_some());
        // The sweep asks every second: most often there is nothing, and no commit.
        if !self.db.read(waits).await? {
            return Ok(false);
        }
        let step = |tx: &mut Tx<'_>| {
            let waiting = tx.all(&WAITING, values![limit::INDEXED_AT_ONCE])?;
            let more = waiting.len() == limit::INDEXED_AT_ONCE;
            let mut docs = Vec::new();
            for mut row in waiting {
                docs.extend(index(tx, row.text(0))?);
            }
            if !docs.is_empty() {
                tx.run(&ADD, values![&json(&docs)?])?;
            }
            Ok(more)
        };
        self.db.write(step).await
    }
}

/// Takes out what stood under this id; answers what is to stand there now.
fn index(tx: &mut Tx<'_>, ref_id: String) -> Result<Option<Doc>, Refused> {
    let doc = tx.one(&DOC, values![&ref_id])?.map(|mut row| row.number(0));
    if doc.is_some() {
        tx.run(&REMOVE, values![&ref_id])?;
    }
    tx.run_later(&DONE, values![&ref_id])?;
    let entry = Entry::find(tx, &ref_id)?.filter(|entry| !entry.texts.is_empty());
    Ok(entry.map(|entry| Doc { doc, words: entry.words(), ref_id }))
}

/// A word that nobody can type: this kind of thing, on this widget.
pub(crate) fn scope(kind: SearchKind, widget_id: &str) -> String {
    let letter = match kind {
        SearchKind::Messages => 'm',
        SearchKind::Contacts => 'p',
        SearchKind::Conversations => 'c',
    };
    format!("{letter}_{widget_id}")
}

impl Entry {
    /// What stands under this id, if it is still there.
    pub(crate) fn find(tx: &mut Tx<'_>, ref_id: &str) -> Result<Option<Entry>, Refused> {
        let (sql, read): (&Sql, Read) = match ref_id.get(..4) {
            Some("msg_") => (&MESSAGE, message),
            Some("ctc_") => (&CONTACT, person),
            Some("vis_") => (&VISITOR, person),
            _ => (&CONVERSATION, conversation),
        };
        let entry = tx.one(sql, values![ref_id])?.map(read).transpose()?;
        Ok(entry.map(|mut entry| {
            entry.texts.retain(|(_, text)| !text.is_empty());
            if entry.kind == SearchKind::Conversations {
                entry.conversation_id = Some(ref_id.to_owned());
            }
            entry
        }))
    }

    fn words(&self) -> String {
        let texts = self.texts.iter().flat_map(|(_, text)| words::words(text)).map(|word| word.folded);
        let mut all: Vec<String> = texts.chain([scope(self.kind, &self.widget_id)]).collect();
        all.sort_unstable();
        all.dedup();
        all.join(" ")
    }
}

fn message(mut row: Row) -> Result<Entry, Refused> {
    Ok(Entry {
        kind: SearchKind::Messages,
        widget_id: row.text(0),
        conversation_id: Some(row.text(1)),
        who: Some(row.text(2)),
        at_ms: row.number(3),
        seq: Some(row.number(4)),
        texts: vec![("text".into(), row.text(5))],
    })
}

fn person(mut row: Row) -> Result<Entry, Refused> {
    let (widget_id, who) = (row.text(0), row.maybe_text(1));
    let texts = [("name", who.clone()), ("email", row.maybe_text(3))];
    Ok(Entry {
        kind: SearchKind::Contacts,
        widget_id,
        conversation_id: None,
        seq: None,
        who,
        at_ms: row.number(2),
        texts: texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect(),
    })
}

fn conversation(mut row: Row) -> Result<Entry, Refused> {
    let tags: Vec<String> = row.json(3)?;
    let attributes: BTreeMap<String, String> = row.json(4)?;
    let tags = tags.into_iter().map(|tag| ("tag".to_owned(), tag));
    let attributes = attributes.into_iter().map(|(name, value)| (format!("attribute.{name}"), value));
    Ok(Entry {
        kind: SearchKind::Conversations,
        widget_id: row.text(0),
        conversation_id: None,
        seq: None,
        who: row.maybe_text(1),
        at_ms: row.number(2),
        texts: tags.chain(attributes).collect(),
    })
}
