//! Where the server listens: TCP addresses, plain or with TLS, and a unix socket; and how many
//! connections the system lets it have. Knows nothing of what comes in.

use crate::acme::Renewal;
use crate::hand_over::Predecessor;
use crate::settings::Settings;
use crate::tls::{self, Certificates};
use anyhow::{Context, Result, bail};
use realtime::Listener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::ServerConfig;
use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use wire::limit;

/// Descriptors kept for files, the database and whatever else is no connection: one in so many, and
/// at least [`KEPT_MIN`].
const KEPT_PART: u64 = 20;
const KEPT_MIN: u64 = 100;
/// Connections below which a server that was told no number says how few it may have.
const PLENTY: usize = 10_000;
/// Who may use the unix socket: its owner and its group.
const SOCKET_MODE: u32 = 0o660;

/// The listeners, and what keeps their certificates current.
pub struct Listeners {
    /// The main address first.
    tcp: Vec<TcpListener>,
    unix: Option<UnixListener>,
    tls: Option<Arc<ServerConfig>>,
    /// Until it is told to.
    keeper: Option<Keeper>,
}

/// What keeps the certificate current.
enum Keeper {
    Files(Arc<Certificates>),
    Acme(Box<Renewal>),
}

impl Listeners {
    /// Binds, so that a taken port is said before anything is written. What the predecessor listens on
    /// goes on.
    ///
    /// # Errors
    /// One sentence that names the address or the file.
    pub fn bind(settings: &Settings, mut predecessor: Option<&mut Predecessor>) -> Result<Listeners> {
        let tcp = tcp(settings, predecessor.as_deref_mut())?;
        let (tls, keeper) = encryption(settings)?.unzip();
        let unix = settings.listen_unix.as_deref().map(|path| unix(path, predecessor)).transpose()?;
        Ok(Listeners { tcp, unix, tls, keeper })
    }

    /// The port of the main address.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn port(&self) -> Result<u16> {
        Ok(self.tcp[0].local_addr()?.port())
    }

    /// All of them, as the hub takes them; they stay open here too.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn open(&self) -> io::Result<Vec<Listener>> {
        let tcp = self.tcp.iter().map(|listener| {
            let listener = listener.try_clone()?;
            Ok(match &self.tls {
                Some(config) => Listener::Tls(listener, config.clone()),
                None => Listener::Tcp(listener),
            })
        });
        let unix = self.unix.iter().map(|listener| Ok(Listener::Unix(listener.try_clone()?)));
        tcp.chain(unix).collect()
    }

    /// Keeps the certificates current from now on.
    pub fn keep_current(&mut self) {
        match self.keeper.take() {
            None => {}
            Some(Keeper::Files(certificates)) => drop(tokio::spawn(certificates.keep_current())),
            Some(Keeper::Acme(renewal)) => drop(tokio::spawn(renewal.keep_current())),
        }
    }

    /// What another process needs to listen here.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.tcp.iter().map(AsFd::as_fd).chain(self.unix.iter().map(AsFd::as_fd))
    }

    /// Lets go of all. The hub has its own; a listener is closed when all who hold it have let go.
    pub fn close(&mut self) {
        self.tcp.clear();
        self.unix = None;
    }
}

/// What TLS listeners need, by the settings.
fn encryption(settings: &Settings) -> Result<Option<(Arc<ServerConfig>, Keeper)>> {
    Ok(match (&settings.tls, &settings.acme) {
        (None, None) => None,
        (Some(files), None) => {
            let certificates = Arc::new(Certificates::read(files.clone())?);
            Some((tls::config(certificates.clone())?, Keeper::Files(certificates)))
        }
        (None, Some(order)) => {
            let renewal = Renewal::new(order, &settings.data)?;
            Some((tls::config(renewal.certificates())?, Keeper::Acme(Box::new(renewal))))
        }
        (Some(_), Some(_)) => {
            bail!("FRONTDESK_TLS_CERT and FRONTDESK_ACME_DOMAINS exclude each other: set one")
        }
    })
}

fn tcp(settings: &Settings, mut predecessor: Option<&mut Predecessor>) -> Result<Vec<TcpListener>> {
    let main = (settings.host.as_str(), settings.port)
        .to_socket_addrs()
        .with_context(|| format!("The host {} is not an address of this machine.", settings.host))?;
    let extra = settings.extra_listen.iter().copied();
    let bind = |address| {
        if let Some(listener) = predecessor.as_mut().and_then(|before| before.listener(address)) {
            return Ok(listener);
        }
        TcpListener::bind(address).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => anyhow::anyhow!(
                "Port {} is taken by another program; choose another with --port.",
                std::net::SocketAddr::port(&address)
            ),
            _ => anyhow::anyhow!("Cannot listen on {address}: {error}."),
        })
    };
    main.take(1).chain(extra).map(bind).collect()
}

/// Listens on a socket file. One that a server left behind, and on which nobody answers, is replaced.
fn unix(path: &Path, predecessor: Option<&mut Predecessor>) -> Result<UnixListener> {
    if let Some(listener) = predecessor.and_then(|before| before.unix_listener(path)) {
        return Ok(listener);
    }
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            bail!("{} is there and is no socket; choose another FRONTDESK_LISTEN_UNIX.", path.display());
        }
        if UnixStream::connect(path).is_ok() {
            bail!("Another program listens on {}.", path.display());
        }
        std::fs::remove_file(path)
            .with_context(|| format!("{} is left over and cannot be removed", path.display()))?;
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("Cannot listen on {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// Raises the limit of open files to what the system allows, and answers how many connections that
/// makes, with a sentence if they are fewer than wanted.
pub fn raise_descriptors(wanted: usize) -> (usize, Option<String>) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Absent means: no limit.
    let Some(soft) = current else { return (wanted, None) };
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let files = if raised { maximum.unwrap_or(u64::MAX) } else { soft };
    let room = connections_within(files);
    if room >= wanted {
        return (wanted, None);
    }
    // Nobody asked for so many, and there are plenty.
    if wanted == limit::CONNECTIONS && room >= PLENTY {
        return (room, None);
    }
    let limit = if raised {
        format!("{files} open files")
    } else {
        format!("{files} open files, and not to raise it")
    };
    let sentence = format!(
        "At most {room} connections: the system allows this process {limit}. FRONTDESK_MAX_CONNECTIONS wants {wanted}."
    );
    (room, Some(sentence))
}

/// Connections that so many open files leave room for.
fn connections_within(files: u64) -> usize {
    let kept = (files / KEPT_PART).max(KEPT_MIN);
    usize::try_from(files.saturating_sub(kept)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_kept_for_what_is_no_connection() {
        assert_eq!(connections_within(20_000), 19_000);
        assert_eq!(connections_within(1_024), 924);
        assert_eq!(connections_within(50), 0);
    }
}
