//! The visitor's routes under `/api/chatbot`. Decides how chat verbs become HTTP answers for a
//! visitor; knows nothing of how they are carried out.

use crate::caller::{self, SignedVisitor, WidgetHolder, header};
use crate::desk::{Desk, now_ms, steady_ms};
use crate::idempotency;
use crate::page::{self, ListAsked};
use crate::provider::Foreign;
use crate::reply::{Answer, Id, IdAnd, Json, made, ok};
use crate::settings::PublicAddress;
use crate::whereabouts;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};
use chat::{Reached, Visitor};
use std::sync::Arc;
use std::time::Instant;
use wire::api::{ConfigReply, Done, EditMessage, PostMessage, Provider, RateConversation, ReadUpTo};
use wire::api::{PopoutReply, SessionRequest, StartConversation};
use wire::api::{VisitorPage, VisitorPosted, WidgetProfile};
use wire::contact::{IdentifyRequest, WebsiteSays};
use wire::event::Typing;
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// `GET /api/chatbot/config`: providers and look, for the page that asks (R25, ruling 12).
pub async fn config(State(desk): Shared, holder: WidgetHolder, headers: HeaderMap) -> Answer {
    let mut public = holder.arrival.public.clone();
    // A page over TLS cannot open `ws://` (C8): behind a proxy that does not say so, its origin does.
    let page_has_tls = header(&headers, ORIGIN).is_some_and(|o| o.starts_with("https://"));
    if page_has_tls && public.scheme == "http" && !public.is_loopback() {
        public.port = if public.port == 80 { 443 } else { public.port };
        public.scheme = "https".to_owned();
    }
    Ok(ok(&config_reply(&desk, &holder.widget.profile, &public)))
}

fn config_reply(desk: &Desk, widget: &WidgetProfile, public: &PublicAddress) -> ConfigReply {
    let own = Provider {
        enabled: true,
        key: Some(desk.app.key.clone()),
        host: Some(public.host.clone()),
        port: Some(public.port),
        scheme: Some(public.scheme.clone()),
        path: (!desk.settings.path.is_empty()).then(|| desk.settings.path.clone()),
        ..Provider::default()
    };
    let pusher = desk.provider.as_ref().map(|provider| foreign(&provider.foreign));
    let providers = pusher.is_some().then_some("pusher").into_iter().chain(["reverb"]);
    let providers: Vec<String> = providers.map(str::to_owned).collect();
    ConfigReply {
        success: true,
        realtime_provider: providers[0].clone(),
        providers,
        reverb: own,
        pusher: pusher.unwrap_or_default(),
        widget: widget.look.clone(),
        poll_interval_ms: limit::POLL_INTERVAL_MS,
        typing_preview: widget.settings.typing_preview,
        whereabouts: widget.settings.whereabouts,
        pre_chat: widget.settings.pre_chat.clone(),
        consent: widget.settings.consent.clone(),
        availability: desk.availability.of(&widget.look.id),
    }
}

/// The foreign provider, as browsers reach it.
fn foreign(foreign: &Foreign) -> Provider {
    let Foreign { key, cluster, browsers, encrypted, .. } = foreign;
    Provider {
        enabled: true,
        key: Some(key.clone()),
        host: browsers.as_ref().map(|address| address.host.clone()),
        port: browsers.as_ref().map(|address| address.port),
        scheme: browsers.as_ref().map(|address| address.scheme.clone()),
        path: None,
        cluster: cluster.clone(),
        encrypted: Some(*encrypted),
    }
}

/// `POST /api/chatbot/session`: a new visitor, or the one whose secret is sent.
pub async fn session(
    State(desk): Shared,
    holder: WidgetHolder,
    Json(request): Json<SessionRequest>,
) -> Answer {
    desk.rates.session(holder.arrival.client)?;
    let reply = desk.chat.open_session(&holder.widget.profile.look.id, request, now_ms()).await?;
    Ok(ok(&reply))
}

/// `POST /api/chatbot/identify`: somebody with a session proves who they are.
pub async fn identify(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Json(request): Json<IdentifyRequest>,
) -> Answer {
    desk.rates.signal(&visitor.id)?;
    Ok(ok(&desk.chat.identify(&visitor, request, now_ms()).await?))
}

