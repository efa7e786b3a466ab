//! A Pusher server without any chat: one app, one port, and a clock that speaks once a
//! second on the public channel `clock`. Try `/app/key?protocol=7` with any Pusher client.

use realtime::{App, Config, Event, Hub};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let hub = Hub::start(Config {
        shards: std::thread::available_parallelism()?.get(),
        apps: vec![App::new("app", "key", "secret")],
        path_prefix: String::new(),
        max_connections: 10_000,
        outbox_bytes: wire::limit::OUTBOX_BYTES,
    })?;
    let listener = TcpListener::bind("127.0.0.1:6001")?;
    writeln!(std::io::stdout(), "ws://{}/app/key?protocol=7", listener.local_addr()?)?;
    // Whatever is not a WebSocket gets a plain answer. A real server hands the stream to its
    // HTTP library, with `plain.prefix` before it.
    let http = |plain: realtime::PlainHttp| {
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        // A peer that is gone needs no answer.
        if let realtime::PlainStream::Tcp(mut stream) = plain.stream {
            let _ = stream.write_all(answer);
        }
    };
    hub.listen(listener, Arc::new(http))?;
    for second in 0_u64.. {
        let data = format!("{{\"second\":{second}}}");
        hub.publish(
            "app",
            Event { channel: "clock", event: "tick", data: &data, user_id: None, except: None },
        );
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}
