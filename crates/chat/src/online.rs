//! Visitors who are online, as agents and webhooks are told of them: who they are, and in which conversations.
//! Knows nothing of sockets and of time passing: it is told who came and went.

use crate::conversation::visitor_face;
use crate::db::sql::{both, statements};
use crate::db::{Tx, json, values};
use crate::outbox::{About, Letter, Posted, Posting, Standing, Subject};
use crate::webhook::{self, Wanting};
use crate::{Answer, Chat, secret};
use wire::event::SenderType;
use wire::integration::{ApiEvent, ApiEventData, EventType};
use wire::online::OnlineVisitor;
use wire::time::rfc3339;
use wire::{Refused, limit};

statements! {
    VISITOR = both("SELECT id, name, email, verified, widget_id FROM visitors WHERE id = ?1");
    // Visitors of one contact are one person. The widget is left to the reader: an index on it is no help here.
    CONVERSATIONS = both(
        "SELECT id, widget_id FROM conversations WHERE last_message_ms IS NOT NULL AND visitor_id IN \
         (SELECT v.id FROM visitors v WHERE v.id = ?1 \
          OR v.contact_id = (SELECT contact_id FROM visitors WHERE id = ?1)) \
         ORDER BY created_ms DESC, id DESC LIMIT ?2",
    );
}

/// Letters in one transaction; other verbs wait for it.
const POSTINGS: usize = 500;

/// That a visitor came or went, for webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorNews {
    /// `wgt_…`.
    pub widget_id: String,
    /// `vis_…`.
    pub visitor_id: String,
    /// Their newest conversation, if they have one.
    pub conversation_id: Option<String>,
    /// Came, or went.
    pub is_online: bool,
}

impl VisitorNews {
    /// About this visitor.
    pub fn of(online: &OnlineVisitor, is_online: bool) -> VisitorNews {
        VisitorNews {
            widget_id: online.widget_id.clone(),
            visitor_id: online.visitor.id.clone(),
            conversation_id: online.conversation_ids.first().cloned(),
            is_online,
        }
    }

    fn kind(&self) -> EventType {
        if self.is_online { EventType::VisitorOnline } else { EventType::VisitorOffline }
    }

    /// The same again is not told twice, whichever server says so.
    fn standing(&self) -> Standing {
        let subject = Subject {
            about: About::Visitor,
            app_id: String::new(),
            channel: self.widget_id.clone(),
            user_id: self.visitor_id.clone(),
        };
        Standing { subject, value: u64::from(self.is_online), again_before_ms: 0 }
    }

    fn event(&self, now_ms: u64) -> ApiEvent {
        ApiEvent {
            id: secret::id("evt_", now_ms),
            version: 1,
            kind: self.kind(),
            seq: 0,
            created_at: rfc3339(now_ms),
            data: ApiEventData {
                conversation_id: self.conversation_id.clone(),
                widget_id: Some(self.widget_id.clone()),
                actor_type: Some(SenderType::Visitor),
                actor_id: Some(self.visitor_id.clone()),
                ..ApiEventData::default()
            },
        }
    }

    /// `None`: nobody wants to know who comes to this widget and goes.
    fn posting(&self, wanting: &[Wanting], now_ms: u64) -> Result<Option<Posting>, Refused> {
        let concerned = || wanting.iter().filter(|webhook| webhook.is_of(&self.widget_id));
        if concerned().next().is_none() {
            return Ok(None);
        }
        let payload = json(&self.event(now_ms))?;
        let lane = webhook::lane_of(&self.visitor_id);
        let told = concerned().filter(|webhook| webhook.names(self.kind()));
        let letters: Vec<Letter> =
            told.map(|hook| webhook::letter(&hook.id, lane, payload.clone(), now_ms)).collect();
        Ok(Some(Posting { standing: Some(self.standing()), letters }))
    }
}

impl Chat {
    /// These visitors, each with the time since when they are online, as agents see them and in the same
    /// order. Who is not known is left out.
    pub async fn online_visitors(&self, seen: Vec<(String, u64)>) -> Answer<Vec<OnlineVisitor>> {
        let read = move |tx: &mut Tx<'_>| {
            let found = seen.iter().map(|(id, since_ms)| visitor(tx, id, *since_ms));
            Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        self.db.read(read).await
    }

    /// Writes letters to the webhooks that name these events: one for each change, although several servers
    /// on one database see it. Of a visitor of whom it was not told that they came it is not told that they went.
    pub async fn tell_visitors(&self, news: Vec<VisitorNews>, now_ms: u64) -> Answer<Posted> {
        let wanting = self.db.read(wanting).await?;
        let mut all = Posted::default();
        let mut postings = Vec::new();
        for news in &news {
            postings.extend(news.posting(&wanting, now_ms)?);
        }
        for some in postings.chunks(POSTINGS) {
            let posted = self.outbox_post(some.to_vec(), now_ms).await?;
            all.lanes.extend(posted.lanes);
            all.refused += posted.refused;
        }
        Ok(all)
    }

    /// Visitors of whom it was last told that they are online, by whichever server, after this one: widget and
    /// visitor. Forgotten, and none, when no webhook wants to know.
    pub async fn visitors_told(
        &self,
        after: Option<(String, String)>,
        most: usize,
        now_ms: u64,
    ) -> Answer<Vec<(String, String)>> {
        if self.db.read(wanting).await?.is_empty() {
            self.told_forget(About::Visitor, now_ms).await?;
            return Ok(Vec::new());
        }
        let (channel, user_id) = after.unwrap_or_default();
        let after = Subject { about: About::Visitor, app_id: String::new(), channel, user_id };
        let told = self.told(Some(after), most).await?.into_iter();
        let visitors = told.filter(|subject| subject.about == About::Visitor);
        Ok(visitors.map(|subject| (subject.channel, subject.user_id)).collect())
    }
}

fn visitor(tx: &mut Tx<'_>, id: &str, since_ms: u64) -> Result<Option<OnlineVisitor>, Refused> {
    let Some(mut row) = tx.one(&VISITOR, values![id])? else { return Ok(None) };
    let (visitor, widget_id) = (visitor_face(&mut row, 0), row.text(4));
    let rows = tx.all(&CONVERSATIONS, values![id, limit::ONLINE_CONVERSATIONS])?;
    let places = rows.into_iter().map(|mut row| (row.text(0), row.text(1)));
    let conversation_ids = places.filter(|(_, widget)| *widget == widget_id).map(|(id, _)| id).collect();
    Ok(Some(OnlineVisitor { widget_id, visitor, conversation_ids, since_ms }))
}

/// Webhooks that name visitors who come or go.
fn wanting(tx: &mut Tx<'_>) -> Result<Vec<Wanting>, Refused> {
    let mut wanting = webhook::wanting(tx)?;
    wanting.retain(Wanting::names_signals);
    Ok(wanting)
}
