//! What browsers load: console, launcher, hashed chunks, test page, vendor copies. Decides cache,
//! compression and policy headers; knows nothing of what the files do.

use crate::arrival::Arrival;
use crate::caller::header as header_text;
use crate::desk::{Desk, now_ms};
use crate::mail::escape;
use crate::reply::{Answer, Id, ok};
use crate::secrets::random_word;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;
use wire::Refusal;

type Shared = State<Arc<Desk>>;

/// The front end as built, with `.br` and `.gz` copies beside each file.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Assets;

/// How long a browser may keep a file.
#[derive(Clone, Copy)]
enum Keep {
    /// Its name changes with its content.
    Forever,
    /// Five minutes, then ask again (ruling 9).
    Briefly,
    /// Ask each time.
    No,
}

/// `GET /`: the console.
pub async fn console(arrival: Arrival, headers: HeaderMap) -> Answer {
    let mut response = file("console/index.html", Keep::No, &headers)?;
    secure(response.headers_mut(), &console_policy(&arrival));
    Ok(response)
}

/// `GET /sw.js`: shows pushes while the console is closed. At the root, so that it may work for the whole console;
/// it asks only its own server, and shows pictures of nobody.
pub async fn service_worker(headers: HeaderMap) -> Answer {
    let mut response = file("console/sw.js", Keep::No, &headers)?;
    secure(response.headers_mut(), "default-src 'none'; connect-src 'self'");
    Ok(response)
}

/// `GET /manifest.webmanifest`: what makes an app of the console, on a home screen or on a desk.
pub async fn manifest(headers: HeaderMap) -> Answer {
    file("console/manifest.webmanifest", Keep::No, &headers)
}

fn console_policy(arrival: &Arrival) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {}; img-src 'self' data:; \
         font-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types frontdesk-worker",
        socket_origin(arrival)
    )
}

/// The origin of our WebSockets, as the browser names it.
fn socket_origin(arrival: &Arrival) -> String {
    arrival.public.origin().replacen("http", "ws", 1)
}

/// The query of the launcher.
#[derive(Deserialize)]
pub struct LauncherAsked {
    w: Option<String>,
}

/// `GET /widget.js`: the launcher; with `?w=` it carries that widget's look (ruling 9).
pub async fn launcher(
    State(desk): Shared,
    query: Result<Query<LauncherAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let Query(asked) = query.map_err(|_| Refusal::InvalidField.because("w is one widget id."))?;
    let mut response = match asked.w {
        None => file("widget/widget.js", Keep::Briefly, &headers)?,
        Some(id) => dressed_launcher(&desk, &id, &headers).await?,
    };
    open_to_all(response.headers_mut());
    Ok(response)
}

const LOOK_PLACEHOLDER: &str = "__FRONTDESK_LOOK__";

async fn dressed_launcher(desk: &Desk, id: &str, headers: &HeaderMap) -> Answer {
    let plain = Assets::get("widget/widget.js").ok_or(Refusal::NotFound)?;
    let look = desk.chat.widget_by_id(id).await?.look;
    // JSON is an expression of the script; `<` is escaped in case somebody inlines the file.
    let json = serde_json::to_string(&look).expect("plain strings serialize").replace('<', "\\u003c");
    let script = String::from_utf8_lossy(&plain.data).replacen(LOOK_PLACEHOLDER, &json, 1);
    let tag = etag(&<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(script.as_bytes())));
    Ok(respond(
        Found { bytes: script.into_bytes().into(), tag, encoding: None },
        "widget.js",
        Keep::Briefly,
        headers,
    ))
}

/// `GET /assets/{file}`: hashed chunks of console and widget.
pub async fn asset(Id(name): Id, headers: HeaderMap) -> Answer {
    // Foreign pages load the widget's chunks and have no business with the console's (ruling 11).
    if let Ok(response) = for_any_page(&format!("widget/assets/{name}"), Keep::Forever, &headers) {
        return Ok(response);
    }
    file(&format!("console/assets/{name}"), Keep::Forever, &headers)
}

/// `GET /vendor/{file}`: tested copies of `echo.js` and `pusher.js` (ruling 18).
pub async fn vendor(Id(name): Id, headers: HeaderMap) -> Answer {
    for_any_page(&format!("vendor/{name}"), Keep::Briefly, &headers)
}

/// `GET /compat/{file}`: what lets a page that was written for another chat go on with ours.
pub async fn compat(Id(name): Id, headers: HeaderMap) -> Answer {
    for_any_page(&format!("compat/{name}"), Keep::Briefly, &headers)
}

