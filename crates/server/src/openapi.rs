//! The OpenAPI 3.1 document, made from the table of routes, the types on the wire and the table of refusals.
//! Decides how those read as OpenAPI; what each route takes and answers stands in `openapi/operations.rs`.

mod files;
mod monitor;
mod operations;
mod team;

use crate::routes::{ROUTES, Route, Who};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use operations::{Operation, Query};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use wire::Refusal;
use wire::refusal::Problem;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", make()));

/// `GET /openapi.json`.
pub async fn document() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, DOCUMENT.as_str()).into_response()
}

/// Is the route part of the chat's own API?
pub fn covers(route: &Route) -> bool {
    ["/api/chatbot/", "/broadcasting/", "/api/v1/"].iter().any(|area| route.path.starts_with(area))
}

fn make() -> Value {
    let mut replies = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut requests = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let operations = operations::all();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in ROUTES.iter().filter(|route| covers(route)) {
        let Some(operation) = operations.iter().find(|operation| operation.is_of(route)) else { continue };
        let described = describe(route, operation, &mut replies, &mut requests);
        paths.entry(route.path).or_default().insert(route.method.as_str().to_lowercase(), described);
    }
    replies.subschema_for::<Problem>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Frontdesk",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The visitor's routes, channel authorisation, and the API of agents and API keys.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": replies.take_definitions(true), "securitySchemes": security_schemes()},
    })
}

fn describe(
    route: &Route,
    operation: &Operation,
    replies: &mut SchemaGenerator,
    requests: &mut SchemaGenerator,
) -> Value {
    let mut described = json!({
        "summary": operation.summary,
        "operationId": operation_id(route),
        "tags": [tag(route)],
        "security": security(route),
        "responses": responses(route, operation, replies),
    });
    let parameters = parameters(route, operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        let schema = body(requests);
        // An empty body reads as `{}`.
        let required =
            schema.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        described["requestBody"] =
            json!({"required": required, "content": {"application/json": {"schema": schema}}});
    }
    described
}

/// Such as `post_api_v1_keys`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(route.method.as_str().to_lowercase(), |id, word| format!("{id}_{word}"))
}

fn tag(route: &Route) -> &'static str {
    match route.path.split('/').nth(2) {
        _ if route.path.starts_with("/broadcasting/") => "channels",
        Some("chatbot") => "visitor",
        _ => "api",
    }
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let string = json!({"type": "string"});
    let mut all: Vec<Value> =
        in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": string})).collect();
    for Query { name, schema, what } in operation.query {
        let schema = match *schema {
            "integer" => json!({"type": "integer", "minimum": 0, "maximum": 1_000_000}),
            kind => json!({"type": kind}),
        };
        all.push(json!({"name": name, "in": "query", "description": what, "schema": schema}));
    }
    let header =
        |name: &str, what: &str| json!({"name": name, "in": "header", "description": what, "schema": string});
    if takes_idempotency_key(route) {
        all.push(header("Idempotency-Key", "Makes a retry the same request, for 24 hours."));
    }
    if operation.is_conditional {
        all.push(header("If-Match", "The ETag that the resource still has to have."));
    }
    all
}

fn takes_idempotency_key(route: &Route) -> bool {
    let starts = route.path.ends_with("/conversation") || route.path.ends_with("/messages");
    route.method == Method::POST && (route.who.is_team() || (route.who == Who::Visitor && starts))
}

fn responses(route: &Route, operation: &Operation, replies: &mut SchemaGenerator) -> Map<String, Value> {
    let mut all = Map::new();
    for (status, body) in &operation.replies {
        let mut reply = json!({"description": if *status == 304 { "Nothing is new." } else { "Done." }});
        if let Some(body) = body {
            reply["content"] = json!({"application/json": {"schema": body(replies)}});
        }
        all.insert(status.to_string(), reply);
    }
    let mut refusals: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for refusal in possible(route, operation) {
        let names = refusals.entry(refusal.row().status).or_default();
        if !names.contains(&refusal.row().name) {
            names.push(refusal.row().name);
        }
    }
    for (status, names) in refusals {
        let schema = json!({"allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"name": {"enum": names}}},
        ]});
        let description = names.join(", ");
        let content = json!({"application/problem+json": {"schema": schema}});
        all.insert(status.to_string(), json!({"description": description, "content": content}));
    }
    all
}

