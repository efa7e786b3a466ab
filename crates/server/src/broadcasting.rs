//! `POST /broadcasting/auth` and `/broadcasting/user-auth`, in Laravel's request and reply form: signs
//! what lets a socket join a channel, or who it is. Who may join is the chat's decision; a refusal
//! reads the same for foreign and unknown ids (ruling 8).

use crate::caller::Person;
use crate::desk::{Desk, now_ms};
use crate::provider::Foreign;
use crate::reply::{self, Answer, Body, ok};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use wire::api::{ChannelAuthReply, ChannelAuthRequest, UserAuthReply, UserAuthRequest};
use wire::channel::{Access, Kind};
use wire::chat_channel::ChatChannel;
use wire::{Refusal, Refused, limit, sign};

/// Signs `socket_id:channel:channel_data`; the data names user and session, so that the hub can
/// stamp whispers and end subscriptions (ruling 5).
pub async fn auth(
    State(desk): State<Arc<Desk>>,
    person: Person,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    let request: ChannelAuthRequest = read(&headers, &body, "The fields are socket_id and channel_name.")?;
    check_socket_id(&request.socket_id)?;
    let channel = ChatChannel::parse(&request.channel_name).ok_or(Refusal::ChannelForbidden)?;
    let (user_id, session_id, allowed) = match &person {
        Person::Visitor(visitor) => {
            desk.rates.signal(&visitor.id)?;
            let allowed = desk.chat.visitor_may_join(visitor, &channel).await;
            (&visitor.id, &visitor.session_id, allowed)
        }
        Person::Agent(agent) => {
            desk.rates.signal(&agent.id)?;
            let allowed = desk.chat.agent_may_join(agent, &channel).await;
            (&agent.id, &agent.session_id, allowed)
        }
    };
    if !allowed {
        return Err(Refusal::ChannelForbidden.into());
    }
    if let Some(signer) = foreign(&desk, &request, &channel)? {
        // The provider learns who it is and no more; when a session ends, it cannot be told.
        let data = serde_json::json!({ "user_id": user_id }).to_string();
        let (socket_id, channel) = (&request.socket_id, &request.channel_name);
        let auth = sign::channel_auth(&signer.key, &signer.secret, socket_id, channel, Some(&data));
        return Ok(ok(&ChannelAuthReply { auth, channel_data: data }));
    }
    let mut data = serde_json::json!({"user_id": user_id, "session": session_id, "until": until_s()});
    if Kind::of(&request.channel_name).access == Access::Presence
        && let Person::Agent(agent) = &person
    {
        data["user_info"] = serde_json::json!({"name": agent.profile.name});
    }
    // Typing is of those who answer.
    if let Person::Agent(agent) = &person
        && !agent.profile.role.answers()
    {
        data["listens_only"] = true.into();
    }
    let data = data.to_string();
    let (key, secret) = (&desk.app.key, &desk.app.secret);
    let auth = sign::channel_auth(key, secret, &request.socket_id, &request.channel_name, Some(&data));
    Ok(ok(&ChannelAuthReply { auth, channel_data: data }))
}

/// Signs `socket_id::user::user_data`: whoever is signed in may join the channel that is theirs alone,
/// `#server-to-user-{id}` (ruling 7).
pub async fn user_auth(
    State(desk): State<Arc<Desk>>,
    person: Person,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    let request: UserAuthRequest = read(&headers, &body, "The field is socket_id.")?;
    check_socket_id(&request.socket_id)?;
    let (user_id, session_id, name) = match &person {
        Person::Visitor(visitor) => (&visitor.id, &visitor.session_id, None),
        Person::Agent(agent) => (&agent.id, &agent.session_id, Some(&agent.profile.name)),
    };
    desk.rates.signal(user_id)?;
    let mut data = serde_json::json!({"id": user_id, "session": session_id, "until": until_s()});
    if let Some(name) = name {
        data["user_info"] = serde_json::json!({"name": name});
    }
    let user_data = data.to_string();
    let auth = sign::user_auth(&desk.app.key, &desk.app.secret, &request.socket_id, &user_data);
    Ok(ok(&UserAuthReply { auth, user_data }))
}

/// Old signatures must not open what a removal has closed: the hub takes them until then.
fn until_s() -> u64 {
    now_ms() / 1_000 + limit::JOIN_SIGNATURE_S
}

/// Whose secret signs, if not ours (ruling 13). Agents' channels are on this server alone.
fn foreign<'a>(
    desk: &'a Desk,
    request: &ChannelAuthRequest,
    channel: &ChatChannel,
) -> Result<Option<&'a Foreign>, Refused> {
    match request.provider.as_deref() {
        None | Some("" | "reverb") => return Ok(None),
        Some("pusher") => {}
        Some(_) => return Err(Refusal::InvalidField.because("provider is pusher or reverb.")),
    }
    let provider = desk
        .provider
        .as_ref()
        .ok_or_else(|| Refusal::InvalidField.because("This server publishes to no other provider."))?;
    if channel.is_visitors() { Ok(Some(&provider.foreign)) } else { Err(Refusal::ChannelForbidden.into()) }
}

/// Laravel Echo sends a form, our own clients JSON. `fields` says what it has.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8], fields: &str) -> Result<T, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return reply::parse(body);
    }
    serde_urlencoded::from_bytes(body).map_err(|_| Refusal::MissingField.because(fields))
}

fn check_socket_id(text: &str) -> Result<(), Refused> {
    if is_socket_id(text) {
        return Ok(());
    }
    Err(Refusal::InvalidField.because("socket_id is two numbers with a dot between."))
}

/// `^\d+\.\d+$` (contract 1.5). Anything else could smuggle a second text into what is signed.
pub fn is_socket_id(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64 && text.split_once('.').is_some_and(|(a, b)| digits(a) && digits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_numbers_are_a_socket_id() {
        assert!(is_socket_id("123.456"));
        for forged in ["", "1", "1.", ".1", "1.2.3", "1.2:private-x", "1.2\n", "a.b"] {
            assert!(!is_socket_id(forged), "{forged}");
        }
    }
}
