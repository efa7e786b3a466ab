//! Agents come into a conversation and leave it; the visitor is told of both. Knows nothing of
//! what they say there.

use crate::access::{self, Purpose};
use crate::conversation::{Conversation, Join};
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::fact::{FactBody, SharedBody};
use crate::people::Agent;
use crate::{Answer, Chat};
use wire::event::AgentFace;
use wire::{Refusal, Refused};

statements! {
    JOIN = both(
        "INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms) \
         VALUES (?1, ?2, 'agent', ?3, ?4, ?5) ON CONFLICT (conversation_id, person_id) DO UPDATE \
         SET joined_seq = excluded.joined_seq, joined_visitor_seq = excluded.joined_visitor_seq, \
         joined_ms = excluded.joined_ms, left_seq = NULL",
    );
    LEAVE = both("UPDATE participants SET left_seq = ?3 WHERE conversation_id = ?1 AND person_id = ?2");
}

impl Chat {
    /// An agent brings a colleague in, or comes in themselves; who is in already stays in.
    pub async fn agent_join(
        &self,
        agent: &Agent,
        conversation_id: &str,
        joining: &str,
        now_ms: u64,
    ) -> Answer<()> {
        let (agent_id, id, joining) = (agent.id.clone(), conversation_id.to_owned(), joining.to_owned());
        let enter = move |tx: &mut Tx<'_>| {
            let (mut conversation, _) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            let face =
                access::answering(tx, &joining, &conversation.widget_id)?.ok_or(Refusal::UnknownAgent)?;
            if join(tx, &mut conversation, &face, now_ms)? { conversation.save(tx) } else { Ok(()) }
        };
        self.db.write(enter).await
    }

    /// An agent takes a colleague out, or leaves; who is not in stays out.
    pub async fn agent_leave(
        &self,
        agent: &Agent,
        conversation_id: &str,
        leaving: &str,
        now_ms: u64,
    ) -> Answer<()> {
        let (agent_id, id, leaving) = (agent.id.clone(), conversation_id.to_owned(), leaving.to_owned());
        let leave = move |tx: &mut Tx<'_>| {
            let (mut conversation, _) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            let Some(join) =
                conversation.joins.iter_mut().find(|join| join.is_in && join.agent.id == leaving)
            else {
                return Ok(());
            };
            join.is_in = false;
            let face = join.agent.clone();
            conversation.record(FactBody::Shared(SharedBody::AgentLeft(face)), now_ms);
            tx.run(&LEAVE, values![&id, &leaving, conversation.last_seq])?;
            conversation.save(tx)
        };
        self.db.write(leave).await
    }
}

/// `true`: the agent was not in before.
pub(crate) fn join(
    tx: &mut Tx<'_>,
    conversation: &mut Conversation,
    face: &AgentFace,
    now_ms: u64,
) -> Result<bool, Refused> {
    if conversation.joins.iter().any(|join| join.is_in && join.agent.id == face.id) {
        return Ok(false);
    }
    conversation.record(FactBody::Shared(SharedBody::AgentJoined(face.clone())), now_ms);
    let Conversation { last_seq: seq, last_visitor_seq: visitor_seq, .. } = *conversation;
    tx.run(&JOIN, values![&conversation.id, &face.id, seq, visitor_seq, now_ms])?;
    conversation.joins.retain(|join| join.agent.id != face.id);
    conversation.joins.push(Join { agent: face.clone(), seq, visitor_seq, at_ms: now_ms, is_in: true });
    Ok(true)
}
