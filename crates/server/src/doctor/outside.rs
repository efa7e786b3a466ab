//! The ways to the server from elsewhere: its port, its public address, and the Redis between nodes.
//! Knows nothing of what is said there.

use super::line::Line;
use super::{Finding, fail, ok, warn};
use crate::secrets::Secrets;
use crate::serve;
use crate::settings::{PublicAddress, Settings};
use anyhow::{Result, ensure};
use realtime::{Redis, RedisAddress};
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(3);

/// Is Redis there, where other nodes are met?
pub(super) async fn redis(settings: &Settings) -> Finding {
    let Some(redis) = &settings.redis else { return ok("redis", "This node is alone and needs none.") };
    match timeout(PATIENCE, ping(redis)).await {
        Ok(Ok(())) => ok("redis", "Redis answers."),
        Ok(Err(_)) | Err(_) => fail(
            "redis",
            "Redis does not answer, so this node hears no other.",
            "Look at REDIS_HOST or REDIS_URL, and whether it runs.",
        ),
    }
}

/// Does the mail server take mails?
pub(super) async fn mail(settings: &Settings) -> Finding {
    let Some(mail) = &settings.mail else { return ok("mail", "Unread answers are not mailed.") };
    match timeout(PATIENCE, crate::mail::greet(mail)).await {
        Ok(Ok(true)) => ok("mail", "The mail server answers."),
        Ok(Ok(false) | Err(_)) | Err(_) => fail(
            "mail",
            "The mail server does not answer, or refuses the name and password: unread answers are not mailed.",
            "Look at FRONTDESK_SMTP_URL, and whether the server is reached from here.",
        ),
    }
}

/// Redis answers a PING, or says that it wants a password first: then somebody is there.
async fn ping(redis: &Redis) -> Result<()> {
    async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        ensure!(matches!(&answer, b"+PONG" | b"-NOAU"), "it is no Redis");
        Ok(())
    }
    match &redis.address {
        RedisAddress::Tcp(host, port) => ask(TcpStream::connect((host.as_str(), *port)).await?).await,
        RedisAddress::Unix(path) => ask(UnixStream::connect(path).await?).await,
    }
}

/// Does the machine let others reach the port (A:267, B:455)?
pub(super) async fn port(settings: &Settings) -> Finding {
    let port = settings.port;
    let is_public = !settings.public.as_ref().is_none_or(PublicAddress::is_loopback);
    if settings.host == "localhost" || settings.host.parse::<IpAddr>().is_ok_and(|host| host.is_loopback()) {
        let found =
            format!("Port {port} is for this machine alone; others come by a proxy on it, or not at all.");
        return if is_public {
            ok("port", found)
        } else {
            warn("port", found, "To let others in, start with --host 0.0.0.0.")
        };
    }
    if !serve::is_served(&settings.data) {
        return warn("port", "Not looked at, since no server runs.", "Start it first.");
    }
    let Some(address) = own_address() else {
        return warn("port", "This machine has no address beside loopback.", "Connect it to a network.");
    };
    match timeout(PATIENCE, TcpStream::connect((address, port))).await {
        Ok(Ok(_)) => ok(
            "port",
            format!(
                "{address}:{port} answers on this machine; a firewall before it cannot be seen from here."
            ),
        ),
        Ok(Err(_)) | Err(_) => fail(
            "port",
            format!("{address}:{port} does not answer even on this machine."),
            format!("Let TCP port {port} through its firewall."),
        ),
    }
}

/// The address by which this machine reaches others. No packet is sent for it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    socket
        .local_addr()
        .ok()
        .map(|address| address.ip())
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// Does a socket come up the way browsers come (B:456, S6)?
pub(super) async fn public_address(settings: &Settings) -> Finding {
    let Some(public) = &settings.public else {
        return warn(
            "public-address",
            "No public address is set, so it cannot be tried.",
            "Set FRONTDESK_PUBLIC_URL.",
        );
    };
    if !serve::is_served(&settings.data) {
        return warn("public-address", "Not looked at, since no server runs.", "Start it first.");
    }
    let Ok(secrets) = Secrets::load_or_make(&settings.data) else {
        return warn(
            "public-address",
            "Not looked at, since the secrets cannot be read.",
            "See secrets-file.",
        );
    };
    let key = secrets.chat_app(settings.chat_app.as_ref()).key;
    let scheme = if public.scheme == "https" { "https" } else { "http" };
    let host = public.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let line = Line { scheme, host: public.host.clone(), at: host, port: public.port };
    match line.socket(&settings.path, &key).await {
        Ok(_) => ok("public-address", format!("A socket comes up through {}.", public.origin())),
        Err(error) => fail(
            "public-address",
            format!("No socket comes up through {}: {error:#}.", public.origin()),
            "Does the name lead here, and does the proxy pass Upgrade and Connection on? The README has examples.",
        ),
    }
}
