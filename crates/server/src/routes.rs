//! Every route in one list, with who may call it and which scope lets an API key do so. Decides addresses
//! and nothing else; the access matrix and the OpenAPI document fail when a route is missing from them.

use crate::desk::Desk;
use crate::reply::No;
use crate::{
    account, agent, alerts, backup, broadcasting, chore, contact, conversation, cors, fallback, files, gate,
    housekeeping, idempotency, integration, metrics, monitor, openapi, operator, pages, pusher_api,
    pusher_counts, reverb, team, visitor, visitors,
};
use axum::Extension;
use axum::Router;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use std::sync::Arc;
use wire::Refusal;
use wire::api::Role;
use wire::integration::Scope;

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
    /// Whoever signed in, even if they have yet to set up the second step that is demanded of all.
    SignedIn,
    /// Whoever signed in, about conversations of their widgets; viewers too.
    Viewer,
    /// One who answers, about conversations of their widgets.
    Agent,
    /// An owner or admin.
    Admin,
    /// An owner.
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

impl Who {
    /// Does somebody on the team have to be signed in, or a program with a key?
    pub const fn is_team(self) -> bool {
        matches!(self, Who::SignedIn | Who::Viewer | Who::Agent | Who::Admin | Who::Owner)
    }

    /// May somebody with this role call it? The verbs ask again, within their transactions.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Who::Agent => role.answers(),
            Who::Admin => role.administers(),
            Who::Owner => role == Role::Owner,
            Who::SignedIn
            | Who::Viewer
            | Who::Anyone
            | Who::Loopback
            | Who::WidgetHolder
            | Who::Visitor
            | Who::Person
            | Who::SignedApp
            | Who::Operator
            | Who::Scraper
            | Who::LinkHolder
            | Who::KeyHolder => true,
        }
    }
}

/// The scope that an API key needs here; `None`: no key will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs(pub Option<Scope>);

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path, parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What an API key needs.
    pub needs: Needs,
    /// Does it stand behind `REVERB_SERVER_PATH`?
    pub prefixed: bool,
    handler: fn() -> MethodRouter<Arc<Desk>>,
}

macro_rules! needs {
    (-) => {
        Needs(None)
    };
    ($scope:ident) => {
        Needs(Some(Scope::$scope))
    };
}

macro_rules! routes {
    ($($method:ident $make:ident $path:literal $who:ident $needs:tt $handler:path;)*) => {
        &[$(Route {
            method: Method::$method,
            path: $path,
            who: Who::$who,
            needs: needs!($needs),
            prefixed: matches!(Who::$who, Who::SignedApp | Who::KeyHolder),
            handler: || $make($handler),
        },)*]
    };
}

