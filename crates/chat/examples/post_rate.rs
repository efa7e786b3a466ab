//! How many durable messages a second the chat takes: a closed loop of visitors, each posting
//! the next message when the last one was answered. Knows no HTTP; the server's own figure
//! has its costs on top.
//!
//! `cargo run --release -p chat --example post_rate -- [tasks] [seconds] [postgres-url]`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use chat::{Chat, Storage, Visitor};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wire::api::{PostMessage, SessionRequest};

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let tasks: usize = arguments.next().map_or(64, |tasks| tasks.parse().unwrap());
    let seconds: u64 = arguments.next().map_or(5, |seconds| seconds.parse().unwrap());
    let dir = testkit::world::fresh_folder();
    let storage = match arguments.next() {
        Some(url) => Storage::Postgres { url },
        None => Storage::Sqlite { path: dir.join("chat.db"), max_bytes: None },
    };
    let chat = tokio::task::spawn_blocking(|| Chat::open(storage, Arc::new(|_| {})).unwrap()).await.unwrap();
    let mut people = Vec::new();
    for _ in 0..tasks {
        people.push(visitor(&chat).await);
    }
    let started = Instant::now();
    let deadline = started + Duration::from_secs(seconds);
    let mut posters = Vec::new();
    for (visitor, conversation) in people {
        posters.push(tokio::spawn(post_until(deadline, chat.clone(), visitor, conversation)));
    }
    let indexing = tokio::spawn(index_until(deadline, chat.clone()));
    let mut took_us = Vec::new();
    for poster in posters {
        took_us.extend(poster.await.unwrap());
    }
    let elapsed = started.elapsed().as_secs_f64();
    indexing.await.unwrap();
    let behind = Instant::now();
    while chat.index_step().await.unwrap() {}
    println!("the index was {:.1} s behind", behind.elapsed().as_secs_f64());
    took_us.sort_unstable();
    println!(
        "{tasks} tasks, {elapsed:.1} s: {:.0} posts/s, p50 {:.2} ms, p99 {:.2} ms",
        took_us.len() as f64 / elapsed,
        took_us[took_us.len() / 2] as f64 / 1_000.0,
        took_us[took_us.len() * 99 / 100] as f64 / 1_000.0,
    );
    chat.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}

async fn visitor(chat: &Chat) -> (Visitor, String) {
    let widget = chat.first_widget(now_ms()).await.unwrap().look.id;
    let session = chat.open_session(&widget, SessionRequest::default(), now_ms()).await.unwrap();
    let visitor = chat.visitor(&session.token, now_ms()).await.unwrap();
    let page = chat.start_conversation(&visitor, None, now_ms()).await.unwrap().0;
    (visitor, page.conversation.id)
}

/// Keeps the index of words up to date, as the server's sweep does.
async fn index_until(deadline: Instant, chat: Chat) {
    while Instant::now() < deadline {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..50 {
            if !chat.index_step().await.unwrap() {
                break;
            }
        }
    }
}

/// Posts one message after the other; the answer is how long each took, in microseconds.
async fn post_until(deadline: Instant, chat: Chat, visitor: Visitor, conversation: String) -> Vec<u64> {
    let mut took_us = Vec::new();
    while Instant::now() < deadline {
        let post = PostMessage {
            message: "Do you ship to Portugal? I would need the blue one by Friday.".into(),
            client_id: Some(format!("c{}", took_us.len())),
            ..PostMessage::default()
        };
        let asked = Instant::now();
        chat.visitor_post(&visitor, &conversation, post, now_ms()).await.unwrap();
        took_us.push(u64::try_from(asked.elapsed().as_micros()).unwrap());
    }
    took_us
}