/// `POST /api/chatbot/popout`: the way to a window of our own that goes on with this session (ruling 15).
pub async fn popout(State(desk): Shared, SignedVisitor(visitor): SignedVisitor) -> Answer {
    desk.rates.signal(&visitor.id)?;
    let code = desk.chat.popout_code(&visitor, now_ms()).await?;
    Ok(ok(&PopoutReply { success: true, path: format!("/chat/{}", visitor.widget_id), code }))
}

/// `POST /api/chatbot/logout`. The sweep closes the sockets of the sessions that this ends.
pub async fn logout(State(desk): Shared, SignedVisitor(visitor): SignedVisitor) -> Answer {
    desk.chat.visitor_logout(&visitor).await?;
    Ok(ok(&Done::YES))
}

/// `GET /api/chatbot/conversations`: newest first.
pub async fn conversations(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    query: Result<Query<ListAsked>, QueryRejection>,
) -> Answer {
    let Query(asked) = query.map_err(|_| Refusal::InvalidField.because("limit is a whole number."))?;
    let list = desk.chat.visitor_conversations(&visitor, asked.before.as_deref(), asked.limit).await?;
    Ok(ok(&list))
}

/// `POST /api/chatbot/conversation`.
pub async fn start(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    headers: HeaderMap,
    Json(request): Json<StartConversation>,
) -> Answer {
    desk.rates.message(&visitor.id)?;
    desk.rates.widget_message(&visitor.widget_id)?;
    let client_id = request.client_id.or_else(|| idempotency::key(&headers).map(str::to_owned));
    let (mut page, created) = desk.chat.start_conversation(&visitor, client_id, now_ms()).await?;
    page.availability = desk.availability.of(&visitor.widget_id);
    Ok(made(created, &page))
}

/// `GET /api/chatbot/conversation/{id}`: seed B's poll, history, catching up and long poll in one.
pub async fn conversation(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    query: Result<Query<page::Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let asked = page::asked(query)?;
    desk.visitors.polled(&desk.hub, &desk.app.id, &visitor.id, steady_ms());
    // A server that is stopping may have given its database away.
    let polls_after = asked.polls_after().filter(|_| !desk.waiters.has_ended());
    let known = polls_after.and_then(|after| desk.unchanged.find(&id, &visitor.id, after, Instant::now()));
    let mut found = match known {
        Some(page) => VisitorPage::clone(&page),
        None => read_page(&desk, &headers, &visitor, &id, &asked).await?,
    };
    found.typing = desk.typing.others(&id, &visitor.id, steady_ms());
    found.availability = desk.availability.of(&visitor.widget_id);
    let tag = format!("{}.{}", found.seq, desk.availability.tag(&visitor.widget_id));
    Ok(page::with_etag(&headers, &asked, &tag, &found))
}

async fn read_page(
    desk: &Desk,
    headers: &HeaderMap,
    visitor: &Visitor,
    id: &str,
    asked: &page::Asked,
) -> Answer<VisitorPage> {
    let (armed, before) = (asked.waits().then(|| desk.waiters.arm(id)), desk.unchanged.before());
    let found = desk.chat.visitor_page(visitor, id, asked.query()).await?;
    if asked.polls_after() == Some(found.seq) {
        desk.unchanged.keep(&visitor.id, &found, before, Instant::now());
    }
    let Some(armed) = armed.filter(|_| found.events.is_empty()) else { return Ok(found) };
    armed.changed(asked.wait()).await;
    // The session may have ended meanwhile (ruling 5).
    let visitor = caller::visitor(headers, desk).await?;
    Ok(desk.chat.visitor_page(&visitor, id, asked.query()).await?)
}