/// Every "no" that this route may answer: by who may call it, by what it takes, and its own.
fn possible(route: &Route, operation: &Operation) -> Vec<Refusal> {
    use Refusal::{
        BadRequestHead, Blocked, BlockedForNow, BodyTooLarge, CsrfMissing, IdempotencyKeyBusy,
        IdempotencyKeyReused, Internal, InvalidBody, InvalidField, KeyInvalid, MalformedJson,
        MethodNotAllowed, MissingField, NotAllowed, NotFound, NotSignedIn, OriginNotAllowed,
        PreconditionFailed, RequestTimeout, ScopeMissing, SecondStepOwed, SessionExpired, ShuttingDown,
        StorageFull, StorageUnavailable, TooManyRequests, UnknownWidget, UnsupportedMedia,
    };
    let mut all = vec![
        BadRequestHead,
        TooManyRequests,
        StorageUnavailable,
        StorageFull,
        Internal,
        ShuttingDown,
        MethodNotAllowed,
    ];
    let agents: &[Refusal] = &[NotSignedIn, SessionExpired, CsrfMissing, KeyInvalid, ScopeMissing];
    match route.who {
        Who::WidgetHolder => {
            all.extend([NotSignedIn, UnknownWidget, OriginNotAllowed, Blocked, BlockedForNow]);
        }
        Who::Visitor => all.extend([NotSignedIn, SessionExpired, OriginNotAllowed, Blocked, BlockedForNow]),
        Who::SignedIn => all.extend(agents),
        Who::Viewer => all.extend(agents.iter().copied().chain([SecondStepOwed])),
        Who::Agent | Who::Admin | Who::Owner => {
            all.extend(agents.iter().copied().chain([SecondStepOwed, NotAllowed]));
        }
        Who::Person => {
            all.extend(agents.iter().copied().chain([
                SecondStepOwed,
                OriginNotAllowed,
                Blocked,
                BlockedForNow,
            ]));
        }
        Who::Anyone => all.push(OriginNotAllowed),
        Who::LinkHolder => all.extend([Refusal::LinkInvalid, Refusal::LinkExpired]),
        Who::Loopback | Who::SignedApp | Who::Operator | Who::Scraper | Who::KeyHolder => {}
    }
    if operation.body.is_some() {
        all.extend([MalformedJson, InvalidBody, MissingField, InvalidField, UnsupportedMedia, BodyTooLarge]);
        all.push(RequestTimeout);
    }
    if !operation.query.is_empty() {
        all.push(InvalidField);
    }
    if takes_idempotency_key(route) {
        all.extend([IdempotencyKeyBusy, IdempotencyKeyReused, InvalidField, BodyTooLarge, RequestTimeout]);
    }
    if operation.is_conditional {
        all.push(PreconditionFailed);
    }
    if route.path.contains('{') {
        all.push(NotFound);
    }
    all.extend(operation.refusals);
    all
}

fn security(route: &Route) -> Value {
    let agent = match route.method.is_safe() {
        true => json!({"agentSession": []}),
        false => json!({"agentSession": [], "csrfToken": []}),
    };
    match route.who {
        Who::WidgetHolder => json!([{"widgetToken": []}]),
        Who::Visitor => json!([{"visitorSession": []}]),
        Who::SignedIn | Who::Viewer | Who::Agent | Who::Admin | Who::Owner => match route.needs.0 {
            Some(scope) => json!([{"apiKey": [scope.as_str()]}, agent]),
            None => json!([agent]),
        },
        Who::Person => json!([{"visitorSession": []}, agent]),
        Who::Anyone
        | Who::Loopback
        | Who::SignedApp
        | Who::Operator
        | Who::Scraper
        | Who::KeyHolder
        | Who::LinkHolder => json!([]),
    }
}

fn security_schemes() -> Value {
    let bearer = |what: &str| json!({"type": "http", "scheme": "bearer", "description": what});
    json!({
        "widgetToken": bearer("`cbw_…`, the public token of a widget, from an allowed origin."),
        "visitorSession": bearer("`fdv_…`, from `POST /api/chatbot/session`."),
        "apiKey": bearer("`fdk_…`, from `POST /api/v1/keys`; the scope it needs is named."),
        "agentSession": {
            "type": "apiKey", "in": "cookie", "name": "frontdesk_session", "description": "From `POST /api/v1/login`.",
        },
        "csrfToken": {
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "`csrf` of `GET /api/v1/me`.",
        },
    })
}

/// A schema by the type's name.
fn schema_of<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_route_of_the_api_is_described_and_nothing_else() {
        let operations = operations::all();
        for route in ROUTES.iter().filter(|route| covers(route)) {
            let found = operations.iter().filter(|operation| operation.is_of(route)).count();
            assert_eq!(found, 1, "{} {} needs a line in openapi/operations.rs", route.method, route.path);
        }
        for operation in &operations {
            let is_route = ROUTES.iter().any(|route| covers(route) && operation.is_of(route));
            assert!(is_route, "{} {} is no route", operation.method, operation.path);
        }
    }

    #[test]
    fn the_committed_document_is_the_one_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, DOCUMENT.as_str()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        let has_drifted =
            "docs/openapi.json has drifted: UPDATE_OPENAPI=1 cargo nextest run -p server openapi";
        assert!(committed == *DOCUMENT, "{has_drifted}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(&DOCUMENT).unwrap();
        let mut count = 0;
        for part in DOCUMENT.split("\"$ref\": \"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            count += 1;
        }
        assert!(count > 100);
    }
}
