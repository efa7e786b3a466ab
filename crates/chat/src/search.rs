//! Search: what an agent may find of messages, people and conversations, newest first. Knows nothing of how
//! the index is kept.
//!
//! The index names candidates that have all words; the rows themselves decide, as they are now: whether
//! the agent may see them, whether phrases stand side by side, what is marked. So both engines answer
//! the same, and what was taken back is not found even while the index still has it.

use crate::access;
use crate::conversation::NAMELESS;
use crate::db::sql::{both, each, postgres_only, statements};
use crate::db::{Tx, values};
use crate::index::{Entry, scope};
use crate::page::items;
use crate::people::{Agent, SearchQuery};
use crate::words::Wanted;
use crate::{Answer, Chat};
use wire::api::{SearchField, SearchHit, SearchKind, SearchReply};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    WIDGETS = both(
        "SELECT w.id FROM widgets w WHERE ?2 = 1 OR EXISTS (SELECT 1 FROM widget_members m \
         WHERE m.agent_id = ?1 AND m.widget_id = w.id)",
    );
    // Rare words are best read whole and sorted, common ones from the newest on: only a plan that knows
    // the words can choose.
    KNOW_THE_WORDS = postgres_only("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)");
    CANDIDATES = each(
        "SELECT d.doc, d.ref_id FROM (SELECT rowid AS doc FROM search_words WHERE search_words MATCH ?1 \
         AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3) w JOIN search_docs d ON d.doc = w.doc ORDER BY d.doc DESC",
        "SELECT doc, ref_id FROM search_docs WHERE words @@ ?1::text::tsquery AND doc < ?2 ORDER BY doc DESC LIMIT ?3",
    );
}

const KINDS: [SearchKind; 3] = [SearchKind::Messages, SearchKind::Contacts, SearchKind::Conversations];
/// More of them in one query cost more than the rows that they would leave out.
const SCOPES: usize = 100;
/// So few candidates are sooner read than left out: a widget's scope is the longest list in the index.
const FEW: usize = 100;

impl Chat {
    /// What is found on the widgets this agent answers on. Whatever is typed is searched for, never refused.
    pub async fn search(&self, agent: &Agent, query: SearchQuery) -> Answer<SearchReply> {
        let wanted = Wanted::parse(&query.text);
        let before = match &query.before {
            None => i64::MAX as u64,
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::InvalidField.because("before is not a cursor of this list"))?,
        };
        let agent_id = agent.id.clone();
        let search = move |tx: &mut Tx<'_>| {
            let is_everywhere = access::is_everywhere(tx, &agent_id)?;
            if wanted.is_empty() {
                return Ok(SearchReply { success: true, hits: Vec::new(), next: None });
            }
            let rows = tx.all(&WIDGETS, values![&agent_id, is_everywhere])?;
            let widgets = rows.into_iter().map(|mut row| row.text(0)).collect();
            let kinds = if query.kinds.is_empty() { KINDS.to_vec() } else { query.kinds.clone() };
            let search = Search { wanted: &wanted, widgets, kinds, is_everywhere };
            search.page(tx, before, items(query.limit))
        };
        self.db.read(search).await
    }
}

struct Search<'a> {
    wanted: &'a Wanted,
    widgets: Vec<String>,
    kinds: Vec<SearchKind>,
    is_everywhere: bool,
}

impl Search<'_> {
    fn page(&self, tx: &mut Tx<'_>, mut before: u64, items: usize) -> Result<SearchReply, Refused> {
        let mut hits = Vec::new();
        let mut looked_at = 0;
        tx.lock(&KNOW_THE_WORDS, &[])?;
        let question = self.question(tx, before)?;
        loop {
            // Whoever is not served by the first few is hard to serve: each question to the index begins
            // anew, so the second asks for all that may be looked at.
            let most = if looked_at == 0 { items + 1 } else { limit::SEARCH_CANDIDATES + 1 - looked_at };
            let rows = tx.all(&CANDIDATES, values![&question, before, most])?;
            let is_over = rows.len() < most;
            for mut row in rows {
                if hits.len() == items || looked_at == limit::SEARCH_CANDIDATES {
                    return Ok(SearchReply { success: true, hits, next: Some(before.to_string()) });
                }
                before = row.number(0);
                looked_at += 1;
                hits.extend(self.hit(tx, row.text(1))?);
            }
            if is_over {
                return Ok(SearchReply { success: true, hits, next: None });
            }
        }
    }

    /// The words, and where many things have them all, the scopes of this agent.
    fn question(&self, tx: &mut Tx<'_>, before: u64) -> Result<String, Refused> {
        let [words, scoped] = self.questions(tx.is_sqlite());
        if words == scoped || tx.all(&CANDIDATES, values![&words, before, FEW + 1])?.len() <= FEW {
            return Ok(words);
        }
        Ok(scoped)
    }

    /// In the language of the index, without and with scopes. Words are letters and digits alone, so nothing
    /// in them is a sign.
    fn questions(&self, is_sqlite: bool) -> [String; 2] {
        let word = |word: &str, open_end: bool| match (is_sqlite, open_end) {
            (true, false) => format!("\"{word}\""),
            (true, true) => format!("\"{word}\"*"),
            (false, false) => format!("'{word}'"),
            (false, true) => format!("'{word}':*"),
        };
        let (and, or) = if is_sqlite { (" AND ", " OR ") } else { (" & ", " | ") };
        let mut parts: Vec<String> =
            self.wanted.words().map(|(text, open_end)| word(text, open_end)).collect();
        let words = parts.join(and);
        let sees_all = self.is_everywhere && KINDS.iter().all(|kind| self.kinds.contains(kind));
        if !sees_all && self.widgets.len() * self.kinds.len() <= SCOPES {
            let scopes = self.kinds.iter().flat_map(|kind| self.widgets.iter().map(|id| scope(*kind, id)));
            let mut scopes: Vec<String> = scopes.map(|scope| word(&scope, false)).collect();
            if scopes.is_empty() {
                scopes.push(word("none_", false));
            }
            parts.push(format!("({})", scopes.join(or)));
        }
        [words, parts.join(and)]
    }

    /// The candidate, if this agent may see it and it has what is searched for.
    fn hit(&self, tx: &mut Tx<'_>, id: String) -> Result<Option<SearchHit>, Refused> {
        let Some(entry) = Entry::find(tx, &id)? else { return Ok(None) };
        if !self.kinds.contains(&entry.kind) || !self.widgets.contains(&entry.widget_id) {
            return Ok(None);
        }
        let fields = self.wanted.find(&entry.texts);
        Ok(fields.map(|fields| SearchHit {
            kind: entry.kind,
            id,
            widget_id: entry.widget_id,
            conversation_id: entry.conversation_id,
            seq: entry.seq,
            who: entry.who.unwrap_or_else(|| NAMELESS.to_owned()),
            at: rfc3339(entry.at_ms),
            fields: fields.into_iter().map(|(field, pieces)| SearchField { field, pieces }).collect(),
        }))
    }
}
