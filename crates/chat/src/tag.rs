//! Tags as a whole: which are in use and how often, and what they are called on all conversations at once.
//! Knows nothing of how one conversation's tags are set.

use crate::access::{self, Purpose};
use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::people::Agent;
use crate::state::{self, By};
use crate::{Answer, Chat, check};
use wire::api::{AuditKind, TagUse};
use wire::{Refusal, limit};

statements! {
    TAGS = both(
        "SELECT t.tag, COUNT(*) FROM conversation_tags t JOIN conversations c ON c.id = t.conversation_id \
         WHERE ?2 = 1 OR c.widget_id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1) \
         GROUP BY t.tag ORDER BY t.tag",
    );
    TAGGED = both(
        "SELECT conversation_id FROM conversation_tags WHERE tag = ?1 AND conversation_id > ?2 \
         ORDER BY conversation_id LIMIT ?3",
    );
}

impl Chat {
    /// Tags in use on the agent's widgets, in alphabetical order, each with the number of its conversations.
    pub async fn tags(&self, agent: &Agent) -> Answer<Vec<TagUse>> {
        let agent_id = agent.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            let is_everywhere = access::is_everywhere(tx, &agent_id)?;
            let rows = tx.all(&TAGS, values![&agent_id, is_everywhere])?;
            let of = |mut row: crate::db::Row| TagUse { tag: row.text(0), conversations: row.number(1) };
            Ok(rows.into_iter().map(of).collect())
        };
        self.db.read(list).await
    }

    /// Gives a tag another name wherever it stands; where there is such a tag already, the two become one.
    /// Only owners and admins may. [`Refusal::UnknownEntry`] when nothing has it.
    pub async fn rename_tag(
        &self,
        owner: &Agent,
        tag: &str,
        name: String,
        now_ms: u64,
    ) -> Answer<Vec<TagUse>> {
        let name = check::tags(vec![name])?.pop().ok_or(Refusal::Internal)?;
        self.retag(owner, tag, Some(name), now_ms).await
    }

    /// Takes a tag from every conversation; only owners and admins may. [`Refusal::UnknownEntry`] when nothing has it.
    pub async fn remove_tag(&self, owner: &Agent, tag: &str, now_ms: u64) -> Answer<Vec<TagUse>> {
        self.retag(owner, tag, None, now_ms).await
    }

    /// One transaction for each conversation, so that nobody waits for all of them; whoever is cut off
    /// half-way begins again with what is left.
    async fn retag(
        &self,
        owner: &Agent,
        tag: &str,
        name: Option<String>,
        now_ms: u64,
    ) -> Answer<Vec<TagUse>> {
        self.note_retagging(owner, tag).await?;
        let mut after = String::new();
        while name.as_deref() != Some(tag) {
            let found = self.tagged(tag, &after).await?;
            let Some(last) = found.last() else { break };
            after.clone_from(last);
            for conversation_id in found {
                self.retag_one(owner, conversation_id, tag, name.clone(), now_ms).await?;
            }
        }
        self.tags(owner).await
    }

    /// Before the first conversation is changed: whoever cannot be noted down changes none.
    async fn note_retagging(&self, owner: &Agent, tag: &str) -> Answer<()> {
        let (actor, tag) = (Actor::from(owner), tag.to_owned());
        let note = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            tx.one(&TAGGED, values![&tag, "", 1_u64])?.ok_or(Refusal::UnknownEntry)?;
            actor.did(tx, AuditKind::TagChanged, &tag, "")
        };
        self.db.write(note).await
    }

    async fn tagged(&self, tag: &str, after: &str) -> Answer<Vec<String>> {
        let (tag, after) = (tag.to_owned(), after.to_owned());
        let some = move |tx: &mut Tx<'_>| {
            let rows = tx.all(&TAGGED, values![&tag, &after, limit::WAKE_AT_ONCE])?;
            Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
        };
        self.db.read(some).await
    }

    async fn retag_one(
        &self,
        owner: &Agent,
        conversation_id: String,
        tag: &str,
        name: Option<String>,
        now_ms: u64,
    ) -> Answer<()> {
        let (owner_id, tag) = (owner.id.clone(), tag.to_owned());
        let change = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let (mut conversation, on) = access::of_agent(tx, &owner_id, &conversation_id, Purpose::Change)?;
            let next = conversation.state.with_tag_called(&tag, name.as_deref());
            let changed = state::set(&mut conversation, next, By::Agent(on.face), now_ms);
            if changed { conversation.save(tx) } else { Ok(()) }
        };
        self.db.write(change).await
    }
}
