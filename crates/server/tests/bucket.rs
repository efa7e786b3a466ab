//! Files in a bucket that speaks S3: the same acts as with a folder, against moto's server in a virtual
//! environment that `scripts/test.sh` makes (ruling 25).
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request};
use testkit::world::{World, free_port};

const PART: usize = 512 * 1024;

/// moto's server with an empty bucket `desk`.
struct Moto {
    child: Child,
    port: u16,
}

impl Moto {
    fn start() -> Moto {
        let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/moto-venv");
        let venv = std::env::var_os("MOTO_VENV").map_or(PathBuf::from(tree), PathBuf::from);
        let port = free_port();
        let child = Command::new(venv.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`scripts/test.sh` installs moto");
        let moto = Moto { child, port };
        let end = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "moto does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(moto.ask("PUT", "/desk").status, 200);
        moto
    }

    fn ask(&self, method: &str, path: &str) -> Reply {
        let credential = "AWS4-HMAC-SHA256 Credential=ana/20261126/us-east-1/s3/aws4_request";
        Request::new(method, path).header("authorization", credential).send(self.port)
    }

    /// Keys in the bucket.
    fn keys(&self) -> Vec<String> {
        let list = self.ask("GET", "/desk?list-type=2").text();
        let keys = list.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        keys.collect()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn world(moto: &Moto) -> World {
    let endpoint = format!("http://127.0.0.1:{}", moto.port);
    World::start_with(
        env!("CARGO_BIN_EXE_frontdesk"),
        &[
            ("FRONTDESK_S3_BUCKET", "desk"),
            ("FRONTDESK_S3_ENDPOINT", &endpoint),
            ("AWS_ACCESS_KEY_ID", "ana"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ],
    )
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|at| (at * 31 + at / 977) as u8).collect();
    bytes[..4].copy_from_slice(b"PK\x03\x04");
    bytes
}

#[test]
fn a_file_goes_into_the_bucket_comes_out_in_ranges_and_is_removed() {
    let moto = Moto::start();
    let world = world(&moto);
    let ana = world.visitor("Ana");
    let conversation = ana.start();
    // Over what is sent to the bucket at once.
    let file = bytes(9 * 1024 * 1024 + 5);
    let new = json!({"conversation_id": conversation, "name": "a.zip", "bytes": file.len()});
    let begun = ana.request("POST", "/api/chatbot/uploads").json(&new).send(world.port).json();
    let id = begun["id"].as_str().unwrap().to_owned();
    let mut last = None;
    for (number, part) in file.chunks(PART).enumerate() {
        let path = format!("/api/chatbot/uploads/{id}?offset={}", number * PART);
        let put = ana.request("PUT", &path).raw("application/octet-stream", part.to_vec()).send(world.port);
        assert_eq!(put.status, 200, "{}", put.text());
        last = Some(put.json());
    }
    let url = last.unwrap()["attachment"]["url"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&url).send(world.port).body, file);
    let part = world.get(&url).header("range", "bytes=9437183-9437187").send(world.port);
    assert_eq!((part.status, &part.body[..]), (206, &file[9_437_183..9_437_188]));
    let until = |what: &str, keys: &[String]| {
        let end = Instant::now() + Duration::from_secs(20);
        while moto.keys() != keys {
            assert!(Instant::now() < end, "{what}: {:?}", moto.keys());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    until("its parts are removed", &[format!("files/{}/{id}", &id[id.len() - 2..])]);
    assert_eq!(ana.request("DELETE", &format!("/api/chatbot/uploads/{id}")).send(world.port).status, 200);
    until("it is removed", &[]);
}

#[test]
fn a_bucket_that_is_away_is_told_and_nothing_is_lost() {
    let mut moto = Moto::start();
    let world = world(&moto);
    let ana = world.visitor("Ana");
    let conversation = ana.start();
    moto.child.kill().unwrap();
    moto.child.wait().unwrap();
    let path = format!("/api/chatbot/attachments?conversation_id={conversation}&name=a.txt");
    let refused = ana.request("POST", &path).raw("text/plain", b"Hello".to_vec()).send(world.port);
    assert_eq!((refused.status, refused.refusal()), (503, "files-unavailable".to_owned()));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ana.write(&conversation, "The chat goes on", "c1").status, 201);
}
