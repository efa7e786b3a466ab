//! Every route in one list, with who may call it. Decides addresses and nothing else; the access
//! matrix test walks this list and fails when a route is missing from it.

use crate::desk::Desk;
use crate::reply::No;
use crate::{
    agent, broadcasting, cors, fallback, files, metrics, operator, pages, pusher_api, pusher_counts, reverb,
    visitor,
};
use axum::Router;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use std::sync::Arc;
use wire::Refusal;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Browsers on this machine, unless `FRONTDESK_DEMO=1` (ruling 17).
    Loopback,
    /// Whoever has a widget's token, on an allowed page.
    WidgetHolder,
    /// A visitor, about their own conversations.
    Visitor,
    /// An agent, about conversations of their widgets.
    Agent,
    /// An agent with the role of owner.
    Owner,
    /// A visitor or an agent, about channels they may join.
    Person,
    /// A back end that signs with an app's secret.
    SignedApp,
    /// The command line on this machine.
    Operator,
    /// Prometheus: with a token where one is set, else on this machine.
    Scraper,
    /// Whoever has a link, which the reply to a reader carries (ruling 15).
    LinkHolder,
    /// Whoever knows an app's public key, on a page that the app admits: told why not within the answer.
    KeyHolder,
}

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path, parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// Does it stand behind `REVERB_SERVER_PATH`?
    pub prefixed: bool,
    handler: fn() -> MethodRouter<Arc<Desk>>,
}

macro_rules! routes {
    ($($method:ident $make:ident $path:literal $who:ident $handler:path;)*) => {
        &[$(Route {
            method: Method::$method,
            path: $path,
            who: Who::$who,
            prefixed: matches!(Who::$who, Who::SignedApp | Who::KeyHolder),
            handler: || $make($handler),
        },)*]
    };
}

