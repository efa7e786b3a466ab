//! A hub on a port of its own and people connected to it through a library's WebSocket
//! client. Knows the protocol's texts, nothing of how the hub works.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use futures_util::{SinkExt, StreamExt};
use realtime::{App, Config, Event, Hub, PlainHttp};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wire::sign;

/// Nothing here takes as long; what does has failed.
pub const DEADLINE: Duration = Duration::from_secs(20);
pub const SECRET: &str = "secret";

/// An app `app` with key `key`.
pub fn app() -> App {
    App::new("app", "key", SECRET)
}

pub struct World {
    pub hub: Hub,
    pub address: SocketAddr,
}

pub fn config(apps: Vec<App>) -> Config {
    Config { shards: 2, apps, path_prefix: String::new(), max_connections: 100_000, outbox_bytes: 256 * 1024 }
}

impl World {
    pub fn new(app: App) -> World {
        World::with(config(vec![app]), Arc::new(|_| {}))
    }

    pub fn with(config: Config, http: Arc<dyn Fn(PlainHttp) + Send + Sync>) -> World {
        let hub = Hub::start(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        hub.listen(listener, http).unwrap();
        World { hub, address }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/app/key?protocol=7&client=test&version=1.0", self.address)
    }

    /// A person whose hello has arrived.
    pub async fn person(&self) -> Person {
        let mut person = self.stranger(&self.url()).await;
        let hello = person.next().await;
        assert_eq!(hello["event"], "pusher:connection_established");
        let data: Value = serde_json::from_str(hello["data"].as_str().unwrap()).unwrap();
        person.socket_id = data["socket_id"].as_str().unwrap().to_owned();
        person
    }

    /// A connection of which nothing has been read.
    pub async fn stranger(&self, url: &str) -> Person {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Person { socket, socket_id: String::new() }
    }

    pub fn publish(&self, channel: &str, event: &str, data: &str) {
        self.hub.publish("app", Event { channel, event, data, user_id: None, except: None });
    }

    /// Waits until the counters say so.
    pub async fn until(&self, what: &str, holds: impl Fn(&Hub) -> bool) {
        let wait = async {
            while !holds(&self.hub) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait)
            .await
            .unwrap_or_else(|_| panic!("{what}: {:?}", self.hub.stats()));
    }
}

pub struct Person {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub socket_id: String,
}

impl Person {
    pub async fn say(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next message of any kind.
    pub async fn hear(&mut self) -> Message {
        tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("in time").expect("open").unwrap()
    }

    /// The next text frame; pings are answered by the library.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.hear().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected text, got {other:?}"),
            }
        }
    }

    /// The close code; texts before it are returned too.
    pub async fn closed(&mut self) -> (u16, Vec<Value>) {
        let mut before = Vec::new();
        loop {
            match self.hear().await {
                Message::Text(text) => before.push(serde_json::from_str(&text).unwrap()),
                Message::Close(Some(frame)) => return (frame.code.into(), before),
                Message::Close(None) => panic!("closed without a code"),
                _ => {}
            }
        }
    }

    pub async fn subscribe(&mut self, channel: &str, channel_data: Option<&str>) {
        self.ask(channel, channel_data).await;
        let reply = self.next().await;
        assert_eq!(reply["event"], "pusher_internal:subscription_succeeded", "{reply}");
        assert_eq!(reply["channel"], channel);
    }

    pub async fn ask(&mut self, channel: &str, channel_data: Option<&str>) {
        let auth = sign::channel_auth("key", SECRET, &self.socket_id, channel, channel_data);
        let mut data = json!({"channel": channel, "auth": auth});
        if let Some(channel_data) = channel_data {
            data["channel_data"] = channel_data.into();
        }
        self.say(json!({"event": "pusher:subscribe", "data": data})).await;
    }

    /// Proves that nothing else was under way: the answer to a ping is the next frame.
    pub async fn hears_nothing(&mut self) {
        self.say(json!({"event": "pusher:ping", "data": {}})).await;
        let reply = self.next().await;
        assert_eq!(reply["event"], "pusher:pong", "{reply}");
    }
}
