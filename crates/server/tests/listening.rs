//! The ways in beside plain TCP, over a real process: TLS by certificate files, a unix socket, and as
//! many descriptors as the system gives.
#![allow(clippy::unwrap_used)]

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::http::{self, Request};
use testkit::world::{World, free_port, fresh_folder};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const PATIENCE: Duration = Duration::from_secs(20);

/// Writes a new certificate for localhost and its key; answers what clients must trust.
fn write_certificate(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate.der().clone()
}

fn start_tls(folder: &Path) -> World {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    World::start_with(
        BINARY,
        &[("FRONTDESK_TLS_CERT", &path("cert.pem")), ("FRONTDESK_TLS_KEY", &path("key.pem"))],
    )
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// Shakes hands with a server of this certificate, and no other.
fn tls(port: u16, trusted: &CertificateDer<'static>) -> std::io::Result<Tls> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let session =
        ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(session, socket);
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

fn get(mut stream: impl Read + Write, path: &str, headers: &str) -> String {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut reply = Vec::new();
    // Not everybody says farewell before closing.
    let _ = stream.read_to_end(&mut reply);
    String::from_utf8(reply).unwrap()
}

fn next<S: Read + Write>(socket: &mut WebSocket<S>) -> Value {
    loop {
        if let Message::Text(text) = socket.read().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

/// A socket that has heard the hello and joined `news`.
fn join<S: Read + Write>(stream: S, key: &str) -> WebSocket<S> {
    let url = format!("ws://localhost/app/{key}?protocol=7");
    let mut socket = client(url, stream).map_err(|error| error.to_string()).unwrap().0;
    assert_eq!(next(&mut socket)["event"], "pusher:connection_established");
    let frame = json!({"event": "pusher:subscribe", "data": {"channel": "news"}});
    socket.send(Message::text(frame.to_string())).unwrap();
    assert_eq!(next(&mut socket)["event"], "pusher_internal:subscription_succeeded");
    socket
}

fn publish(world: &World, data: &str) {
    let body = json!({"name": "e", "channel": "news", "data": data}).to_string();
    let path =
        http::signed("POST", &format!("/apps/{}/events", world.app_id), &world.key, &world.secret, &body);
    let reply = Request::new("POST", &path).raw("application/json", body.into_bytes()).send(world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

fn data(frame: &Value) -> &str {
    frame["data"].as_str().unwrap()
}

#[test]
fn one_port_speaks_https_and_wss() {
    let folder = fresh_folder();
    let trusted = write_certificate(&folder);
    let world = start_tls(&folder);
    let reply = get(tls(world.port, &trusted).unwrap(), "/up", "");
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    let token = format!("authorization: Bearer {}\r\n", world.widget_token());
    let config = get(tls(world.port, &trusted).unwrap(), "/api/chatbot/config", &token);
    assert!(config.contains(r#""scheme":"https""#), "a request over TLS is told so: {config}");

    let mut ana = join(tls(world.port, &trusted).unwrap(), &world.key);
    publish(&world, "over TLS");
    assert_eq!(data(&next(&mut ana)), "over TLS");
    // More than the system takes at once waits encrypted and in the outbox, and comes in order.
    let long = "x".repeat(9_000);
    for n in 0..24 {
        publish(&world, &format!("{n} {long}"));
    }
    for n in 0..24 {
        assert_eq!(data(&next(&mut ana)), format!("{n} {long}"));
    }
    ana.close(None).unwrap();
    assert!(std::iter::from_fn(|| ana.read().ok()).all(|message| message.is_close()));
    // From this machine the port may be spoken to plainly, as the command line does.
    assert_eq!(world.get("/up").send(world.port).status, 200);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_new_certificate_is_taken_up_without_ending_connections() {
    let folder = fresh_folder();
    let old = write_certificate(&folder);
    let world = start_tls(&folder);
    let mut ana = join(tls(world.port, &old).unwrap(), &world.key);
    std::fs::write(folder.join("cert.pem"), "half written").unwrap();
    let hang_up = || Command::new("kill").args(["-HUP", &world.pid().unwrap().to_string()]).status().unwrap();
    assert!(hang_up().success());
    let deadline = Instant::now() + PATIENCE;
    while !world.log().contains("TLS certificate not read again") {
        assert!(Instant::now() < deadline, "{}", world.log());
        std::thread::yield_now();
    }
    assert!(tls(world.port, &old).is_ok(), "what cannot be read changes nothing");
    let new = write_certificate(&folder);
    assert!(hang_up().success());
    while tls(world.port, &new).is_err() {
        assert!(Instant::now() < deadline, "{}", world.log());
    }
    assert!(tls(world.port, &old).is_err());
    publish(&world, "still here");
    assert_eq!(data(&next(&mut ana)), "still here");
    std::fs::remove_dir_all(folder).unwrap();
}

/// What a server that does not start says.
fn refusal(environment: &[(&str, &str)]) -> String {
    let data = fresh_folder();
    let output = Command::new(BINARY)
        .args(["serve", "--host", "127.0.0.1", "--port", &free_port().to_string(), "--data"])
        .arg(&data)
        .current_dir(&data)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    std::fs::remove_dir_all(data).unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_cannot_be_listened_on_is_said_in_a_sentence() {
    let folder = fresh_folder();
    write_certificate(&folder);
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let said = refusal(&[("FRONTDESK_TLS_CERT", &path("cert.pem"))]);
    assert!(said.contains("FRONTDESK_TLS_KEY go together"), "{said}");
    let said = refusal(&[("FRONTDESK_TLS_CERT", &path("none.pem")), ("FRONTDESK_TLS_KEY", &path("key.pem"))]);
    assert!(said.contains("none.pem cannot be read"), "{said}");
    let other = KeyPair::generate().unwrap();
    std::fs::write(folder.join("other.pem"), other.serialize_pem()).unwrap();
    let said =
        refusal(&[("FRONTDESK_TLS_CERT", &path("cert.pem")), ("FRONTDESK_TLS_KEY", &path("other.pem"))]);
    assert!(said.contains("other.pem do not go together"), "{said}");
    let said = refusal(&[("FRONTDESK_LISTEN_UNIX", &path("cert.pem"))]);
    assert!(said.contains("cert.pem is there and is no socket"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_unix_socket_serves_http_and_sockets_and_believes_its_proxy() {
    let folder = fresh_folder();
    let path: PathBuf = folder.join("frontdesk.sock");
    let mut world = World::start_with(
        BINARY,
        &[("FRONTDESK_LISTEN_UNIX", path.to_str().unwrap()), ("FRONTDESK_TRUSTED_PROXIES", "10.0.0.0/8")],
    );
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    let connect = || UnixStream::connect(&path).unwrap();
    assert!(get(connect(), "/up", "").starts_with("HTTP/1.1 200 "));
    let mut ana = join(connect(), &world.key);
    publish(&world, "over a file");
    assert_eq!(data(&next(&mut ana)), "over a file");
    let forwarded = format!(
        "authorization: Bearer {}\r\nx-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: https\r\nx-forwarded-host: shop.example\r\n",
        world.widget_token()
    );
    let config = get(connect(), "/api/chatbot/config", &forwarded);
    assert!(config.contains("shop.example") && config.contains(r#""scheme":"https""#), "{config}");
    assert!(get(connect(), "/chatbot-test.html", "").starts_with("HTTP/1.1 200 "), "it is this machine");
    let page = get(connect(), "/chatbot-test.html", "x-forwarded-for: 203.0.113.9\r\n");
    assert!(!page.starts_with("HTTP/1.1 200 "), "and behind the proxy it is not");
    // A power cut leaves the file behind.
    world.kill();
    assert!(path.exists());
    world.boot();
    assert!(get(connect(), "/up", "").starts_with("HTTP/1.1 200 "));
    let said = refusal(&[("FRONTDESK_LISTEN_UNIX", path.to_str().unwrap())]);
    assert!(said.contains("Another program listens on"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_limit_of_open_files_is_raised_and_said_when_it_is_low() {
    let data = fresh_folder();
    let port = free_port().to_string();
    let mut server = Command::new("sh")
        .args(["-c", r#"ulimit -Sn 300; ulimit -Hn 600; exec "$@""#, "sh", BINARY, "serve"])
        .args(["--host", "127.0.0.1", "--port", &port, "--data"])
        .arg(&data)
        .current_dir(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    server.kill().unwrap();
    let said = server.wait_with_output().unwrap().stderr;
    let said = String::from_utf8_lossy(&said);
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().nth(3), Some("600"), "{files}");
    assert!(
        said.contains("At most 500 connections: the system allows this process 600 open files"),
        "{said}"
    );
    std::fs::remove_dir_all(data).unwrap();
}

/// An ACME authority for tests, which asks its questions on this port. Ends with the test.
struct Pebble(std::process::Child);

impl Pebble {
    fn start(folder: &Path, port: u16, management: u16, asked: u16) -> Pebble {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{port}"), "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": path("cert.pem"), "privateKey": path("key.pem"),
            "httpPort": asked, "tlsPort": asked, "ocspResponderURL": "", "externalAccountBindingRequired": false,
        }});
        std::fs::write(folder.join("pebble.json"), config.to_string()).unwrap();
        let child = Command::new("pebble")
            .args(["-config", &path("pebble.json")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/test.sh installs pebble");
        Pebble(child)
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is there.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + 3 * PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_certificate_is_ordered_by_acme_over_our_own_port_and_kept() {
    use rustls::pki_types::pem::PemObject;
    let folder = fresh_folder();
    let pebbles = write_certificate(&folder);
    let (authority, management) = (free_port(), free_port());
    let directory = format!("https://localhost:{authority}/dir");
    let mut world = World::start_with(
        BINARY,
        &[
            ("FRONTDESK_ACME_DOMAINS", "localhost"),
            ("FRONTDESK_ACME_EMAIL", "ben@desk.example"),
            ("FRONTDESK_ACME_DIRECTORY", &directory),
            ("FRONTDESK_ACME_CA", folder.join("cert.pem").to_str().unwrap()),
        ],
    );
    let pebble = Pebble::start(&folder, authority, management, world.port);
    let page = until("pebble answers", || Some(get(tls(management, &pebbles).ok()?, "/roots/0", "")));
    let (_, root) = page.split_once("\r\n\r\n").unwrap();
    let root = CertificateDer::from_pem_slice(root.as_bytes()).unwrap();
    let stream = until("a certificate is ordered", || tls(world.port, &root).ok());
    assert!(get(stream, "/up", "").starts_with("HTTP/1.1 200 "));
    until("it is stored", || {
        let files = std::fs::read_dir(world.data.join("acme")).unwrap().map(|file| file.unwrap());
        let modes: Vec<u32> =
            files.map(|file| file.metadata().unwrap().permissions().mode() & 0o777).collect();
        (modes == [0o600, 0o600]).then_some(())
    });
    // Without the authority the certificate is still there.
    drop(pebble);
    world.kill();
    world.boot();
    until("it is served again", || tls(world.port, &root).ok());
    std::fs::remove_dir_all(folder).unwrap();
}
