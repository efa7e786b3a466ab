//! The one way out: HTTP calls to other servers, each to an address that was checked after its name
//! was resolved (S18), within time and size. Knows nothing of who calls whom and why.

mod guard;
pub(crate) mod tls;

pub use guard::Guard;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, RETRY_AFTER, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use wire::limit;

/// From the first question to the name server to the last byte of the reply.
const WITHIN: Duration = Duration::from_secs(limit::OUTBOUND_S);
/// For one address; the next one is tried after it.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);
/// For the reply's body, once its head is there.
const BODY_WITHIN: Duration = Duration::from_secs(2);
/// A connection is kept open for the next call so long.
pub const IDLE: Duration = Duration::from_secs(15);

/// Shared by all callers.
pub struct Outbound {
    guard: Guard,
    tls: tls::Tls,
}

/// Where to: a checked `http(s)://host[:port]/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    https: bool,
    host: String,
    port: u16,
    /// `host[:port]` as it stands in the address.
    authority: String,
    path: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Redirects are not followed: their status is the answer.
    pub status: u16,
    /// Empty where it was too long or did not end.
    pub body: Bytes,
    /// `Retry-After`, where it is a number of seconds.
    pub retry_after_s: Option<u64>,
}

/// Why nothing came back. Texts name no address and no header: they stand in the log.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// S18.
    #[error("its address is private; FRONTDESK_OUTBOUND_ALLOW can allow it")]
    PrivateAddress,
    /// Unknown to the name server, or that is away.
    #[error("its name has no address")]
    NoAddress,
    /// Refused, or nobody there.
    #[error("it cannot be reached")]
    Unreachable,
    /// Its certificate is not valid for its name, or it speaks no TLS.
    #[error("no TLS with it: {0}")]
    Tls(String),
    /// Closed in the middle, or spoke no HTTP.
    #[error("it broke off")]
    BrokeOff,
    /// Longer than [`limit::OUTBOUND_S`].
    #[error("it took longer than {} seconds", limit::OUTBOUND_S)]
    TooSlow,
}

impl Target {
    /// Reads an address. No user, no fragment; the host is ASCII.
    pub fn parse(url: &str) -> Option<Target> {
        let uri: Uri = url.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || authority.as_str().contains('@') || url.contains('#') {
            return None;
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().ok()?,
            // Something stands there that is no port.
            None if authority.as_str() != authority.host() => return None,
            None if https => 443,
            None => 80,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Some(Target { https, host, port, authority: authority.as_str().to_owned(), path })
    }

    /// Is it encrypted on the way?
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// `https://host[:port]`.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }

    /// Name or address of the server.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// For people: without the query, which may hold a secret.
    pub fn shown(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{}://{}{path}", if self.https { "https" } else { "http" }, self.authority)
    }

    /// The same server with another path, which begins with `/`.
    #[must_use]
    pub fn at(&self, path: String) -> Target {
        Target { path, ..self.clone() }
    }
}

impl Outbound {
    /// Calls go to public addresses and those allowed here.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allow: Vec<IpNet>) -> anyhow::Result<Outbound> {
        Ok(Outbound { guard: Guard::new(allow), tls: tls::Tls::new()? })
    }

    /// Connects to one of the target's addresses that the guard admits: to the very address that was
    /// checked, so that a name that changes its mind gains nothing.
    async fn connect(&self, target: &Target) -> Result<TcpStream, Failure> {
        let host = (target.host.as_str(), target.port);
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host(host).await.map_err(|_| Failure::NoAddress)?.collect();
        let mut failure = if found.is_empty() { Failure::NoAddress } else { Failure::PrivateAddress };
        for address in found.into_iter().filter(|address| self.guard.admits(address.ip())) {
            match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Without it small calls only wait longer.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(_)) | Err(_) => failure = Failure::Unreachable,
            }
        }
        Err(failure)
    }
}

