//! What the system says of a process: CPU seconds and resident memory; and starting one. Knows
//! nothing of the load.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process so far.
pub(crate) struct Usage {
    /// User and system seconds.
    pub(crate) cpu_s: f64,
    /// Resident memory.
    pub(crate) rss_kib: f64,
}

/// Reads `/proc`; ticks are hundredths of a second on Linux.
pub(crate) fn usage(pid: u32) -> Usage {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    let status = read("status");
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    let rss_kib = rss.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    Usage { cpu_s: (ticks(11) + ticks(12)) / 100.0, rss_kib }
}

/// Starts a server.
pub(crate) fn serve(binary: &str, port: u16, data: &Path) -> Child {
    Command::new(binary)
        .args(["serve", "--host", "127.0.0.1", "--port", &port.to_string(), "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

/// Waits for the ready line.
pub(crate) fn ready_line(child: &mut Child) {
    let mut line = String::new();
    let stdout = child.stdout.take().expect("standard output is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the server says it is ready");
    assert!(line.starts_with("Frontdesk listening"), "{line}");
}

/// The value below which a share of the values lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 - 1.0) * share).round();
    values.get(at.max(0.0) as usize).copied().unwrap_or(f64::NAN)
}
