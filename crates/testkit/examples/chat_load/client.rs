//! A lean HTTP client on one kept connection, and a listening socket. Knows nothing of what is
//! measured.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// What came back for a GET.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) tag: Option<String>,
    pub(crate) body: String,
}

/// One kept connection with a visitor's bearer.
pub(crate) struct Client {
    stream: TcpStream,
    token: String,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(port: u16, token: &str) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Client { stream, token: token.to_owned(), buffer: Vec::with_capacity(1024) }
    }

    /// Posts JSON and answers the status.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> u16 {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let end = self.ask(&request).await;
        status(&self.buffer[..end])
    }

    /// Asks for a path, if it has changed since it had this tag.
    pub(crate) async fn get(&mut self, path: &str, tag: Option<&str>) -> Got {
        let condition = tag.map(|tag| format!("if-none-match: {tag}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n{condition}\r\n",
            self.token
        );
        let end = self.ask(&request).await;
        let (head, body) = self.buffer.split_at(end);
        let tag = field(&String::from_utf8_lossy(head), "etag").map(str::to_owned);
        Got { status: status(head), tag, body: String::from_utf8_lossy(body).into_owned() }
    }

    /// Sends a request and reads the whole reply; answers where its body begins.
    async fn ask(&mut self, request: &str) -> usize {
        self.stream.write_all(request.as_bytes()).await.expect("the connection is kept");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the connection is kept");
            assert!(read > 0, "the connection is kept");
            if let Some(end) = whole(&self.buffer) {
                return end;
            }
        }
    }
}

/// Where the body begins, once head and body are there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let length = field(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    (bytes.len() >= end + length).then_some(end)
}

fn status(head: &[u8]) -> u16 {
    std::str::from_utf8(&head[9..12]).ok().and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// A header's value; the server writes names in lower case.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
    fields.find_map(|(field, value)| (field == name).then_some(value))
}

/// Joins these channels and hands every later frame to `heard`.
pub(crate) async fn listen(
    port: u16,
    key: &str,
    channels: &[&str],
    authorise: impl Fn(&str, &str) -> Value,
    heard: impl Fn(&str) + Send + 'static,
) -> JoinHandle<()> {
    let url = format!("ws://localhost:{port}/app/{key}?protocol=7&client=load&version=1.0.0");
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("the server greets");
    let hello = next_text(&mut socket).await.expect("a hello");
    let hello: Value = serde_json::from_str(&hello).expect("JSON");
    let data: Value = serde_json::from_str(hello["data"].as_str().unwrap_or_default()).expect("JSON");
    let socket_id = data["socket_id"].as_str().unwrap_or_default();
    for &channel in channels {
        let mut subscription = authorise(socket_id, channel);
        subscription["channel"] = channel.into();
        let subscribe = json!({"event": "pusher:subscribe", "data": subscription});
        socket.send(Message::text(subscribe.to_string())).await.expect("an open socket");
        joined(&mut socket, channel).await;
    }
    tokio::spawn(async move {
        while let Some(text) = next_text(&mut socket).await {
            heard(&text);
        }
    })
}

/// Other channels may speak meanwhile.
async fn joined(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>, channel: &str) {
    loop {
        let answer = next_text(socket).await.expect("an answer");
        assert!(!answer.contains("subscription_error"), "{channel}: {answer}");
        if answer.contains("subscription_succeeded") && answer.contains(channel) {
            return;
        }
    }
}

async fn next_text(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>) -> Option<String> {
    use futures_util::StreamExt;
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}
