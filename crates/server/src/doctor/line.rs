//! A line to a server of ours, as a browser has one: requests and sockets, over TLS where the address says
//! so. Knows nothing of what is asked.

use crate::outbound::tls::Tls;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Nothing that is well takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where to.
pub(super) struct Line {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// What browsers call the server.
    pub(super) host: String,
    /// Where it is connected to, which may be another name for it.
    pub(super) at: String,
    /// Port.
    pub(super) port: u16,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Line {
    async fn open(&self) -> Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.at.as_str(), self.port)).await.context("nobody answers")?;
        if self.scheme == "http" {
            return Ok(Box::new(stream));
        }
        Ok(Box::new(Tls::new()?.handshake(&self.host, stream).await?))
    }

    /// One request, with headers.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Reply> {
        let asked = async {
            let stream = TokioIo::new(self.open().await?);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
            let _driver = tokio::spawn(connection);
            let request = Request::builder().method(method).uri(path).header("host", self.authority());
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
            let (head, body) = response.into_parts();
            Ok(Reply { status: head.status, headers: head.headers, body: body.collect().await?.to_bytes() })
        };
        timeout(PATIENCE, asked).await.context("no answer within 5 s")?
    }

    pub(super) async fn get(&self, path: &str) -> Result<Reply> {
        self.ask(Method::GET, path, &[], String::new()).await
    }

    fn authority(&self) -> String {
        match (self.scheme, self.port) {
            ("http", 80) | ("https", 443) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// A socket of an app, greeted.
    pub(super) async fn socket(&self, prefix: &str, key: &str) -> Result<Socket> {
        let opened = async {
            let scheme = if self.scheme == "https" { "wss" } else { "ws" };
            let query = "protocol=7&client=doctor&version=1.0.0";
            let url = format!("{scheme}://{}{prefix}/app/{key}?{query}", self.authority());
            let request = url.into_client_request()?;
            let (stream, _) = tokio_tungstenite::client_async(request, self.open().await?).await?;
            let mut socket = Socket { stream, id: String::new() };
            let hello = socket.hear().await?;
            if hello["event"] != "pusher:connection_established" {
                bail!("instead of a greeting it said {hello}");
            }
            socket.id = data(&hello)["socket_id"].as_str().unwrap_or_default().to_owned();
            Ok(socket)
        };
        timeout(PATIENCE, opened).await.context("no socket within 5 s")?
    }
}

/// An open socket.
pub(super) struct Socket {
    stream: WebSocketStream<Box<dyn Stream>>,
    /// As the greeting gave it.
    pub(super) id: String,
}

impl Socket {
    pub(super) async fn say(&mut self, event: &str, channel: Option<&str>, data: Value) -> Result<()> {
        let mut frame = json!({"event": event, "data": data});
        if let Some(channel) = channel {
            frame["channel"] = channel.into();
        }
        Ok(self.stream.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame.
    pub(super) async fn hear(&mut self) -> Result<Value> {
        loop {
            let message =
                timeout(PATIENCE, self.stream.next()).await.context("nothing was heard within 5 s")?;
            match message.context("the socket was closed")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(_) => bail!("the socket was closed"),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Waits for this event, and answers what was heard before it.
    pub(super) async fn hear_until(&mut self, event: &str) -> Result<Vec<Value>> {
        let mut before = Vec::new();
        loop {
            let frame = self.hear().await.with_context(|| format!("waiting for {event}"))?;
            if frame["event"] == event {
                return Ok(before);
            }
            before.push(frame);
        }
    }
}

/// A frame's data, which is JSON within JSON.
fn data(frame: &Value) -> Value {
    frame["data"].as_str().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default()
}
