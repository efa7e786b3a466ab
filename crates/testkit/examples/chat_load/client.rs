//! A lean HTTP client on one kept connection, and a listening socket. Knows nothing of what is
//! measured.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

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
        Client { stream, token: token.to_owned(), buffer: Vec::with_capacity(4096) }
    }

    /// Posts JSON and answers the status.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> u16 {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.expect("the connection is kept");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the connection is kept");
            assert!(read > 0, "the connection is kept");
            if let Some(status) = whole(&self.buffer) {
                return status;
            }
        }
    }
}

/// The status, once head and body are there.
fn whole(bytes: &[u8]) -> Option<u16> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?.to_ascii_lowercase();
    let length: usize = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    (bytes.len() >= end + length).then(|| head[9..12].parse().ok())?
}

/// Joins a channel and hands every later frame to `heard`.
pub(crate) async fn listen(
    port: u16,
    key: &str,
    channel: &str,
    authorise: impl Fn(&str) -> Value,
    heard: impl Fn(&str) + Send + 'static,
) -> JoinHandle<()> {
    let url = format!("ws://localhost:{port}/app/{key}?protocol=7&client=load&version=1.0.0");
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("the server greets");
    let hello = next_text(&mut socket).await.expect("a hello");
    let hello: Value = serde_json::from_str(&hello).expect("JSON");
    let data: Value = serde_json::from_str(hello["data"].as_str().unwrap_or_default()).expect("JSON");
    let auth = authorise(data["socket_id"].as_str().unwrap_or_default());
    let subscribe = json!({"event": "pusher:subscribe", "data": {
        "channel": channel, "auth": auth["auth"], "channel_data": auth["channel_data"],
    }});
    use futures_util::SinkExt;
    socket.send(Message::text(subscribe.to_string())).await.expect("an open socket");
    let joined = next_text(&mut socket).await.expect("an answer");
    assert!(joined.contains("subscription_succeeded"), "{joined}");
    tokio::spawn(async move {
        while let Some(text) = next_text(&mut socket).await {
            heard(&text);
        }
    })
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