/// Calls to one server, one after another, over one connection while it lasts.
pub struct Line {
    outbound: Arc<Outbound>,
    open: Option<Open>,
}

struct Open {
    sender: SendRequest<Full<Bytes>>,
    to: (bool, String),
    used: Instant,
}

impl Line {
    /// Nothing is connected yet.
    pub fn new(outbound: Arc<Outbound>) -> Line {
        Line { outbound, open: None }
    }

    /// Closes the connection, if there is one.
    pub fn hang_up(&mut self) {
        self.open = None;
    }

    /// Posts a body. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came in time.
    pub async fn post(
        &mut self,
        target: &Target,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Reply, Failure> {
        let call = self.call(target, headers, body);
        let outcome = tokio::time::timeout(WITHIN, call).await.unwrap_or(Err(Failure::TooSlow));
        if outcome.is_err() {
            self.open = None;
        }
        outcome
    }

    async fn call(&mut self, target: &Target, headers: &HeaderMap, body: Bytes) -> Result<Reply, Failure> {
        let to = (target.https, target.authority.clone());
        let kept = self
            .open
            .take()
            .filter(|open| open.to == to && open.used.elapsed() < IDLE && !open.sender.is_closed());
        if let Some(open) = kept {
            // It may have been closed at the other end a moment ago: then once more on a new one.
            if let Ok(reply) = self.exchange(open, target, headers, body.clone()).await {
                return Ok(reply);
            }
        }
        let sender = self.dial(target).await?;
        self.exchange(Open { sender, to, used: Instant::now() }, target, headers, body).await
    }

    async fn dial(&self, target: &Target) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = self.outbound.connect(target).await?;
        if target.https {
            let stream = self.outbound.tls.handshake(&target.host, stream).await?;
            handshake(TokioIo::new(stream)).await
        } else {
            handshake(TokioIo::new(stream)).await
        }
    }

    /// One request and its reply; the connection is kept if it can be used again.
    async fn exchange(
        &mut self,
        mut open: Open,
        target: &Target,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Reply, Failure> {
        open.sender.ready().await.map_err(|_| Failure::BrokeOff)?;
        let request = request(target, headers, body).ok_or(Failure::BrokeOff)?;
        let response = open.sender.send_request(request).await.map_err(|_| Failure::BrokeOff)?;
        let (reply, whole) = read(response).await;
        if whole {
            self.open = Some(Open { used: Instant::now(), ..open });
        }
        Ok(reply)
    }
}

async fn handshake<S>(io: TokioIo<S>) -> Result<SendRequest<Full<Bytes>>, Failure>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(limit::REQUEST_HEAD_BYTES * 4)
        .handshake(io)
        .await
        .map_err(|_| Failure::BrokeOff)?;
    // It ends when the sender is dropped; its errors are the exchange's.
    tokio::spawn(connection);
    Ok(sender)
}

fn request(target: &Target, headers: &HeaderMap, body: Bytes) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::post(&target.path).body(Full::new(body)).ok()?;
    *request.headers_mut() = headers.clone();
    for ours in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        request.headers_mut().remove(ours);
    }
    request.headers_mut().insert(HOST, HeaderValue::from_str(&target.authority).ok()?);
    request
        .headers_mut()
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(concat!("Frontdesk/", env!("CARGO_PKG_VERSION"))));
    Some(request)
}

/// The reply, and whether it was read to its end. The status says what became of the call: a body that
/// is too long, too slow or cut off does not change it.
async fn read(response: Response<Incoming>) -> (Reply, bool) {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after_s = retry_after.and_then(|text| text.trim().parse().ok());
    let body = Limited::new(response.into_body(), limit::OUTBOUND_REPLY_BYTES).collect();
    match tokio::time::timeout(BODY_WITHIN, body).await {
        Ok(Ok(body)) => (Reply { status, body: body.to_bytes(), retry_after_s }, true),
        Ok(Err(_)) | Err(_) => (Reply { status, body: Bytes::new(), retry_after_s }, false),
    }
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
