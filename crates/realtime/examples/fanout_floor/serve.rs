//! The server under measurement: a hub with one app, told what to publish over a plain
//! connection. Knows nothing of what is measured.

use crate::{obey, say_address};
use realtime::{App, Config, Event, Hub};
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Serves until killed.
pub(crate) fn run(shards: usize, activity_timeout_s: usize, data_bytes: usize) -> io::Result<()> {
    let app = App { activity_timeout_s: activity_timeout_s as u64, ..App::new("app", "key", "secret") };
    let hub = Hub::start(Config {
        shards,
        apps: vec![app],
        path_prefix: String::new(),
        max_connections: 100_000,
        outbox_bytes: 4 * 1024 * 1024,
    })?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    say_address(listener.local_addr()?);
    let publisher = Mutex::new(hub.clone());
    hub.listen(
        listener,
        Arc::new(move |plain| {
            let hub = publisher.lock().expect("no publisher panics").clone();
            std::thread::spawn(move || control(&hub, &plain, data_bytes));
        }),
    )?;
    loop {
        std::thread::park();
    }
}

fn control(hub: &Hub, plain: &realtime::PlainHttp, data_bytes: usize) -> io::Result<()> {
    let realtime::PlainStream::Tcp(stream) = &plain.stream else { return Ok(()) };
    stream.set_nonblocking(false)?;
    let data = "x".repeat(data_bytes);
    let first = String::from_utf8_lossy(&plain.prefix).into_owned();
    obey(stream, &first, |count| {
        for _ in 0..count {
            hub.publish(
                "app",
                Event { channel: "fan", event: "e", data: &data, user_id: None, except: None },
            );
        }
    })
}
