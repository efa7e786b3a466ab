//! The load of one server: opens the sockets, counts bytes, and asks the server for its CPU around
//! every series. Knows nothing of the other server that it is compared with.

use crate::Usage;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use wire::frame::ServerFrame;
use wire::websocket::client_frame;

const HEAD: &str = "GET /app/key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
thread_local! {
    static RECEIVED: Cell<u64> = const { Cell::new(0) };
    static WANTED: Cell<u64> = const { Cell::new(u64::MAX) };
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 * 1024]);
    static DONE: &'static Notify = Box::leak(Box::default());
}

/// Bytes of the frame that the server sends for one event with so many bytes of data.
pub(crate) fn frame_bytes(data_bytes: usize) -> usize {
    let data = "x".repeat(data_bytes);
    ServerFrame::Event { channel: "fan", event: "e", data: &data, user_id: None }.encode().len()
}

/// `fanout SERVER serve|bare SUBSCRIBERS DATA_BYTES`, `idle SERVER CONNECTIONS shared|own`, or
/// `quiet SERVER CONNECTIONS`.
pub(crate) fn run(arguments: &[String]) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(1);
    let text = |at: usize| arguments.get(at).map_or("", String::as_str);
    match text(0) {
        "idle" => runtime.block_on(idle(text(1), number(2), text(3))),
        "quiet" => runtime.block_on(quiet(text(1), number(2))),
        _ => runtime.block_on(fan_out(text(1), text(2) == "bare", number(3), frame_bytes(number(4)))),
    }
}

/// Says that it is ready, then answers each line `PUBLISHES OUTSTANDING` on standard input by one with user
/// seconds and system seconds per million deliveries and deliveries per second.
async fn fan_out(server: &str, bare: bool, subscribers: usize, frame_bytes: usize) -> io::Result<()> {
    for _ in 0..subscribers {
        if bare {
            let mut reader = TcpStream::connect(server).await?;
            reader.write_all(b"SUB\n").await?;
            read_until(&mut reader, b"K").await?;
            count(reader);
        } else {
            count(subscribed(server, "fan").await?);
        }
    }
    println!("ready");
    let mut control = None;
    // Nothing else has to run on this thread while it waits for the next series.
    for line in io::stdin().lines() {
        let line = line?;
        let mut numbers = line.split(' ').filter_map(|number| number.parse().ok());
        let (publishes, outstanding) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
        let bytes = subscribers * outstanding * frame_bytes;
        let deliveries = publishes * outstanding * subscribers;
        // Opened only now: a connection that says nothing is closed.
        let control = match &mut control {
            Some(control) => control,
            None => control.insert(control_of(server, bare)?),
        };
        let (used, took_s) = series(control, publishes, outstanding, bytes as u64).await?;
        let per_million = 1e6 / deliveries as f64;
        println!(
            "{} {} {}",
            used.user_s * per_million,
            used.system_s * per_million,
            deliveries as f64 / took_s
        );
    }
    Ok(())
}

fn control_of(server: &str, bare: bool) -> io::Result<std::net::TcpStream> {
    let mut control = std::net::TcpStream::connect(server)?;
    if bare {
        control.write_all(b"CTL\n")?;
    }
    Ok(control)
}

/// `publishes` times: `outstanding` events at once, then wait for the last byte of them.
async fn series(
    control: &mut std::net::TcpStream,
    publishes: usize,
    outstanding: usize,
    bytes: u64,
) -> io::Result<(Usage, f64)> {
    let before = Usage::ask(control)?;
    let began = Instant::now();
    for _ in 0..publishes {
        RECEIVED.set(0);
        WANTED.set(bytes);
        control.write_all(format!("PUB {outstanding}\n").as_bytes())?;
        DONE.with(|done| *done).notified().await;
    }
    let took_s = began.elapsed().as_secs_f64();
    let after = Usage::ask(control)?;
    let (user_s, system_s) = (after.user_s - before.user_s, after.system_s - before.system_s);
    Ok((Usage { user_s, system_s, rss_bytes: after.rss_bytes }, took_s))
}

