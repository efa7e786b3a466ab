//! Whether a request head is an upgrade to one of our apps, and the answer to it. Pure:
//! bytes in, verdict out; knows no socket.

use crate::hub::Core;
use crate::session::fatal;
use crate::{App, Config, UpgradeHead, Way};
use bytes::Bytes;
use std::net::IpAddr;
use std::sync::LazyLock;
use wire::frame::{Compat, ServerFrame};
use wire::{Refusal, Refused, limit, websocket};

/// Header lines of a head; more go to the HTTP side, which has its own limit.
const HEADERS: usize = 100;

/// What a request head is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More bytes are needed.
    Incomplete,
    /// Longer than [`limit::REQUEST_HEAD_BYTES`].
    TooLong,
    /// Not ours: for the HTTP side.
    Plain,
    /// An upgrade to this app, speaking this version of the protocol. `used` bytes were the head.
    Welcome { app: u16, protocol: u8, accept: String, used: usize },
    /// An upgrade that is refused after the handshake, where a browser can see why.
    Refuse { compat: Compat, accept: String, refusal: Refused },
}

/// Looks at what was read of a head so far.
pub(crate) fn judge(core: &Core, peer: IpAddr, way: Way, head: &[u8]) -> Verdict {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let used = match request.parse(head) {
        Ok(httparse::Status::Complete(used)) if used <= limit::REQUEST_HEAD_BYTES => used,
        Ok(httparse::Status::Partial) if head.len() < limit::REQUEST_HEAD_BYTES => {
            return Verdict::Incomplete;
        }
        Ok(_) => return Verdict::TooLong,
        Err(_) => return Verdict::Plain,
    };
    let Some((accept, path)) = upgrade(&request) else { return Verdict::Plain };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let Some(key) = path.strip_prefix(&*core.path_prefix).and_then(|rest| rest.strip_prefix("/app")) else {
        return Verdict::Plain;
    };
    let refuse = |compat, refusal: Refusal| Verdict::Refuse {
        compat,
        accept: accept.clone(),
        refusal: refusal.into(),
    };
    let Some(key) = key.strip_prefix('/').filter(|key| !key.is_empty() && !key.contains('/')) else {
        // `/application` is not ours.
        let ours = key.is_empty() || key.starts_with('/');
        return if ours { refuse(Compat::Pusher, Refusal::PathNotFound) } else { Verdict::Plain };
    };
    match check(core, key, query, &upgrade_head(peer, way, &request)) {
        Ok((app, protocol)) => Verdict::Welcome { app, protocol, accept, used },
        Err((compat, refusal)) => refuse(compat, refusal),
    }
}

/// May a client come in to the app of this key? Answers the app's number and the version of the protocol.
pub(crate) fn check(
    core: &Core,
    key: &str,
    query: &str,
    head: &UpgradeHead<'_>,
) -> Result<(u16, u8), (Compat, Refusal)> {
    let app = core.registry.number_by_key(key).ok_or((Compat::Pusher, Refusal::UnknownAppKey))?;
    let settings = core.registry.app(app);
    let admitted = || settings.admit.as_ref().map_or(Ok(()), |admit| admit(head));
    let checked = check_protocol(query).and_then(|protocol| admitted().map(|()| protocol));
    checked.map(|protocol| (app, protocol)).map_err(|refusal| (settings.compat, refusal))
}

/// `Sec-WebSocket-Accept` and the target, if this is a WebSocket upgrade (RFC 6455, 4.2.1).
fn upgrade<'b>(request: &httparse::Request<'_, 'b>) -> Option<(String, &'b str)> {
    let listed = |name, token: &str| {
        let value = header(request, name).unwrap_or("");
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    let asks = request.method == Some("GET")
        && listed("upgrade", "websocket")
        && listed("connection", "upgrade")
        && header(request, "sec-websocket-version") == Some("13");
    let key = header(request, "sec-websocket-key").filter(|key| key.len() == 24)?;
    if asks { Some((websocket::accept_key(key), request.path?)) } else { None }
}

fn header<'h>(request: &httparse::Request<'h, '_>, name: &str) -> Option<&'h str>
where
{
    let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(found.value).ok()
}

/// `protocol` must be 5 to 7, and `version`, if given, a version (contract 1.1).
fn check_protocol(query: &str) -> Result<u8, Refusal> {
    let value = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).filter(|v| !v.is_empty())
    };
    let protocol = match value("protocol") {
        None => return Err(Refusal::NoProtocol),
        Some("5") => 5,
        Some("6") => 6,
        Some("7") => 7,
        Some(_) => return Err(Refusal::UnsupportedProtocol),
    };
    let version = value("version").unwrap_or("0");
    let written = version.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+_%".contains(&b));
    if written && version.starts_with(|c: char| c.is_ascii_digit()) {
        Ok(protocol)
    } else {
        Err(Refusal::InvalidVersion)
    }
}

fn upgrade_head<'h>(peer: IpAddr, way: Way, request: &'h httparse::Request<'h, '_>) -> UpgradeHead<'h> {
    UpgradeHead {
        peer,
        way,
        host: header(request, "host"),
        origin: header(request, "origin"),
        forwarded_for: header(request, "x-forwarded-for"),
        forwarded_proto: header(request, "x-forwarded-proto"),
        forwarded_host: header(request, "x-forwarded-host"),
    }
}

/// The handshake and the hello, to be sent in one write.
pub(crate) fn welcome(accept: &str, app: &App, protocol: u8, socket_id: &str) -> Vec<u8> {
    [switching(accept).as_bytes(), &hello(app, protocol, socket_id)].concat()
}

/// The first frame of every connection. Before version 7 it named no timeout.
pub(crate) fn hello(app: &App, protocol: u8, socket_id: &str) -> Bytes {
    let activity_timeout_s = (protocol >= 7).then_some(app.activity_timeout_s.max(1));
    ServerFrame::Hello { socket_id, activity_timeout_s }.encode()
}

/// The handshake, then why not, then the close: a browser sees no status of a refused upgrade.
pub(crate) fn refuse(accept: &str, compat: Compat, refused: &Refused) -> Vec<u8> {
    let (code, error) = fatal(compat, refused);
    let close = websocket::close_frame(code, &refused.to_string());
    [switching(accept).as_bytes(), &error, &close].concat()
}

fn switching(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// Fuzz target (ruling 26): nothing panics, and a head read in pieces is judged as the whole head is. The
/// first byte picks the size of the pieces.
pub fn fuzz(bytes: &[u8]) {
    static CORE: LazyLock<Core> = LazyLock::new(|| {
        let (apps, path_prefix) = (vec![App::new("1", "key", "s")], String::new());
        let config = Config { shards: 1, apps, path_prefix, max_connections: 9, outbox_bytes: 1 };
        Core::new(config).expect("nothing is started")
    });
    let Some((&piece, head)) = bytes.split_first() else { return };
    let verdict = |head: &[u8]| judge(&CORE, IpAddr::from([127, 0, 0, 1]), head);
    let whole = verdict(head);
    for end in (0..head.len()).step_by(usize::from(piece) + 1) {
        let part = verdict(&head[..end]);
        let is_open = matches!(part, Verdict::Incomplete | Verdict::TooLong);
        assert!(is_open || part == whole, "{part:?} after {end} bytes, then {whole:?}");
        assert!(!matches!(part, Verdict::Welcome { used, .. } if used > end));
    }
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
