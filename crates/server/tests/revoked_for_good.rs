//! What outlives a session: nothing. Sockets and long polls of a session that ended, however it
//! ended and whoever stayed to hear the answer (ruling 5).
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::socket::Socket;
use testkit::world::{Agent, PASSWORD, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const SOON: Duration = Duration::from_secs(3);

fn joined(world: &World, agent: &Agent, channel: &str) -> Socket {
    let mut socket = world.socket();
    let auth = agent.authorise(&socket.socket_id, channel).json();
    socket.subscribe(channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

#[test]
fn ruling_5_a_new_password_closes_the_sockets_of_the_old_sessions() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let mut socket = joined(&world, &ben, &format!("private-agents.widget.{}", ben.widgets[0]));
    let link = Command::new(BINARY)
        .args(["agent", "reset", "--email", "ben@desk.example", "--data"])
        .arg(&world.data)
        .output()
        .unwrap();
    let link = String::from_utf8(link.stdout).unwrap();
    let code = link.trim().split("#setup=").nth(1).unwrap();
    let reset = Request::new("POST", "/api/v1/setup")
        .json(&json!({"code": code, "name": "Ben", "email": "ben@desk.example", "password": "another good one"}))
        .send(world.port);
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!(socket.expect_close(SOON), 4009);
}

#[test]
fn ruling_5_a_long_poll_does_not_outlive_its_session() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let path = format!("/api/v1/conversations/{id}");
    let seq = ben.request("GET", &path).send(world.port).json()["seq"].as_u64().unwrap();
    let (port, poll) = (world.port, ben.request("GET", &format!("{path}?after={seq}&wait=25")));
    let waiting = std::thread::spawn(move || poll.send(port));
    assert_eq!(ben.request("POST", "/api/v1/logout").json(&json!({})).send(world.port).status, 200);
    ana.write(&id, "Not for who left", "c2");
    let answer = waiting.join().unwrap();
    assert_eq!((answer.status, answer.refusal().as_str()), (401, "session-expired"));
}

#[test]
fn ruling_5_a_removal_is_carried_out_though_its_caller_hung_up() {
    let world = World::start_with(BINARY, &[("FRONTDESK_LOGINS_PER_MINUTE", "0")]);
    let ben = world.owner("Ben");
    for n in 0..8 {
        let name = format!("Dora{n}");
        ben.add(&name, "agent", &[&ben.widgets[0]]);
        let dora = world.sign_in(&name);
        let mut socket = joined(&world, &dora, &format!("private-agents.widget.{}", ben.widgets[0]));
        let mut caller = std::net::TcpStream::connect(("127.0.0.1", world.port)).unwrap();
        let head = format!(
            "DELETE /api/v1/agents/{} HTTP/1.1\r\nhost: localhost:{}\r\ncookie: frontdesk_session={}\r\n\
             x-csrf-token: {}\r\ncontent-length: 0\r\n\r\n",
            dora.id, world.port, ben.token, ben.csrf
        );
        caller.write_all(head.as_bytes()).unwrap();
        drop(caller);
        let until = Instant::now() + SOON;
        while dora.request("GET", "/api/v1/me").send(world.port).status == 200 {
            if Instant::now() > until {
                break;
            }
        }
        if dora.request("GET", "/api/v1/me").send(world.port).status == 401 {
            assert_eq!(socket.expect_close(SOON), 4009, "{PASSWORD} no longer opens, the socket does: {n}");
        }
    }
}