async fn idle(server: &str, connections: usize, channels: &str) -> io::Result<()> {
    let mut control = std::net::TcpStream::connect(server)?;
    // One before the first figure, so that what every server has counts for nobody.
    let mut open = vec![subscribed(server, "idle").await?];
    let before = Usage::ask(&mut control)?;
    for n in 0..connections {
        let channel = if channels == "own" { format!("idle-{n}") } else { "idle".to_owned() };
        open.push(subscribed(server, &channel).await?);
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let after = Usage::ask(&mut control)?;
    let each = (after.rss_bytes - before.rss_bytes) / connections as f64;
    eprintln!("{connections} idle connections, {channels} channel: {each:.0} bytes RSS each");
    println!(
        r#"{{"figure":"idle_rss_{channels}_channel","connections":{connections},"bytes_each":{each:.0}}}"#
    );
    drop(open);
    Ok(())
}

/// CPU share of connections over 30 s in which each is pinged about once.
async fn quiet(server: &str, connections: usize) -> io::Result<()> {
    const WATCHED: Duration = Duration::from_secs(30);
    for _ in 0..connections {
        let stream = subscribed(server, "idle").await?;
        tokio::spawn(async move {
            while stream.readable().await.is_ok() {
                match stream.try_read(&mut [0; 64]) {
                    // A ping; the pong's mask is zero.
                    Ok(2..) => drop(stream.try_write(&client_frame(0x8A, b"", [0; 4]))),
                    Ok(_) => return,
                    Err(_would_block) => {}
                }
            }
        });
    }
    // Until the first pings have gone out and the periods have spread.
    tokio::time::sleep(Duration::from_secs(45)).await;
    let mut control = std::net::TcpStream::connect(server)?;
    let before = Usage::ask(&mut control)?;
    tokio::time::sleep(WATCHED).await;
    let after = Usage::ask(&mut control)?;
    let cpu_s = after.user_s + after.system_s - before.user_s - before.system_s;
    let percent = cpu_s / WATCHED.as_secs_f64() * 100.0;
    eprintln!("{connections} quiet connections, pinged every 30 to 37 s: {percent:.2} % of a core");
    println!(r#"{{"figure":"quiet_cpu","connections":{connections},"percent_of_core":{percent:.2}}}"#);
    Ok(())
}

/// A socket that has joined `channel`.
async fn subscribed(server: &str, channel: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(HEAD.as_bytes()).await?;
    read_until(&mut stream, b"activity_timeout").await?;
    let subscribe = format!(r#"{{"event":"pusher:subscribe","data":{{"auth":"","channel":"{channel}"}}}}"#);
    stream.write_all(&client_frame(0x81, subscribe.as_bytes(), [1, 2, 3, 4])).await?;
    read_until(&mut stream, b"subscription_succeeded").await?;
    Ok(stream)
}

async fn read_until(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    let (mut read, mut part) = (Vec::new(), [0; 1024]);
    while !read.windows(text.len()).any(|bytes| bytes == text) {
        match stream.read(&mut part).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => read.extend_from_slice(&part[..count]),
        }
    }
    Ok(())
}

/// Counts what comes, in a task of its own.
fn count(stream: TcpStream) {
    tokio::spawn(async move {
        while stream.readable().await.is_ok() {
            let read = SCRATCH.with_borrow_mut(|scratch| stream.try_read(scratch));
            match read {
                Ok(0) => return,
                Ok(bytes) => {
                    RECEIVED.set(RECEIVED.get() + bytes as u64);
                    if RECEIVED.get() >= WANTED.get() {
                        WANTED.set(u64::MAX);
                        DONE.with(|done| *done).notify_one();
                    }
                }
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                Err(_would_block) => {}
            }
        }
    });
}
