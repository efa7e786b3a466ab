//! What whoever keeps the server has done to agents and widgets from the command line: each chore is
//! one verb of the chat. Decides nothing of who may ask and of how the answer is shown.

use crate::caller::Operator;
use crate::desk::{Desk, now_ms};
use crate::reply::{Answer, Json, ok};
use axum::extract::State;
use chat::Chat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::api::{AgentProfile, Invitation, WidgetProfile};
use wire::{Refusal, Refused};

/// One chore.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "chore", rename_all = "snake_case")]
pub enum Chore {
    /// A new agent, who sets the password by the link.
    AddAgent(Invitation),
    /// A new link: for the first agent, or for the one with this address.
    ResetAgent {
        /// Who lost the password.
        email: Option<String>,
    },
    /// Everyone who can sign in.
    ListAgents,
    /// A new widget.
    AddWidget {
        /// What it is called.
        name: String,
        /// Where it may be embedded.
        origins: Vec<String>,
    },
    /// All widgets.
    ListWidgets,
    /// A new token for a widget (S16).
    RotateWidget {
        /// `wgt_…`
        id: String,
        /// Seconds for which the old one works on.
        overlap_s: u64,
    },
    /// How many letters wait for each other server.
    ListWaiting,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // One at a time, by hand.
pub enum Outcome {
    /// The code of a one-time link.
    Code(String),
    /// Agents, the oldest first.
    Agents(Vec<AgentProfile>),
    /// Widgets, the oldest first.
    Widgets(Vec<WidgetProfile>),
    /// The widget as it is now.
    Widget(WidgetProfile),
    /// Destinations with the letters that wait for them.
    Waiting(Vec<(String, u64)>),
}

/// Does it.
///
/// # Errors
/// What the verb refuses.
pub async fn carry_out(chat: &Chat, chore: Chore, now_ms: u64) -> Result<Outcome, Refused> {
    Ok(match chore {
        Chore::AddAgent(invitation) => Outcome::Code(chat.invite_agent(invitation, now_ms).await?),
        Chore::ResetAgent { email: Some(email) } => Outcome::Code(chat.new_reset_code(&email, now_ms).await?),
        Chore::ResetAgent { email: None } if chat.needs_setup().await? => {
            Outcome::Code(chat.new_setup_code(now_ms).await?)
        }
        Chore::ResetAgent { email: None } => {
            let which = "There are agents already; name the one who lost the password with --email.";
            return Err(Refusal::NotAllowed.because(which));
        }
        Chore::ListAgents => Outcome::Agents(chat.all_agents().await?),
        Chore::AddWidget { name, origins } => {
            Outcome::Widget(chat.add_widget(&name, &origins, now_ms).await?)
        }
        Chore::ListWidgets => Outcome::Widgets(chat.all_widgets().await?),
        Chore::RotateWidget { id, overlap_s } => {
            let rotated = chat.rotate_widget(&id, overlap_s, now_ms).await;
            Outcome::Widget(rotated.map_err(|refused| match refused.refusal {
                Refusal::NotFound => Refusal::InvalidField.because("No widget has this id."),
                _ => refused,
            })?)
        }
        Chore::ListWaiting => Outcome::Waiting(chat.outbox_waiting().await?),
    })
}

/// `POST /operator/chore`.
pub async fn chore(State(desk): State<Arc<Desk>>, _operator: Operator, Json(chore): Json<Chore>) -> Answer {
    let outcome = carry_out(&desk.chat, chore, now_ms()).await?;
    desk.refresh_origins().await?;
    Ok(ok(&outcome))
}