/// Every route there is.
pub const ROUTES: &[Route] = routes! {
    GET    get    "/"                                         Anyone       pages::console;
    GET    get    "/widget.js"                                Anyone       pages::launcher;
    GET    get    "/assets/{*file}"                           Anyone       pages::asset;
    GET    get    "/vendor/{file}"                            Anyone       pages::vendor;
    GET    get    "/favicon.ico"                              Anyone       pages::icon;
    GET    get    "/up"                                       Anyone       pages::up;
    GET    get    "/chatbot-test.html"                        Loopback     pages::test_page;
    GET    get    "/api/chatbot/config"                       WidgetHolder visitor::config;
    POST   post   "/api/chatbot/session"                      WidgetHolder visitor::session;
    POST   post   "/api/chatbot/conversation"                 Visitor      visitor::start;
    GET    get    "/api/chatbot/conversation/{id}"            Visitor      visitor::conversation;
    POST   post   "/api/chatbot/conversation/{id}/messages"   Visitor      visitor::post;
    POST   post   "/api/chatbot/conversation/{id}/typing"     Visitor      visitor::typing;
    POST   post   "/api/chatbot/conversation/{id}/read"       Visitor      visitor::read;
    POST   post   "/api/chatbot/attachments"                  Visitor      files::upload::visitor_send;
    POST   post   "/api/chatbot/uploads"                      Visitor      files::upload::visitor_begin;
    GET    get    "/api/chatbot/uploads/{id}"                 Visitor      files::upload::visitor_look;
    PUT    put    "/api/chatbot/uploads/{id}"                 Visitor      files::upload::visitor_put;
    DELETE delete "/api/chatbot/uploads/{id}"                 Visitor      files::upload::visitor_drop;
    GET    get    "/files/{id}/{name}"                        LinkHolder   files::delivery::whole;
    GET    get    "/thumbnails/{id}"                          LinkHolder   files::delivery::thumbnail;
    POST   post   "/broadcasting/auth"                        Person       broadcasting::auth;
    POST   post   "/broadcasting/user-auth"                   Person       broadcasting::user_auth;
    POST   post   "/api/v1/setup"                             Anyone       agent::setup;
    POST   post   "/api/v1/login"                             Anyone       agent::login;
    POST   post   "/api/v1/logout"                            Agent        agent::logout;
    GET    get    "/api/v1/me"                                Agent        agent::me;
    GET    get    "/api/v1/conversations"                     Agent        agent::inbox;
    GET    get    "/api/v1/conversations/{id}"                Agent        agent::conversation;
    POST   post   "/api/v1/conversations/{id}/messages"       Agent        agent::post;
    POST   post   "/api/v1/conversations/{id}/join"           Agent        agent::join;
    POST   post   "/api/v1/conversations/{id}/read"           Agent        agent::read;
    POST   post   "/api/v1/conversations/{id}/typing"         Agent        agent::typing;
    POST   post   "/api/v1/attachments"                       Agent        files::upload::agent_send;
    POST   post   "/api/v1/uploads"                           Agent        files::upload::agent_begin;
    GET    get    "/api/v1/uploads/{id}"                      Agent        files::upload::agent_look;
    PUT    put    "/api/v1/uploads/{id}"                      Agent        files::upload::agent_put;
    DELETE delete "/api/v1/uploads/{id}"                      Agent        files::upload::agent_drop;
    GET    get    "/api/v1/widgets"                           Agent        agent::widgets;
    PATCH  patch  "/api/v1/widgets/{id}"                      Owner        agent::change_widget;
    GET    get    "/api/v1/agents"                            Agent        agent::agents;
    POST   post   "/api/v1/agents"                            Owner        agent::add_agent;
    DELETE delete "/api/v1/agents/{id}"                       Owner        agent::remove_agent;
    POST   post   "/apps/{id}/events"                         SignedApp    pusher_api::events;
    POST   post   "/apps/{id}/batch_events"                   SignedApp    pusher_api::batch_events;
    GET    get    "/apps/{id}/channels"                       SignedApp    pusher_counts::channels;
    GET    get    "/apps/{id}/channels/{channel}"             SignedApp    pusher_counts::channel;
    POST   post   "/apps/{id}/channels/{channel}/events"      SignedApp    pusher_api::channel_event;
    GET    get    "/apps/{id}/channels/{channel}/stats"       SignedApp    pusher_counts::stats;
    GET    get    "/apps/{id}/channels/{channel}/users"       SignedApp    pusher_counts::users;
    POST   post   "/apps/{id}/users/{user}/terminate_connections" SignedApp pusher_api::terminate;
    GET    get    "/apps/{id}/connections"                    SignedApp    pusher_counts::connections;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr_streaming" KeyHolder fallback::streaming;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr"     KeyHolder    fallback::polling;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr_send" KeyHolder   fallback::send;
    POST   post   "/operator/message"                         Operator     operator::message;
    POST   post   "/operator/trigger"                         Operator     operator::trigger;
    GET    get    "/operator/status"                          Operator     operator::status;
    GET    get    "/operator/connections"                     Operator     operator::connections;
    GET    get    "/operator/channels"                        Operator     operator::channels;
    GET    get    "/metrics"                                  Scraper      metrics::page;
};

/// The router over the list.
pub fn router(desk: Arc<Desk>) -> Router {
    let prefix = desk.settings.path.clone();
    let mut router = Router::new();
    for route in ROUTES {
        let path = if route.prefixed { format!("{prefix}{}", route.path) } else { route.path.to_owned() };
        let handler = (route.handler)();
        let handler = match route.who {
            Who::SignedApp => {
                handler.layer(axum::middleware::from_fn_with_state(desk.clone(), reverb::layer))
            }
            _ => handler,
        };
        router = router.route(&path, handler);
    }
    // Reverb has all its routes behind the prefix.
    if !prefix.is_empty() {
        router = router.route(&format!("{prefix}/up"), get(pages::up));
    }
    router
        .fallback(|| async { No::from(Refusal::NotFound).into_response() })
        .method_not_allowed_fallback(|| async { No::from(Refusal::MethodNotAllowed).into_response() })
        .layer(axum::middleware::from_fn_with_state(desk.clone(), cors::layer))
        .layer(axum::middleware::from_fn_with_state(desk.clone(), metrics::layer))
        .with_state(desk)
}
