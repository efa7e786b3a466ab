//! How the signed API says no for an app in Reverb's mode: Laravel's bodies in place of problems
//! (contract 1.16 and 2.3). Knows nothing of why it says no.

use crate::desk::Desk;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use realtime::Compat;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::{Refusal, Refused};

/// Fields of a publish, by which Laravel's validation errors are sorted.
const FIELDS: [&str; 7] = ["batch", "channels", "channel", "data", "info", "name", "socket_id"];

/// Turns refusals of a Reverb app's calls into what Reverb answers.
pub async fn layer(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let app = app_id(request.uri().path()).and_then(|id| desk.hub.app_by_id(id));
    let is_reverb = app.is_some_and(|app| app.compat == Compat::Reverb);
    let response = next.run(request).await;
    let reworded = response.extensions().get::<Refused>().filter(|_| is_reverb).and_then(reworded);
    let Some(mut reworded) = reworded else { return response };
    reworded.extensions_mut().extend(response.extensions().clone());
    reworded
}

/// The segment behind `/apps/`. A prefix may hold the word too, so the last one counts.
fn app_id(path: &str) -> Option<&str> {
    path.rsplit_once("/apps/")?.1.split('/').next()
}

/// Status and body; `None` where Reverb has no form of its own.
fn reworded(refused: &Refused) -> Option<Response> {
    let status = refused.refusal.row().status;
    let text = |text: &'static str| {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
        (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), kind, text).into_response()
    };
    match refused.refusal {
        Refusal::BodyTooLarge | Refusal::EventTooLarge => Some(text("Payload too large.")),
        Refusal::WrongSignature | Refusal::TimestampExpired | Refusal::BodyMd5Wrong => {
            Some(text("Authentication signature invalid."))
        }
        Refusal::UnknownChannel => Some(crate::reply::json(StatusCode::NOT_FOUND, &json!({}))),
        Refusal::InvalidField | Refusal::MissingField | Refusal::InvalidBody | Refusal::InvalidChannel => {
            Some(crate::reply::json(StatusCode::UNPROCESSABLE_ENTITY, &errors(refused)))
        }
        _ => None,
    }
}

/// `{"field":["sentence"]}`. The field is the first that the sentence names.
fn errors(refused: &Refused) -> Value {
    let sentence = refused.detail.clone().unwrap_or_else(|| refused.to_string());
    let words = sentence.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let field = words.map(|word| FIELDS.iter().find(|field| **field == word)).find_map(|field| field);
    let field = match refused.refusal {
        Refusal::InvalidChannel => "channels",
        _ => field.copied().unwrap_or("body"),
    };
    json!({ field: [sentence] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_the_one_behind_any_prefix() {
        for (path, app) in [
            ("/apps/7/events", Some("7")),
            ("/ws/apps/7/channels/x/users", Some("7")),
            ("/apps/of/apps/7/events", Some("7")),
            ("/up", None),
        ] {
            assert_eq!(app_id(path), app, "{path}");
        }
    }

    #[test]
    fn validation_errors_are_sorted_by_field_as_laravels_are() {
        for (sentence, field) in [
            ("The field is data.", "data"),
            ("socket_id is two numbers with a dot between.", "socket_id"),
            ("An event goes to 1 to 100 channels, these are 0.", "channels"),
            ("Line 1, column 7.", "body"),
        ] {
            assert_eq!(errors(&Refusal::InvalidField.because(sentence)), json!({ field: [sentence] }));
        }
    }
}
