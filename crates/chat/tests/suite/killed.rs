//! A process killed in the middle of its work: what was acknowledged is there, once.

use crate::common::{NOW, TempDir, open, runtime, with_id};
use chat::{PageQuery, Storage, Visitor};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use wire::api::SessionRequest;
use wire::event::VisitorEvent;

/// Tells the poster below where to post.
const DIRECTORY: &str = "FRONTDESK_TEST_KILLED_IN";
/// Acknowledgements after which the axe falls.
const ENOUGH: usize = 400;

fn storage(dir: &Path) -> Storage {
    Storage::Sqlite { path: dir.join("chat.db"), max_bytes: None }
}

async fn ana(chat: &chat::Chat) -> (Visitor, String) {
    let widget = chat.first_widget(NOW).await.unwrap().look.id;
    let session = chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    let ana = chat.visitor(&session.token, NOW).await.unwrap();
    let conversation = chat.start_conversation(&ana, None, NOW).await.unwrap().0.conversation.id;
    (ana, conversation)
}

#[test]
fn what_was_acknowledged_before_sigkill_is_there_exactly_once() {
    let dir = TempDir::new();
    let mut poster = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_poster_who_will_be_killed", "--nocapture"])
        .env(DIRECTORY, &dir.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(poster.stdout.take().unwrap()).lines().map_while(Result::ok);
    let start = lines.find_map(|line| line.split_once("START ").map(|(_, who)| who.to_owned())).unwrap();
    let (visitor_id, conversation) = start.split_once(' ').unwrap();
    let acknowledged = |line: String| {
        let (seq, client_id) = line.strip_prefix("ACK ")?.split_once(' ')?;
        Some((client_id.to_owned(), seq.parse::<u64>().ok()?))
    };
    let mut acks: HashMap<String, u64> = lines.by_ref().filter_map(acknowledged).take(ENOUGH).collect();
    poster.kill().unwrap();
    poster.wait().unwrap();
    // What it had written before it died counts as well.
    acks.extend(lines.filter_map(acknowledged));
    assert!(acks.len() >= ENOUGH);

    let chat = open(&storage(&dir.0), &Arc::default());
    let ana = Visitor {
        id: visitor_id.into(),
        name: "Ana".into(),
        widget_id: String::new(),
        session_id: String::new(),
        origins: Vec::new(),
    };
    let mut stored: HashMap<String, u64> = HashMap::new();
    let runtime = runtime();
    let mut query = PageQuery { after: Some(0), limit: Some(200), ..PageQuery::default() };
    loop {
        let page = runtime.block_on(chat.visitor_page(&ana, conversation, query)).unwrap();
        for event in page.events {
            let VisitorEvent::Message(message) = event else { panic!("only messages were sent") };
            assert_eq!(message.seq, stored.len() as u64 + 1, "no gap");
            let twice = stored.insert(message.client_id.unwrap(), message.seq);
            assert_eq!(twice, None, "no double");
        }
        query.after = Some(page.seq);
        if !page.more {
            break;
        }
    }
    for (client_id, seq) in &acks {
        assert_eq!(stored.get(client_id), Some(seq), "{client_id} was acknowledged");
    }
    runtime.block_on(chat.close());
}

/// Not a test of its own: posts until it is killed, when the test above starts it.
#[test]
fn the_poster_who_will_be_killed() {
    let Some(dir) = std::env::var_os(DIRECTORY) else { return };
    let chat = open(&storage(Path::new(&dir)), &Arc::default());
    runtime().block_on(async {
        let (ana, conversation) = ana(&chat).await;
        say(&format!("\nSTART {} {conversation}", ana.id));
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let (chat, ana, conversation) = (chat.clone(), ana.clone(), conversation.clone());
                tokio::spawn(async move {
                    for number in 0_u64.. {
                        let client_id = format!("{task}-{number}");
                        let post = with_id("Hello", &client_id);
                        let message = chat.visitor_post(&ana, &conversation, post, NOW).await.unwrap().0;
                        say(&format!("ACK {} {client_id}", message.seq));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