/// Every route there is.
pub const ROUTES: &[Route] = routes! {
    GET    get    "/"                                           Anyone       -                  pages::console;
    GET    get    "/sw.js"                                      Anyone       -                  pages::service_worker;
    GET    get    "/manifest.webmanifest"                       Anyone       -                  pages::manifest;
    GET    get    "/widget.js"                                  Anyone       -                  pages::launcher;
    GET    get    "/assets/{*file}"                             Anyone       -                  pages::asset;
    GET    get    "/vendor/{file}"                              Anyone       -                  pages::vendor;
    GET    get    "/compat/{file}"                              Anyone       -                  pages::compat;
    GET    get    "/chat/{id}"                                  Anyone       -                  pages::chat;
    GET    get    "/preview"                                    Anyone       -                  pages::preview;
    GET    get    "/favicon.ico"                                Anyone       -                  pages::icon;
    GET    get    "/up"                                         Anyone       -                  pages::up;
    GET    get    "/chatbot-test.html"                          Loopback     -                  pages::test_page;
    GET    get    "/api/chatbot/config"                         WidgetHolder -                  visitor::config;
    POST   post   "/api/chatbot/session"                        WidgetHolder -                  visitor::session;
    POST   post   "/api/chatbot/identify"                       Visitor      -                  visitor::identify;
    POST   post   "/api/chatbot/popout"                         Visitor      -                  visitor::popout;
    POST   post   "/api/chatbot/logout"                         Visitor      -                  visitor::logout;
    GET    get    "/api/chatbot/conversations"                  Visitor      -                  visitor::conversations;
    POST   post   "/api/chatbot/conversation"                   Visitor      -                  visitor::start;
    GET    get    "/api/chatbot/conversation/{id}"              Visitor      -                  visitor::conversation;
    POST   post   "/api/chatbot/conversation/{id}/messages"     Visitor      -                  visitor::post;
    POST   post   "/api/chatbot/conversation/{id}/typing"       Visitor      -                  visitor::typing;
    POST   post   "/api/chatbot/conversation/{id}/read"         Visitor      -                  visitor::read;
    POST   post   "/api/chatbot/conversation/{id}/delivered"    Visitor      -                  visitor::delivered;
    POST   post   "/api/chatbot/conversation/{id}/close"        Visitor      -                  visitor::close;
    POST   post   "/api/chatbot/conversation/{id}/rating"       Visitor      -                  visitor::rate;
    POST   post   "/api/chatbot/conversation/{id}/website"      Visitor      -                  visitor::website;
    PATCH  patch  "/api/chatbot/messages/{id}"                  Visitor      -                  visitor::edit;
    DELETE delete "/api/chatbot/messages/{id}"                  Visitor      -                  visitor::delete;
    PUT    put    "/api/chatbot/messages/{id}/reactions/{emoji}" Visitor      -                  visitor::react;
    DELETE delete "/api/chatbot/messages/{id}/reactions/{emoji}" Visitor      -                  visitor::react;
    POST   post   "/api/chatbot/attachments"                    Visitor      -                  files::upload::visitor_send;
    POST   post   "/api/chatbot/uploads"                        Visitor      -                  files::upload::visitor_begin;
    GET    get    "/api/chatbot/uploads/{id}"                   Visitor      -                  files::upload::visitor_look;
    PUT    put    "/api/chatbot/uploads/{id}"                   Visitor      -                  files::upload::visitor_put;
    DELETE delete "/api/chatbot/uploads/{id}"                   Visitor      -                  files::upload::visitor_drop;
    GET    get    "/files/{id}/{name}"                          LinkHolder   -                  files::delivery::whole;
    GET    get    "/thumbnails/{id}"                            LinkHolder   -                  files::delivery::thumbnail;
    POST   post   "/api/v1/attachments"                         Agent        ConversationsWrite files::upload::agent_send;
    POST   post   "/api/v1/uploads"                             Agent        ConversationsWrite files::upload::agent_begin;
    GET    get    "/api/v1/uploads/{id}"                        Agent        ConversationsRead  files::upload::agent_look;
    PUT    put    "/api/v1/uploads/{id}"                        Agent        ConversationsWrite files::upload::agent_put;
    DELETE delete "/api/v1/uploads/{id}"                        Agent        ConversationsWrite files::upload::agent_drop;
    POST   post   "/broadcasting/auth"                          Person       -                  broadcasting::auth;
    POST   post   "/broadcasting/user-auth"                     Person       -                  broadcasting::user_auth;
    POST   post   "/api/v1/setup"                               Anyone       -                  agent::setup;
    POST   post   "/api/v1/login"                               Anyone       -                  agent::login;
    POST   post   "/api/v1/logout"                              SignedIn     -                  agent::logout;
    GET    get    "/api/v1/me"                                  SignedIn     -                  agent::me;
    PUT    put    "/api/v1/me/presence"                         Agent        -                  agent::presence;
    GET    get    "/api/v1/me/alerts"                           Agent        -                  alerts::own;
    PATCH  patch  "/api/v1/me/alerts"                           Agent        -                  alerts::change;
    POST   post   "/api/v1/me/alerts/missed"                    Agent        -                  alerts::report;
    POST   post   "/api/v1/me/alerts/test"                      Agent        -                  alerts::test;
    POST   post   "/api/v1/me/devices"                          Agent        -                  alerts::add_device;
    DELETE delete "/api/v1/me/devices/{id}"                     Agent        -                  alerts::remove_device;
    GET    get    "/api/v1/alerts/missed"                       Admin        -                  alerts::missed;
    GET    get    "/api/v1/conversations"                       Viewer       ConversationsRead  agent::inbox;
    GET    get    "/api/v1/conversations/{id}"                  Viewer       ConversationsRead  agent::conversation;
    POST   post   "/api/v1/conversations/{id}/messages"         Agent        ConversationsWrite agent::post;
    POST   post   "/api/v1/conversations/{id}/join"             Agent        ConversationsWrite agent::join;
    POST   post   "/api/v1/conversations/{id}/read"             Viewer       ConversationsWrite agent::read;
    POST   post   "/api/v1/conversations/{id}/typing"           Agent        ConversationsWrite agent::typing;
    PATCH  patch  "/api/v1/conversations/{id}"                  Agent        ConversationsWrite conversation::change;
    POST   post   "/api/v1/conversations/{id}/leave"            Agent        ConversationsWrite conversation::leave;
    POST   post   "/api/v1/conversations/{id}/delivered"        Viewer       ConversationsWrite conversation::delivered;
    PUT    put    "/api/v1/conversations/{id}/participants/{agent}" Agent        ConversationsWrite conversation::bring_in;
    DELETE delete "/api/v1/conversations/{id}/participants/{agent}" Agent        ConversationsWrite conversation::take_out;
    PATCH  patch  "/api/v1/messages/{id}"                       Agent        ConversationsWrite conversation::edit;
    DELETE delete "/api/v1/messages/{id}"                       Agent        ConversationsWrite conversation::delete;
    GET    get    "/api/v1/messages/{id}/versions"              Viewer       ConversationsRead  conversation::versions;
    PUT    put    "/api/v1/messages/{id}/reactions/{emoji}"     Agent        ConversationsWrite conversation::react;
    DELETE delete "/api/v1/messages/{id}/reactions/{emoji}"     Agent        ConversationsWrite conversation::react;
    GET    get    "/api/v1/search"                              Viewer       ConversationsRead  agent::search;
    GET    get    "/api/v1/tags"                                Viewer       ConversationsRead  housekeeping::tags;
    PATCH  patch  "/api/v1/tags/{tag}"                          Admin        -                  housekeeping::rename_tag;
    DELETE delete "/api/v1/tags/{tag}"                          Admin        -                  housekeeping::remove_tag;
    GET    get    "/api/v1/replies"                             Viewer       -                  housekeeping::replies;
    POST   post   "/api/v1/replies"                             Agent        -                  housekeeping::add_reply;
    PATCH  patch  "/api/v1/replies/{id}"                        Agent        -                  housekeeping::change_reply;
    DELETE delete "/api/v1/replies/{id}"                        Agent        -                  housekeeping::remove_reply;
    GET    get    "/api/v1/backup"                              Owner        -                  backup::route::last;
    POST   post   "/api/v1/backup"                              Owner        -                  backup::route::download;
    GET    get    "/api/v1/widgets"                             Viewer       WidgetsRead        agent::widgets;
    POST   post   "/api/v1/widgets"                             Admin        WidgetsWrite       housekeeping::new_widget;
    DELETE delete "/api/v1/widgets/{id}"                        Admin        WidgetsWrite       housekeeping::remove_widget;
    POST   post   "/api/v1/widgets/{id}/token"                  Admin        WidgetsWrite       housekeeping::new_token;
    PATCH  patch  "/api/v1/widgets/{id}"                        Admin        WidgetsWrite       agent::change_widget;
    GET    get    "/api/v1/widgets/{id}/identity"               Owner        -                  contact::secrets;
    POST   post   "/api/v1/widgets/{id}/identity"               Owner        -                  contact::new_secret;
    PATCH  patch  "/api/v1/widgets/{id}/agents"                 Admin        -                  team::change_widget_agents;
    GET    get    "/api/v1/widgets/{id}/escalation"             Admin        -                  alerts::escalation;
    PUT    put    "/api/v1/widgets/{id}/escalation"             Admin        -                  alerts::set_escalation;
    GET    get    "/api/v1/contacts"                            Viewer       ContactsRead       contact::list;
    GET    get    "/api/v1/contacts/{id}"                       Viewer       ContactsRead       contact::contact;
    PATCH  patch  "/api/v1/contacts/{id}"                       Agent        ContactsWrite      contact::change;
    POST   post   "/api/v1/contacts/{id}/merge"                 Agent        ContactsWrite      contact::merge;
    GET    get    "/api/v1/contacts/{id}/export"                Owner        -                  contact::export;
    POST   post   "/api/v1/contacts/{id}/erase"                 Owner        -                  contact::erase;
    POST   post   "/api/v1/visitors/{id}/contact"               Agent        ContactsWrite      contact::link;
    DELETE delete "/api/v1/visitors/{id}/contact"               Agent        ContactsWrite      contact::unlink;
    GET    get    "/api/v1/agents"                              Viewer       AgentsRead         agent::agents;
    POST   post   "/api/v1/agents"                              Admin        -                  agent::add_agent;
    DELETE delete "/api/v1/agents/{id}"                         Admin        -                  agent::remove_agent;
    PATCH  patch  "/api/v1/agents/{id}"                         Admin        -                  team::change;
    DELETE delete "/api/v1/agents/{id}/two-factor"              Admin        -                  team::reset_second_step;
    GET    get    "/api/v1/team"                                Admin        -                  team::team;
    PUT    put    "/api/v1/team/two-factor"                     Owner        -                  team::demand_second_step;
    POST   post   "/api/v1/invitations"                         Admin        -                  team::invite;
    DELETE delete "/api/v1/invitations/{id}"                    Admin        -                  team::withdraw;
    POST   post   "/api/v1/invitation"                          Anyone       -                  team::invited;
    POST   post   "/api/v1/join"                                Anyone       -                  team::join;
    GET    get    "/api/v1/audit"                               Owner        -                  team::audit;
    GET    get    "/api/v1/account"                             SignedIn     -                  account::account;
    PATCH  patch  "/api/v1/account"                             SignedIn     -                  account::change;
    DELETE delete "/api/v1/account/sessions"                    Viewer       -                  account::sign_out_elsewhere;
    POST   post   "/api/v1/account/two-factor"                  SignedIn     -                  account::begin_second_step;
    PUT    put    "/api/v1/account/two-factor"                  SignedIn     -                  account::confirm_second_step;
    POST   post   "/api/v1/account/two-factor/off"              Viewer       -                  account::end_second_step;
    GET    get    "/api/v1/widgets/{id}"                        Viewer       WidgetsRead        agent::widget;
    GET    get    "/api/v1/widgets/{id}/visitors"               Viewer       ContactsRead       visitors::list;
    GET    get    "/api/v1/events"                              Viewer       ConversationsRead  integration::events;
    GET    get    "/api/v1/keys"                                Owner        -                  integration::keys;
    POST   post   "/api/v1/keys"                                Owner        -                  integration::new_key;
    DELETE delete "/api/v1/keys/{id}"                           Owner        -                  integration::revoke_key;
    GET    get    "/api/v1/webhooks"                            Admin        Webhooks           integration::webhooks;
    POST   post   "/api/v1/webhooks"                            Admin        Webhooks           integration::add_webhook;
    GET    get    "/api/v1/webhooks/{id}"                       Admin        Webhooks           integration::webhook;
    PATCH  patch  "/api/v1/webhooks/{id}"                       Admin        Webhooks           integration::change_webhook;
    DELETE delete "/api/v1/webhooks/{id}"                       Admin        Webhooks           integration::remove_webhook;
    GET    get    "/api/v1/webhooks/{id}/deliveries"            Admin        Webhooks           integration::deliveries;
    POST   post   "/api/v1/webhooks/{id}/deliveries/{delivery}/replay" Admin        Webhooks           integration::replay;
    POST   post   "/api/v1/webhooks/{id}/test"                  Admin        Webhooks           integration::test_webhook;
    GET    get    "/api/v1/blocks"                              Admin        Blocks             integration::blocks;
    POST   post   "/api/v1/blocks"                              Admin        Blocks             integration::add_block;
    DELETE delete "/api/v1/blocks/{id}"                         Admin        Blocks             integration::remove_block;
    GET    get    "/api/v1/monitor/overview"                    Admin        -                  monitor::overview;
    GET    get    "/api/v1/monitor/channels"                    Admin        -                  monitor::channels;
    POST   post   "/api/v1/monitor/events"                      Owner        -                  monitor::create_event;
    POST   post   "/api/v1/monitor/inspections"                 Owner        -                  monitor::inspector::begin;
    GET    get    "/api/v1/monitor/inspections/{id}"            Owner        -                  monitor::inspector::look;
    DELETE delete "/api/v1/monitor/inspections/{id}"            Owner        -                  monitor::inspector::end;
    POST   post   "/api/v1/monitor/inspections/{id}/bodies"     Owner        -                  monitor::inspector::body;
    GET    get    "/api/v1/monitor/queues"                      Admin        -                  monitor::queues::look;
    POST   post   "/api/v1/monitor/queues/retry"                Admin        -                  monitor::queues::retry;
    POST   post   "/api/v1/monitor/dead-letters/retry"          Admin        -                  monitor::queues::revive;
    POST   post   "/api/v1/monitor/dead-letters/drop"           Admin        -                  monitor::queues::bury;
    POST   post   "/api/v1/monitor/dead-alerts/retry"           Admin        -                  monitor::queues::revive_alerts;
    POST   post   "/api/v1/monitor/dead-alerts/drop"            Admin        -                  monitor::queues::bury_alerts;
    GET    get    "/api/v1/monitor/nodes"                       Admin        -                  monitor::nodes::list;
    GET    get    "/openapi.json"                               Anyone       -                  openapi::document;
    POST   post   "/apps/{id}/events"                           SignedApp    -                  pusher_api::events;
    POST   post   "/apps/{id}/batch_events"                     SignedApp    -                  pusher_api::batch_events;
    GET    get    "/apps/{id}/channels"                         SignedApp    -                  pusher_counts::channels;
    GET    get    "/apps/{id}/channels/{channel}"               SignedApp    -                  pusher_counts::channel;
    POST   post   "/apps/{id}/channels/{channel}/events"        SignedApp    -                  pusher_api::channel_event;
    GET    get    "/apps/{id}/channels/{channel}/stats"         SignedApp    -                  pusher_counts::stats;
    GET    get    "/apps/{id}/channels/{channel}/users"         SignedApp    -                  pusher_counts::users;
    POST   post   "/apps/{id}/users/{user}/terminate_connections" SignedApp    -                  pusher_api::terminate;
    GET    get    "/apps/{id}/connections"                      SignedApp    -                  pusher_counts::connections;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr_streaming" KeyHolder    -                  fallback::streaming;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr"       KeyHolder    -                  fallback::polling;
    POST   post   "/pusher/app/{key}/{number}/{word}/xhr_send"  KeyHolder    -                  fallback::send;
    POST   post   "/operator/message"                           Operator     -                  operator::message;
    POST   post   "/operator/chore"                             Operator     -                  chore::chore;
    POST   post   "/operator/trigger"                           Operator     -                  operator::trigger;
    GET    get    "/operator/contact/export"                    Operator     -                  contact::operator_export;
    POST   post   "/operator/contact/erase"                     Operator     -                  contact::operator_erase;
    GET    get    "/operator/status"                            Operator     -                  operator::status;
    GET    get    "/operator/connections"                       Operator     -                  operator::connections;
    GET    get    "/operator/channels"                          Operator     -                  operator::channels;
    GET    get    "/metrics"                                    Scraper      -                  metrics::page;
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
            who if who.is_team() && route.method == Method::POST => {
                handler.layer(axum::middleware::from_fn_with_state(desk.clone(), idempotency::layer))
            }
            _ => handler,
        };
        let handler: MethodRouter<Arc<Desk>> = handler.layer(Extension(route.needs));
        let handler = handler.layer(Extension(route.who));
        router = router.route(&path, handler);
    }
    // Reverb has all its routes behind the prefix.
    if !prefix.is_empty() {
        router = router.route(&format!("{prefix}/up"), get(pages::up));
    }
    router
        .fallback(|| async { No::from(Refusal::NotFound).into_response() })
        .method_not_allowed_fallback(|| async { No::from(Refusal::MethodNotAllowed).into_response() })
        .layer(axum::middleware::from_fn_with_state(desk.clone(), gate::layer))
        .layer(axum::middleware::from_fn_with_state(desk.clone(), cors::layer))
        .layer(axum::middleware::from_fn_with_state(desk.clone(), metrics::layer))
        .with_state(desk)
}