/// `GET /chat/{widget}`: the chat on a page of its own, for a window, a direct link or a frame (ruling 15).
pub async fn chat(State(desk): Shared, Id(id): Id, arrival: Arrival) -> Answer {
    let widget = desk.chat.widget_by_id(&id).await?;
    let page = include_str!("../pages/chat.html")
        .replace("{{widget}}", &widget.look.id)
        .replace("{{token}}", &widget.token)
        .replace("{{pages}}", &pages(&widget.origins))
        .replace("{{name}}", &escape(&widget.look.name));
    let policy = format!(
        "default-src 'none'; script-src 'self'; connect-src 'self' {}{}; img-src 'self'; media-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {}; require-trusted-types-for 'script'; trusted-types 'none'",
        socket_origin(&arrival),
        foreign_sockets(&desk),
        frames(&widget.origins)
    );
    let mut response = written_page(page, "no-cache", &policy);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// `GET /preview`: the widget as it would look, for the editor's frame. The browser gives it an origin of its
/// own, where nothing can be stored, and lets it ask nobody: what it shows comes from the page around it.
pub async fn preview(headers: HeaderMap) -> Answer {
    let mut response = file("preview.html", Keep::No, &headers)?;
    let policy = "default-src 'none'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'self'; sandbox allow-scripts; require-trusted-types-for 'script'; trusted-types 'none'";
    secure(response.headers_mut(), policy);
    Ok(response)
}

/// Whose word the page takes for who its visitor is; without the attribute that of this machine's pages.
fn pages(origins: &[String]) -> String {
    if origins.is_empty() { String::new() } else { format!(" data-pages=\"{}\"", escape(&origins.join(" "))) }
}

/// Whose pages may show ours in a frame: those that may have the widget.
fn frames(origins: &[String]) -> String {
    if origins.is_empty() {
        // This machine's, whatever the port.
        return "'self' http://localhost:* https://localhost:* http://127.0.0.1:* https://127.0.0.1:*"
            .to_owned();
    }
    format!("'self' {}", origins.join(" "))
}

/// Where the foreign provider's sockets are, for a policy; nothing without one.
fn foreign_sockets(desk: &Desk) -> String {
    desk.provider.as_ref().map(|p| format!(" {}", p.foreign.socket_origins())).unwrap_or_default()
}

/// `GET /favicon.ico`: what browsers ask for by themselves.
pub async fn icon() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, include_str!("../../../web/console/src/icon.svg")).into_response()
}

/// `GET /up`: 503 once the server was told to stop, while it still serves (`FRONTDESK_LAME_DUCK_S`).
pub async fn up(State(desk): Shared) -> Answer {
    if desk.is_stopping.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Refusal::ShuttingDown.into());
    }
    Ok(ok(&serde_json::json!({"health": "OK"})))
}

/// `GET /chatbot-test.html`: seed B's test page, for the first widget, under the strict policy of
/// ruling 10.
pub async fn test_page(State(desk): Shared, arrival: Arrival) -> Answer {
    if !(arrival.is_loopback() || desk.settings.demo) {
        return Err(Refusal::NotFound.into());
    }
    let widget = desk.chat.first_widget(now_ms()).await?;
    let (nonce, origin) = (random_word(24), arrival.public.origin());
    let page = include_str!("../pages/chatbot-test.html")
        .replace("{{nonce}}", &nonce)
        .replace("{{origin}}", &origin)
        .replace("{{token}}", &widget.token)
        .replace("{{widget}}", &widget.look.id);
    let policy = format!(
        "default-src 'none'; script-src {origin} 'nonce-{nonce}'; connect-src {origin} {}{}; img-src {origin}; \
         media-src {origin}; require-trusted-types-for 'script'; trusted-types 'none'",
        socket_origin(&arrival),
        foreign_sockets(&desk)
    );
    Ok(written_page(page, "no-store", &policy))
}

/// A page that is written for each who asks.
fn written_page(page: String, keep: &'static str, policy: &str) -> Response {
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    secure(headers, policy);
    response
}

/// Policy headers of a page.
fn secure(headers: &mut HeaderMap, policy: &str) {
    let policy = HeaderValue::from_str(policy).expect("policies are printable text");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=()"));
}

/// A file as built, for foreign pages too.
fn for_any_page(path: &str, keep: Keep, headers: &HeaderMap) -> Answer {
    let mut response = file(path, keep, headers)?;
    open_to_all(response.headers_mut());
    Ok(response)
}

/// Files that foreign pages load (ruling 11).
fn open_to_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}

struct Found {
    bytes: Cow<'static, [u8]>,
    tag: String,
    encoding: Option<&'static str>,
}

fn file(path: &str, keep: Keep, headers: &HeaderMap) -> Answer {
    // Copies in another encoding are reached by `Accept-Encoding` alone.
    if path.ends_with(".br") || path.ends_with(".gz") || path.contains("..") {
        return Err(Refusal::NotFound.into());
    }
    let found = encoded(path, headers).ok_or(Refusal::NotFound)?;
    Ok(respond(found, path, keep, headers))
}

fn encoded(path: &str, headers: &HeaderMap) -> Option<Found> {
    let accepted = header_text(headers, header::ACCEPT_ENCODING).unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|entry| entry.split(';').next().is_some_and(|name| name.trim() == coding))
    };
    let copies = [("br", ".br"), ("gzip", ".gz")];
    let found = |file: EmbeddedFile, encoding| Found {
        tag: etag(&file.metadata.sha256_hash()),
        bytes: file.data,
        encoding,
    };
    copies
        .iter()
        .filter(|(coding, _)| accepts(coding))
        .find_map(|(coding, ending)| Some(found(Assets::get(&format!("{path}{ending}"))?, Some(*coding))))
        .or_else(|| Some(found(Assets::get(path)?, None)))
}

fn etag(hash: &[u8; 32]) -> String {
    let half: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{half}\"")
}

fn respond(found: Found, path: &str, keep: Keep, asked: &HeaderMap) -> Response {
    let same = header_text(asked, header::IF_NONE_MATCH).is_some_and(|tag| tag == found.tag);
    let mut response =
        if same { StatusCode::NOT_MODIFIED.into_response() } else { found.bytes.into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::ETAG, HeaderValue::from_str(&found.tag).expect("hex in quotes"));
    let cache = match keep {
        Keep::Forever => "public, max-age=31536000, immutable",
        Keep::Briefly => "public, max-age=300",
        Keep::No => "no-cache",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = found.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