/// `POST /api/chatbot/conversation/{id}/messages`: answers with the whole fact (ruling 2).
pub async fn post(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    headers: HeaderMap,
    Json(mut message): Json<PostMessage>,
) -> Answer {
    desk.rates.message(&visitor.id)?;
    desk.rates.widget_message(&visitor.widget_id)?;
    page::name_by_key(&headers, &mut message);
    message.here = message.here.take().and_then(|said| whereabouts::read(&desk, &visitor, &headers, said));
    let _exclusion = page::exclude_socket(&desk, &headers, &id, &visitor.id, &mut message);
    let (message, created) = desk.chat.visitor_post(&visitor, &id, message, now_ms()).await?;
    let availability = Some(desk.availability.of(&visitor.widget_id));
    Ok(made(created, &VisitorPosted { success: true, message, availability }))
}

/// `POST /api/chatbot/conversation/{id}/typing`: for widgets that poll (ruling 3).
pub async fn typing(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    Json(typing): Json<Typing>,
) -> Answer {
    desk.rates.signal(&visitor.id)?;
    let channel = wire::chat_channel::ChatChannel::Conversation(id.clone());
    if !desk.chat.visitor_may_join(&visitor, &channel).await {
        return Err(Refusal::UnknownConversation.into());
    }
    page::check_typing(&typing)?;
    let typing = desk.previews.share(&visitor.widget_id, typing);
    desk.tell_typing(&id, &visitor.id, &typing);
    Ok(ok(&Done::YES))
}

/// `POST /api/chatbot/conversation/{id}/read`.
pub async fn read(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    Json(up_to): Json<ReadUpTo>,
) -> Answer {
    desk.rates.signal(&visitor.id)?;
    desk.chat.visitor_reached(&visitor, &id, &up_to.message_id, Reached::Read, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/chatbot/conversation/{id}/delivered`: one device of the visitor's has it.
pub async fn delivered(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    Json(up_to): Json<ReadUpTo>,
) -> Answer {
    desk.rates.signal(&visitor.id)?;
    desk.chat.visitor_reached(&visitor, &id, &up_to.message_id, Reached::Delivered, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/chatbot/conversation/{id}/close`: the visitor is done.
pub async fn close(State(desk): Shared, SignedVisitor(visitor): SignedVisitor, Id(id): Id) -> Answer {
    desk.rates.message(&visitor.id)?;
    desk.chat.visitor_close(&visitor, &id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/chatbot/conversation/{id}/rating`: answers with the whole fact, like a message.
pub async fn rate(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    headers: HeaderMap,
    Json(mut request): Json<RateConversation>,
) -> Answer {
    desk.rates.message(&visitor.id)?;
    request.client_id = request.client_id.or_else(|| idempotency::key(&headers).map(str::to_owned));
    let (message, created) = desk.chat.visitor_rate(&visitor, &id, request, now_ms()).await?;
    Ok(made(created, &VisitorPosted { success: true, message, availability: None }))
}

/// `POST /api/chatbot/conversation/{id}/website`: what the page says of its visitor, for agents alone.
pub async fn website(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    Json(says): Json<WebsiteSays>,
) -> Answer {
    desk.rates.website_words(&visitor.id, says.events.as_ref().map_or(0, Vec::len))?;
    desk.chat.website_says(&visitor, &id, says, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `PATCH /api/chatbot/messages/{id}`: another text for the visitor's own message.
pub async fn edit(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    Json(edit): Json<EditMessage>,
) -> Answer {
    desk.rates.message(&visitor.id)?;
    let message = desk.chat.visitor_edit(&visitor, &id, edit.message, now_ms()).await?;
    Ok(ok(&VisitorPosted { success: true, message, availability: None }))
}

/// `DELETE /api/chatbot/messages/{id}`: takes the visitor's own message back.
pub async fn delete(State(desk): Shared, SignedVisitor(visitor): SignedVisitor, Id(id): Id) -> Answer {
    desk.rates.message(&visitor.id)?;
    desk.chat.visitor_delete(&visitor, &id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `PUT` puts an emoji there and `DELETE` takes it away: `/api/chatbot/messages/{id}/reactions/{emoji}`.
pub async fn react(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    method: Method,
    IdAnd(id, emoji): IdAnd,
) -> Answer {
    desk.rates.signal(&visitor.id)?;
    let message = desk.chat.visitor_react(&visitor, &id, &emoji, method == Method::PUT, now_ms()).await?;
    Ok(ok(&VisitorPosted { success: true, message, availability: None }))
}
