//! Who is calling: the extractors that turn credentials into people, one for each actor of the
//! route table. Decides nothing about what they may see: the chat does, and the table of routes says for
//! which roles each is.

use crate::arrival::{self, Arrival};
use crate::desk::{Desk, now_ms, steady_ms};
use crate::rate::Bucket;
use crate::reply::{Answer, No};
use crate::routes::{Needs, Who};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use chat::{Agent, Call, Visitor, Widget};
use realtime::{UpgradeHead, Way};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use wire::Refusal;

/// The cookie of an agent's session.
pub const SESSION_COOKIE: &str = "frontdesk_session";
/// The header that proves that a writing request comes from the console.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// The socket's other end and the way it came in by, put into every request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr, pub Way);

type State = Arc<Desk>;

/// A header as text.
pub fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What a request says about where it comes from.
pub fn head(parts: &Parts) -> UpgradeHead<'_> {
    let (peer, way) =
        parts.extensions.get().map_or(([0, 0, 0, 0].into(), Way::Tcp), |Peer(peer, way)| (peer.ip(), *way));
    let get = |name: &'static str| header(&parts.headers, HeaderName::from_static(name));
    UpgradeHead {
        peer,
        way,
        host: get("host"),
        origin: get("origin"),
        forwarded_for: get("x-forwarded-for"),
        forwarded_proto: get("x-forwarded-proto"),
        forwarded_host: get("x-forwarded-host"),
    }
}

/// From where a request came.
pub fn arrival(parts: &Parts, desk: &Desk) -> Arrival {
    Arrival::read(&head(parts), &desk.settings)
}

impl FromRequestParts<State> for Arrival {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<Arrival> {
        Ok(arrival(parts, desk))
    }
}

/// Whoever holds a widget's token, on an allowed page: may read `config` and mint a session.
pub struct WidgetHolder {
    /// The widget.
    pub widget: Widget,
    /// From where.
    pub arrival: Arrival,
}

impl FromRequestParts<State> for WidgetHolder {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<WidgetHolder> {
        let token = bearer(&parts.headers, "cbw_")?;
        let widget = desk.chat.widget_by_token(token, now_ms()).await?;
        let arrival = arrival(parts, desk);
        check_origin(&parts.headers, &widget.profile.origins, &arrival)?;
        Ok(WidgetHolder { widget, arrival })
    }
}

/// The visitor whose bearer this is, as of now.
pub async fn visitor(headers: &HeaderMap, desk: &Desk) -> Answer<Visitor> {
    Ok(desk.chat.visitor(bearer(headers, "fdv_")?, now_ms()).await?)
}

/// The agent whose cookie this is, or as whom this API key acts, as of now, for who asks again while a request
/// waits. Whether the key's scopes are enough was asked when the request came.
pub async fn agent(headers: &HeaderMap, desk: &Desk) -> Answer<Agent> {
    if let Some(secret) = key_secret(headers) {
        return Ok(desk.chat.api_key(secret, now_ms()).await?.agent);
    }
    not_owing(signed_in(headers, desk).await?)
}

/// The agent whose cookie this is, whatever they may do.
async fn signed_in(headers: &HeaderMap, desk: &Desk) -> Answer<Agent> {
    let token = cookie(headers, SESSION_COOKIE).ok_or(Refusal::NotSignedIn)?;
    Ok(desk.chat.agent(token, now_ms()).await?)
}

/// Only who has set up the second step, where it is demanded of all.
fn not_owing(agent: Agent) -> Answer<Agent> {
    if agent.owes_second_step { Err(Refusal::SecondStepOwed.into()) } else { Ok(agent) }
}

/// A visitor with a session, on a page allowed to that widget.
pub struct SignedVisitor(pub Visitor);

impl FromRequestParts<State> for SignedVisitor {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<SignedVisitor> {
        let visitor = visitor(&parts.headers, desk).await?;
        let arrival = arrival(parts, desk);
        check_origin(&parts.headers, &visitor.origins, &arrival)?;
        desk.addresses.note(&visitor, arrival.client, steady_ms());
        Ok(SignedVisitor(visitor))
    }
}

/// The secret of an API key, if the request bears one. A cookie beside it counts for nothing.
pub fn key_secret(headers: &HeaderMap) -> Option<&str> {
    bearer(headers, "fdk_").ok()
}

