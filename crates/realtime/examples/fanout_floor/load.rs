//! The load: opens the sockets, counts bytes, asks both servers for their CPU around every
//! round and prints the figures. Rounds interleave, so that both see the same noise.

use crate::{DATA_BYTES, Usage};
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use wire::frame::ServerFrame;
use wire::websocket::client_frame;

const HEAD: &str = "GET /app/key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// Publishes per round with one outstanding; with eight it is as many events again times eight.
const PUBLISHES: usize = 40;
const OUTSTANDING: usize = 8;

thread_local! {
    static RECEIVED: Cell<u64> = const { Cell::new(0) };
    static WANTED: Cell<u64> = const { Cell::new(u64::MAX) };
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 * 1024]);
    static DONE: &'static Notify = Box::leak(Box::default());
}

/// Bytes of the frame that the server sends for one event.
pub(crate) fn frame_bytes() -> usize {
    let data = "x".repeat(DATA_BYTES);
    ServerFrame::Event { channel: "fan", event: "e", data: &data, user_id: None }.encode().len()
}

/// `fanout SERVER FLOOR SUBSCRIBERS ROUNDS`, `idle SERVER CONNECTIONS shared|own`, or
/// `quiet SERVER CONNECTIONS`.
pub(crate) fn run(arguments: &[String]) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(1);
    let text = |at: usize| arguments.get(at).map_or("", String::as_str);
    match text(0) {
        "idle" => runtime.block_on(idle(text(1), number(2), text(3))),
        "quiet" => runtime.block_on(quiet(text(1), number(2))),
        _ => runtime.block_on(fan_out(text(1), text(2), number(3), number(4))),
    }
}

/// CPU of one series, per million deliveries, and deliveries per second.
#[derive(Clone, Copy)]
struct Cost {
    user_s: f64,
    system_s: f64,
    per_s: f64,
}

impl Cost {
    fn cpu_s(self) -> f64 {
        self.user_s + self.system_s
    }
}

async fn fan_out(server: &str, floor: &str, subscribers: usize, rounds: usize) -> io::Result<()> {
    for _ in 0..subscribers {
        count(subscribed(server, "fan").await?);
        let mut bare = TcpStream::connect(floor).await?;
        bare.write_all(b"SUB\n").await?;
        count(bare);
    }
    let mut server = std::net::TcpStream::connect(server)?;
    let mut floor = std::net::TcpStream::connect(floor)?;
    floor.write_all(b"CTL\n")?;
    let (mut one, mut many, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms up and is not counted.
    for round in 0..=rounds {
        let costs = [
            series(&mut server, subscribers, PUBLISHES, 1).await?,
            series(&mut floor, subscribers, PUBLISHES, 1).await?,
            series(&mut server, subscribers, PUBLISHES, OUTSTANDING).await?,
        ];
        if round > 0 {
            one.push(costs[0]);
            bare.push(costs[1]);
            many.push(costs[2]);
        }
    }
    eprintln!("\n{subscribers} subscribers, frames of {} bytes, median of {rounds} rounds", frame_bytes());
    eprintln!(
        "{:<24}{:>14}{:>10}{:>10}{:>12}{:>8}",
        "", "deliveries/s", "user s/M", "sys s/M", "cpu s/M", "x floor"
    );
    print("bare write(2) loop", "floor", &bare, &bare);
    print("hub, 1 outstanding", "one", &one, &bare);
    print("hub, 8 outstanding", "eight", &many, &bare);
    Ok(())
}

/// `publishes` times: `outstanding` events at once, then wait for the last byte of them.
async fn series(
    control: &mut std::net::TcpStream,
    subscribers: usize,
    publishes: usize,
    outstanding: usize,
) -> io::Result<Cost> {
    let before = Usage::ask(control)?;
    let began = Instant::now();
    for _ in 0..publishes {
        let bytes = (subscribers * outstanding * frame_bytes()) as u64;
        RECEIVED.set(0);
        WANTED.set(bytes);
        control.write_all(format!("PUB {outstanding}\n").as_bytes())?;
        DONE.with(|done| *done).notified().await;
    }
    let took_s = began.elapsed().as_secs_f64();
    let after = Usage::ask(control)?;
    let deliveries = (publishes * outstanding * subscribers) as f64;
    Ok(Cost {
        user_s: (after.user_s - before.user_s) / deliveries * 1e6,
        system_s: (after.system_s - before.system_s) / deliveries * 1e6,
        per_s: deliveries / took_s,
    })
}

fn print(title: &str, name: &str, costs: &[Cost], floor: &[Cost]) {
    let of = |what: fn(Cost) -> f64| median(costs.iter().map(|cost| what(*cost)).collect());
    let (user, system, cpu, per_s) = (of(|c| c.user_s), of(|c| c.system_s), of(Cost::cpu_s), of(|c| c.per_s));
    let best = costs.iter().map(|cost| cost.cpu_s()).fold(f64::MAX, f64::min);
    // Each round against the floor of the same round.
    let ratio = median(costs.iter().zip(floor).map(|(cost, bare)| cost.cpu_s() / bare.cpu_s()).collect());
    eprintln!("{title:<24}{per_s:>14.0}{user:>10.2}{system:>10.2}{cpu:>12.2}{ratio:>8.2}");
    println!(
        r#"{{"figure":"fanout_{name}","deliveries_per_s":{per_s:.0},"user_s_per_million":{user:.3},"system_s_per_million":{system:.3},"cpu_s_per_million":{cpu:.3},"best_cpu_s_per_million":{best:.3},"ratio_to_floor":{ratio:.3}}}"#
    );
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
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
