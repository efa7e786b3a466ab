//! Memory of an idle connection over TLS. Decides what is counted; its clients shake hands one after
//! the other and then do nothing, so that nothing here has to be quick.

use crate::clients::{socket_id, subscribe, upgrade};
use crate::{LOAD_CPU, SERVER_CPU, say};
use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use testkit::process::{PusherServer, descriptors, pin_self};
use testkit::world::fresh_folder;

/// Until everything a handshake left behind is given back.
const SETTLE: Duration = Duration::from_secs(4);

/// A client that has joined a private channel of its own.
fn join(port: u16, config: &Arc<ClientConfig>, n: usize) -> (TcpStream, ClientConnection) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    let name = "localhost".try_into().expect("a name");
    let mut session = ClientConnection::new(config.clone(), name).expect("a configuration that works");
    let mut stream = Stream::new(&mut session, &mut socket);
    stream.write_all(upgrade().as_bytes()).expect("an open connection");
    let hello = read_until(&mut stream, "activity_timeout");
    let channel = format!("private-own-{n}");
    stream.write_all(&subscribe(socket_id(&hello), &channel, n)).expect("an open connection");
    read_until(&mut stream, "subscription_succeeded");
    (socket, session)
}

fn read_until(stream: &mut impl Read, word: &str) -> String {
    let (mut text, mut piece) = (String::new(), [0; 1_024]);
    while !text.contains(word) {
        let count = stream.read(&mut piece).expect("an open connection");
        assert!(count > 0, "the server refused a client: {text}");
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    text
}

/// The part of the table about TLS.
pub(crate) fn measure(binary: &str) {
    let key = KeyPair::generate().expect("random numbers");
    let own = CertificateParams::new(["localhost".to_owned()]).expect("a name").self_signed(&key);
    let own = own.expect("a key that signs");
    let folder = fresh_folder();
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).expect("the folder is writable");
        folder.join(name).display().to_string()
    };
    let (certificate, key) = (write("cert.pem", own.pem()), write("key.pem", key.serialize_pem()));
    let environment = [("FRONTDESK_TLS_CERT", certificate.as_str()), ("FRONTDESK_TLS_KEY", key.as_str())];
    let server = PusherServer::start(binary, &environment, Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let mut roots = RootCertStore::empty();
    roots.add(own.der().clone()).expect("a certificate of our own");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider's own versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let mut open = vec![join(server.port, &config, 0)];
    std::thread::sleep(SETTLE);
    let before = server.usage();
    for connections in [10_000, 18_000] {
        if connections + 200 > descriptors() {
            break;
        }
        let began = server.usage();
        let fresh = connections - open.len();
        open.extend((open.len()..connections).map(|n| join(server.port, &config, n)));
        let cpu_s = server.usage().since(&began).cpu_s();
        std::thread::sleep(SETTLE);
        let bytes = server.usage().since(&before).rss_kib * 1024.0 / (connections - 1) as f64;
        say(&format!("RSS per idle connection over TLS, at {connections}"), bytes, "bytes", "<= 10240");
        say("- server CPU per connect with its handshake", cpu_s * 1e6 / fresh as f64, "us", "");
    }
    // A leftover folder harms nobody.
    let _ = std::fs::remove_dir_all(folder);
}
