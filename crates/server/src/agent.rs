//! The console's routes under `/api/v1`. Decides how chat verbs become HTTP answers for an
//! agent; knows nothing of how they are carried out.

use crate::arrival::Arrival;
use crate::caller::{self, OwnPage, SESSION_COOKIE, SignedAgent};
use crate::desk::{Desk, now_ms, steady_ms};
use crate::page;
use crate::rate::Bucket;
use crate::reply::{Answer, Id, Json, made, ok};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use chat::{Agent, Assignee, ConversationQuery, Reached, SearchQuery, SignedIn, Sort};
use realtime::Event;
use serde::Deserialize;
use std::sync::Arc;
use wire::api::{
    AddAgent, AgentPosted, AgentsReply, ConsoleRealtime, Done, LoginRequest, MeReply, PostMessage, SearchKind,
};
use wire::api::{ReadUpTo, SetupRequest, WidgetChange, WidgetsReply};
use wire::availability::{AGENT_STATUS_EVENT, AgentStatusChanged, OwnPresence};
use wire::chat_channel::ChatChannel;
use wire::event::{ConversationStatus, Priority, Typing};
use wire::integration::WidgetReply;
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// `POST /api/v1/setup`: the first agent, by the one-time link.
pub async fn setup(
    State(desk): Shared,
    OwnPage(arrival): OwnPage,
    headers: HeaderMap,
    Json(request): Json<SetupRequest>,
) -> Answer {
    desk.rates.login(arrival.client)?;
    let signed_in = desk.chat.setup(request, caller::call(&headers, &arrival)).await?;
    welcome(&desk, signed_in, &arrival).await
}

/// `POST /api/v1/login`: e-mail and password, and where there is a second step, its code with them.
pub async fn login(
    State(desk): Shared,
    OwnPage(arrival): OwnPage,
    headers: HeaderMap,
    Json(mut request): Json<LoginRequest>,
) -> Answer {
    desk.rates.login(arrival.client)?;
    let (code, call) = (request.code.take(), caller::call(&headers, &arrival));
    let recognised = desk.chat.recognise(request, &call).await?;
    // By person: whoever knows a password might guess from many addresses.
    if recognised.needs_code && code.is_some() {
        desk.rates.take(Bucket::SecondSteps, &recognised.agent_id)?;
    }
    let signed_in = desk.chat.enter(recognised, code, call).await?;
    welcome(&desk, signed_in, &arrival).await
}

/// Who just signed in, with the cookie.
pub(crate) async fn welcome(desk: &Desk, signed_in: SignedIn, arrival: &Arrival) -> Answer {
    let mut response = me_reply(desk, &signed_in.agent).await?;
    let lasts = limit::AGENT_SESSION_S;
    response.headers_mut().insert(header::SET_COOKIE, session_cookie(&signed_in.token, lasts, arrival));
    Ok(response)
}

fn session_cookie(token: &str, max_age_s: u64, arrival: &Arrival) -> HeaderValue {
    let secure = if arrival.is_secure() { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&cookie).expect("tokens are letters and digits")
}

/// `POST /api/v1/logout`.
pub async fn logout(State(desk): Shared, arrival: Arrival, SignedAgent(agent): SignedAgent) -> Answer {
    desk.chat.logout(&agent).await?;
    let mut response = ok(&Done::YES);
    response.headers_mut().insert(header::SET_COOKIE, session_cookie("", 0, &arrival));
    Ok(response)
}

/// `GET /api/v1/me`.
pub async fn me(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    me_reply(&desk, &agent).await
}

async fn me_reply(desk: &Desk, agent: &Agent) -> Answer {
    // Who owes the second step learns who they are, and nothing of the desk.
    let widgets = if agent.owes_second_step { Vec::new() } else { desk.chat.widgets_of(agent).await? };
    let reply = MeReply {
        success: true,
        agent: agent.profile.clone(),
        csrf: agent.csrf.clone(),
        status: desk.chat.status_of(agent).await?,
        realtime: ConsoleRealtime { key: desk.app.key.clone(), path: desk.settings.path.clone() },
        widgets,
        two_factor_owed: agent.owes_second_step,
        third_party: desk.provider.as_ref().map(|provider| provider.foreign.host().to_owned()),
    };
    Ok(ok(&reply))
}

