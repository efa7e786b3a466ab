//! The power cut: the process is killed in the middle of running conversations, and what it had
//! acknowledged is there once, in order, after the next start.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;
use testkit::http::Request;
use testkit::world::{Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// Writes until the server is gone; answers how many were acknowledged. Each message is retried
/// with the same client id by nobody: the next start must hold exactly the acknowledged ones, and at
/// most the one that was under way.
fn write_until_gone(ana: &Visitor, port: u16, id: &str, progress: &Mutex<usize>) -> usize {
    let post = |n: usize| -> std::io::Result<u16> {
        let path = format!("/api/chatbot/conversation/{id}/messages");
        let body = serde_json::json!({"message": format!("message {n}"), "client_id": format!("c{n}")});
        let request: Request = ana.request("POST", &path).json(&body);
        Ok(request.try_send(port)?.status)
    };
    for n in 0.. {
        match post(n) {
            Ok(201) => *progress.lock().unwrap() += 1,
            Ok(status) => panic!("status {status}"),
            Err(_) => return n,
        }
    }
    unreachable!("the server is killed");
}

#[test]
fn every_acknowledged_message_survives_kill_9_once_and_in_order() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_MESSAGES_PER_MINUTE", "0")]);
    let people: Vec<(Visitor, String)> = ["Ana", "Eve", "Zoe"]
        .iter()
        .map(|name| {
            let visitor = world.visitor(name);
            let id = visitor.start();
            (visitor, id)
        })
        .collect();
    let progress = Mutex::new(0);
    let (port, pid) = (world.port, world.pid().unwrap());
    let acknowledged: Vec<usize> = std::thread::scope(|scope| {
        let writers: Vec<_> = people
            .iter()
            .map(|(visitor, id)| scope.spawn(|| write_until_gone(visitor, port, id, &progress)))
            .collect();
        while *progress.lock().unwrap() < 150 {
            std::thread::yield_now();
        }
        let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        assert!(killed.success());
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    world.kill();
    world.boot();
    for ((visitor, id), acknowledged) in people.iter().zip(acknowledged) {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let page = visitor.read(id, &format!("?after={after}&limit=200")).json();
            for event in page["events"].as_array().unwrap() {
                after += 1;
                assert_eq!(event["data"]["seq"], after, "gapless");
                found.push(event["data"]["client_id"].as_str().unwrap().to_owned());
            }
            if page["more"] != true {
                break;
            }
        }
        let expected: Vec<String> = (0..found.len()).map(|n| format!("c{n}")).collect();
        assert_eq!(found, expected, "once and in order");
        assert!(
            found.len() == acknowledged || found.len() == acknowledged + 1,
            "{} of {acknowledged}",
            found.len()
        );
        let retried = visitor.write(id, "message 0", "c0");
        assert_eq!(retried.status, 200, "a retry finds its message");
    }
}
