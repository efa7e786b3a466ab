//! What the command line asks of the running server, with the token of `secrets.toml`. Knows
//! nothing of terminals.

use crate::caller::Operator;
use crate::desk::{Desk, now_ms};
use crate::reply::{Answer, Json, made, ok};
use axum::extract::State;
use realtime::{Compat, Event};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::api::{Done, VisitorPosted};
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// `frontdesk message send CONVERSATION TEXT`.
#[derive(Serialize, Deserialize)]
pub struct SendMessage {
    /// `cnv_…`.
    pub conversation_id: String,
    /// Plain text.
    pub message: String,
}

/// `frontdesk trigger CHANNEL EVENT JSON`.
#[derive(Serialize, Deserialize)]
pub struct Trigger {
    /// Any channel of the chat's app.
    pub channel: String,
    /// Its name.
    pub event: String,
    /// The data, as text.
    pub data: String,
}

/// `POST /operator/message`: a real message, from the system (R31).
pub async fn message(State(desk): Shared, _operator: Operator, Json(send): Json<SendMessage>) -> Answer {
    let message = desk.chat.system_post(&send.conversation_id, send.message, now_ms()).await?;
    Ok(made(true, &VisitorPosted { success: true, message }))
}

/// `POST /operator/trigger`: a bare event, stored nowhere.
pub async fn trigger(State(desk): Shared, _operator: Operator, Json(trigger): Json<Trigger>) -> Answer {
    wire::channel::check(&trigger.channel, Compat::Pusher)?;
    if trigger.data.len() > limit::EVENT_DATA_BYTES {
        return Err(Refusal::EventTooLarge.into());
    }
    let event = Event {
        channel: &trigger.channel,
        event: &trigger.event,
        data: &trigger.data,
        user_id: None,
        except: None,
    };
    desk.hub.publish(&desk.app.id, event);
    Ok(ok(&Done::YES))
}