/// `PUT /api/v1/me/presence`: an agent says whether they answer, on all nodes and after restarts.
pub async fn presence(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(OwnPresence { status }): Json<OwnPresence>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    desk.chat.set_status(&agent, status).await?;
    let changed = AgentStatusChanged { agent_id: agent.id.clone(), status };
    let (channel, data) =
        (ChatChannel::AgentsOnline.name(), serde_json::to_string(&changed).expect("words serialize"));
    let event =
        Event { channel: &channel, event: AGENT_STATUS_EVENT, data: &data, user_id: None, except: None };
    desk.hub.publish(&desk.app.id, event);
    desk.availability.look();
    Ok(ok(&Done::YES))
}

/// The query of the list of conversations.
#[derive(Debug, Deserialize)]
pub struct ConversationsAsked {
    status: Option<String>,
    assignee: Option<String>,
    widget: Option<String>,
    tag: Option<String>,
    priority: Option<String>,
    mentions: Option<String>,
    visitor: Option<String>,
    sort: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

impl ConversationsAsked {
    fn query(self) -> Answer<ConversationQuery> {
        let no = |why: &str| Refusal::InvalidField.because(why);
        let statuses = page::words(self.status.as_deref(), ConversationStatus::from_word);
        let mentions_me = match self.mentions.as_deref() {
            None => false,
            Some("me") => true,
            Some(_) => return Err(no("mentions is me.").into()),
        };
        let sort = match self.sort.as_deref() {
            None | Some("newest") => Sort::Newest,
            Some("waiting") => Sort::LongestWaiting,
            Some(_) => return Err(no("sort is newest or waiting.").into()),
        };
        let priority = self.priority.map(|word| {
            Priority::from_word(&word).ok_or_else(|| no("priority is low, normal, high or urgent."))
        });
        let assignee = self.assignee.map(|word| match &*word {
            "me" => Assignee::Me,
            "none" => Assignee::Nobody,
            _ => Assignee::Agent(word),
        });
        Ok(ConversationQuery {
            statuses: statuses
                .ok_or_else(|| no("status is open, snoozed or resolved, or some of them with commas."))?,
            assignee,
            widget_id: self.widget,
            tag: self.tag,
            priority: priority.transpose()?,
            mentions_me,
            visitor_id: self.visitor,
            sort,
            before: self.before,
            limit: self.limit,
        })
    }
}

/// `GET /api/v1/conversations`: those that are asked for, newest message first or longest waiting first.
pub async fn inbox(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    query: Result<Query<ConversationsAsked>, QueryRejection>,
) -> Answer {
    let Query(asked) = query.map_err(|_| Refusal::InvalidField.because("limit is a whole number."))?;
    Ok(ok(&desk.chat.conversations(&agent, asked.query()?).await?))
}

/// The query of a search.
#[derive(Debug, Deserialize)]
pub struct SearchAsked {
    q: String,
    #[serde(rename = "in")]
    kinds: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/v1/search`: newest first.
pub async fn search(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    query: Result<Query<SearchAsked>, QueryRejection>,
) -> Answer {
    let Query(asked) =
        query.map_err(|_| Refusal::InvalidField.because("q is a text, and limit a whole number."))?;
    let kind = |word: &str| match word {
        "messages" => Some(SearchKind::Messages),
        "contacts" => Some(SearchKind::Contacts),
        "conversations" => Some(SearchKind::Conversations),
        _ => None,
    };
    let kinds = page::words(asked.kinds.as_deref(), kind).ok_or_else(|| {
        Refusal::InvalidField.because("in is messages, contacts, conversations, or some of them with commas.")
    })?;
    let query = SearchQuery { text: asked.q, kinds, before: asked.before, limit: asked.limit };
    Ok(ok(&desk.chat.search(&agent, query).await?))
}

/// `GET /api/v1/conversations/{id}`.
pub async fn conversation(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    query: Result<Query<page::Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let asked = page::asked(query)?;
    let armed = asked.waits().then(|| desk.waiters.arm(&id));
    let mut found = desk.chat.agent_page(&agent, &id, asked.query()).await?;
    if let Some(armed) = armed
        && found.events.is_empty()
    {
        armed.changed(asked.wait()).await;
        // The session may have ended meanwhile (ruling 5).
        let agent = caller::agent(&headers, &desk).await?;
        found = desk.chat.agent_page(&agent, &id, asked.query()).await?;
    }
    found.typing = desk.typing.others(&id, &agent.id, steady_ms());
    Ok(page::with_etag(&headers, &asked, &found.seq.to_string(), &found))
}

/// `POST /api/v1/conversations/{id}/messages`: an answer or a note.
pub async fn post(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
    Json(mut message): Json<PostMessage>,
) -> Answer {
    page::name_by_key(&headers, &mut message);
    let _exclusion = page::exclude_socket(&desk, &headers, &id, &agent.id, &mut message);
    let (message, created) = desk.chat.agent_post(&agent, &id, message, now_ms()).await?;
    Ok(made(created, &AgentPosted { success: true, message }))
}

/// `POST /api/v1/conversations/{id}/join`.
pub async fn join(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.agent_join(&agent, &id, &agent.id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/conversations/{id}/read`.
pub async fn read(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(up_to): Json<ReadUpTo>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    desk.chat.agent_reached(&agent, &id, &up_to.message_id, Reached::Read, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/conversations/{id}/typing`: for a console that polls.
pub async fn typing(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(typing): Json<Typing>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    let channel = ChatChannel::AgentsConversation(id.clone());
    if !desk.chat.agent_may_join(&agent, &channel).await {
        return Err(Refusal::UnknownConversation.into());
    }
    page::check_typing(&typing)?;
    desk.tell_typing(&id, &agent.id, &typing);
    Ok(ok(&Done::YES))
}

/// `GET /api/v1/widgets`.
pub async fn widgets(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    let widgets = desk.chat.widgets_of(&agent).await?;
    Ok(ok(&WidgetsReply { success: true, widgets }))
}

/// `GET /api/v1/widgets/{id}`, with the tag that a change may ask for.
pub async fn widget(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let widget = desk.chat.widgets_of(&agent).await?.into_iter().find(|widget| widget.look.id == id);
    let widget = widget.ok_or(Refusal::UnknownEntry)?;
    Ok(page::tagged(&headers, &wire::tag::of(&widget), &WidgetReply { success: true, widget }))
}

/// `PATCH /api/v1/widgets/{id}`: owners and admins; with `If-Match`, only as it was read. Answers the tag that it has now.
pub async fn change_widget(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
    Json(change): Json<WidgetChange>,
) -> Answer {
    let change = page::conditional(&headers, change);
    let widgets = desk.chat.change_widget(&agent, &id, change).await?;
    desk.refresh_origins().await?;
    desk.availability.look();
    let tag = widgets.iter().find(|widget| widget.look.id == id).map(wire::tag::of);
    Ok(page::with_tag(&tag.unwrap_or_default(), ok(&WidgetsReply { success: true, widgets })))
}

/// `GET /api/v1/agents`.
pub async fn agents(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    agents_reply(&desk, &agent).await
}

/// `POST /api/v1/agents`: owners and admins.
pub async fn add_agent(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(request): Json<AddAgent>,
) -> Answer {
    desk.chat.add_agent(&agent, request, now_ms()).await?;
    agents_reply(&desk, &agent).await
}

/// `DELETE /api/v1/agents/{id}`: owners and admins. The sweep closes the sockets of the sessions that this ends.
pub async fn remove_agent(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.remove_agent(&agent, &id, now_ms()).await?;
    agents_reply(&desk, &agent).await
}

async fn agents_reply(desk: &Desk, agent: &Agent) -> Answer<Response> {
    let agents = desk.chat.agents(agent).await?;
    Ok(ok(&AgentsReply { success: true, agents }))
}
