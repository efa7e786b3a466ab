//! A Pusher client over a known WebSocket library, for reading transcripts: text in, text out.
//! Knows nothing of our own codec.

use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Socket {
    stream: WebSocket<TcpStream>,
    /// As the hello gave it.
    pub socket_id: String,
}

/// What a socket hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A frame, `data` parsed when it is a string of JSON.
    Frame(Value),
    /// A close with its code, or 1006 when there was none.
    Closed(u16),
    /// Nothing within the time.
    Silence,
}

impl Socket {
    /// Connects and reads the hello.
    ///
    /// # Panics
    /// When the server does not greet.
    pub fn open(port: u16, key: &str) -> Socket {
        Socket::try_open(port, key, &[]).expect("the server greets")
    }

    /// Connects with headers; answers what came instead of a hello.
    ///
    /// # Errors
    /// The `pusher:error` frame, the close or the HTTP status in words.
    pub fn try_open(port: u16, key: &str, headers: &[(&'static str, &str)]) -> Result<Socket, String> {
        let url = format!("ws://localhost:{port}/app/{key}?protocol=7&client=test&version=1.0.0");
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
            request.headers_mut().insert(*name, value);
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let (stream, _) = client(request, stream).map_err(|error| error.to_string())?;
        let mut socket = Socket { stream, socket_id: String::new() };
        match socket.hear(PATIENCE) {
            Heard::Frame(hello) if hello["event"] == "pusher:connection_established" => {
                socket.socket_id = hello["data"]["socket_id"].as_str().unwrap_or_default().to_owned();
                Ok(socket)
            }
            Heard::Frame(frame) => Err(frame.to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Sends a frame.
    pub fn say(&mut self, frame: &Value) {
        // A closed socket shows itself when the test listens.
        let _ = self.stream.send(Message::text(frame.to_string()));
    }

    /// Sends this text, whatever it is.
    pub fn say_text(&mut self, text: &str) {
        let _ = self.stream.send(Message::text(text.to_owned()));
    }

    /// The next text frame, letter for letter.
    ///
    /// # Panics
    /// When something else comes, or nothing within `within`.
    pub fn hear_text(&mut self, within: Duration) -> String {
        // The socket is open for as long as this struct lives.
        let _ = self.stream.get_ref().set_read_timeout(Some(within));
        loop {
            match self.stream.read() {
                Ok(Message::Text(text)) => return text.to_string(),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("waited for a text, heard {other:?}"),
            }
        }
    }

    /// Subscribes with what `/broadcasting/auth` answered, or to a public channel with `null`.
    pub fn subscribe(&mut self, channel: &str, auth: &Value) {
        let mut data = json!({"channel": channel, "auth": auth["auth"].as_str().unwrap_or_default()});
        if let Some(channel_data) = auth["channel_data"].as_str() {
            data["channel_data"] = channel_data.into();
        }
        self.say(&json!({"event": "pusher:subscribe", "data": data}));
    }

    /// Signs in with `user_data` (contract 1.9) and waits for the answer.
    ///
    /// # Panics
    /// When the sign-in is refused.
    pub fn sign_in(&mut self, key: &str, secret: &str, user_data: &Value) {
        let user_data = user_data.to_string();
        let auth = wire::sign::user_auth(key, secret, &self.socket_id, &user_data);
        self.say(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user_data}}));
        self.expect("pusher:signin_success");
    }

    /// The next frame or close within `within`; protocol pings are answered and skipped.
    pub fn hear(&mut self, within: Duration) -> Heard {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            // The socket is open for as long as this struct lives.
            let _ = self.stream.get_ref().set_read_timeout(Some(left));
            match self.stream.read() {
                Ok(Message::Text(text)) => return Heard::Frame(parse(&text)),
                Ok(Message::Close(frame)) => {
                    return Heard::Closed(frame.map_or(1006, |frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(tokio_tungstenite::tungstenite::Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    if Instant::now() >= until {
                        return Heard::Silence;
                    }
                }
                Err(_) => return Heard::Closed(1006),
            }
        }
    }

    /// Waits for a frame of this event.
    ///
    /// # Panics
    /// When it does not come.
    pub fn expect(&mut self, event: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.hear(until.saturating_duration_since(Instant::now())) {
                Heard::Frame(frame) if frame["event"] == event => return frame,
                Heard::Frame(_) => {}
                other => panic!("waited for {event}, heard {other:?}"),
            }
        }
    }

    /// Waits for the close.
    ///
    /// # Panics
    /// When it does not come within `within`.
    pub fn expect_close(&mut self, within: Duration) -> u16 {
        let until = Instant::now() + within;
        loop {
            match self.hear(until.saturating_duration_since(Instant::now())) {
                Heard::Closed(code) => return code,
                Heard::Frame(_) => {}
                Heard::Silence => panic!("the socket stayed open"),
            }
        }
    }
}

fn parse(text: &str) -> Value {
    let mut frame: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    if let Some(inner) = frame["data"].as_str().and_then(|data| serde_json::from_str(data).ok()) {
        frame["data"] = inner;
    }
    frame
}