/// As whom an API key acts, if its scopes are enough for this route.
async fn keyed(parts: &Parts, secret: &str, desk: &Desk) -> Answer<Agent> {
    let key = desk.chat.api_key(secret, now_ms()).await?;
    desk.rates.take(Bucket::KeyCalls, &key.agent.session_id)?;
    match parts.extensions.get::<Needs>() {
        Some(Needs(Some(scope))) if key.scopes.contains(scope) => Ok(key.agent),
        Some(Needs(Some(scope))) => {
            Err(Refusal::ScopeMissing.because(format!("The scope is {}.", scope.as_str())).into())
        }
        Some(Needs(None)) | None => Err(Refusal::ScopeMissing.because("No API key may.").into()),
    }
}

/// An agent with a session, whose writing requests also carry the session's CSRF token; or an API key,
/// which no browser sends by itself.
pub struct SignedAgent(pub Agent);

impl FromRequestParts<State> for SignedAgent {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<SignedAgent> {
        if let Some(secret) = key_secret(&parts.headers) {
            return admitted(parts, desk, keyed(parts, secret, desk).await?);
        }
        let agent = signed_in(&parts.headers, desk).await?;
        if !parts.method.is_safe() {
            let sent = header(&parts.headers, HeaderName::from_static(CSRF_HEADER)).unwrap_or_default();
            if !bool::from(sent.as_bytes().ct_eq(agent.csrf.as_bytes())) {
                return Err(Refusal::CsrfMissing.into());
            }
        }
        admitted(parts, desk, agent)
    }
}

/// Only with a role for which this route is, as of now: the agent was just read. Who owes the second step gets no
/// further than to routes that say so themselves, so that a new one is held without a thought.
fn admitted(parts: &Parts, desk: &Desk, agent: Agent) -> Answer<SignedAgent> {
    let who = parts.extensions.get::<Who>().copied().ok_or(Refusal::NotAllowed)?;
    let agent = if who == Who::SignedIn { agent } else { not_owing(agent)? };
    if !who.admits(agent.profile.role) {
        return Err(Refusal::NotAllowed.into());
    }
    Ok(SignedAgent(Agent { call: call(&parts.headers, &arrival(parts, desk)), ..agent }))
}

/// The request at hand, as the audit trail has it.
pub fn call(headers: &HeaderMap, arrival: &Arrival) -> Call {
    let device = header(headers, header::USER_AGENT).unwrap_or_default().to_owned();
    Call { at_ms: now_ms(), from: arrival.client.to_canonical().to_string(), device }
}

/// A person who may ask to join channels: a visitor by bearer, an agent by cookie.
pub enum Person {
    /// On the website.
    Visitor(Visitor),
    /// In the console.
    Agent(Agent),
}

impl FromRequestParts<State> for Person {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<Person> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let SignedVisitor(visitor) = SignedVisitor::from_request_parts(parts, desk).await?;
            return Ok(Person::Visitor(visitor));
        }
        let agent = SignedAgent::from_request_parts(parts, desk).await?;
        Ok(Person::Agent(agent.0))
    }
}

/// The command line on this machine, with the token of `secrets.toml`.
pub struct Operator;

impl FromRequestParts<State> for Operator {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<Operator> {
        let token = bearer(&parts.headers, "fdo_")?;
        let same = token.as_bytes().ct_eq(desk.secrets.operator_token.as_bytes());
        if !bool::from(same) {
            return Err(Refusal::NotSignedIn.into());
        }
        Ok(Operator)
    }
}

/// A page of our own: sign-in and set-up take no other (login CSRF).
pub struct OwnPage(pub Arrival);

impl FromRequestParts<State> for OwnPage {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &State) -> Answer<OwnPage> {
        let arrival = arrival(parts, desk);
        match header(&parts.headers, header::ORIGIN) {
            Some(origin) if !arrival.owns(origin) => Err(Refusal::OriginNotAllowed.into()),
            _ => Ok(OwnPage(arrival)),
        }
    }
}

fn bearer<'a>(headers: &'a HeaderMap, prefix: &str) -> Answer<&'a str> {
    header(headers, header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| token.starts_with(prefix))
        .ok_or_else(|| Refusal::NotSignedIn.into())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn check_origin(headers: &HeaderMap, list: &[String], arrival: &Arrival) -> Answer<()> {
    match header(headers, header::ORIGIN) {
        Some(origin) if !arrival.owns(origin) && !arrival::is_on_list(origin, list) => {
            Err(Refusal::OriginNotAllowed.into())
        }
        _ => Ok(()),
    }
}
