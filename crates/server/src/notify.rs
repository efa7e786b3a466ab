//! Tells whoever started the server how it is: a file with the process id, and systemd if it asked.
//! Knows nothing of what the states mean to them.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// The file that holds the id of the process that serves.
pub fn pid_file(data: &Path) -> PathBuf {
    data.join("frontdesk.pid")
}

/// This process serves from now on.
pub fn serving(data: &Path) {
    let id = std::process::id();
    if let Err(error) = std::fs::write(pid_file(data), format!("{id}\n")) {
        tracing::warn!(%error, "the file with the process id cannot be written");
    }
    systemd(&format!("READY=1\nMAINPID={id}"));
}

/// This process serves no longer.
pub fn stopping(data: &Path) {
    let file = pid_file(data);
    let is_ours = std::fs::read_to_string(&file).is_ok_and(|id| id.trim() == std::process::id().to_string());
    if is_ours {
        // One that is left over names a process that is gone, and harms nobody.
        let _ = std::fs::remove_file(file);
        systemd("STOPPING=1");
    }
}

/// `sd_notify(3)`: one datagram to the socket that `NOTIFY_SOCKET` names.
fn systemd(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), path));
    if let Err(error) = sent {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
