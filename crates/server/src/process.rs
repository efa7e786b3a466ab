//! What the system says about this process: memory, time and descriptors, from `/proc`. Where there
//! is no `/proc`, it says nothing.

use std::fs;

/// Ticks in a second of `/proc/self/stat`: Linux has shown 100 to programs on every machine for decades.
const TICKS_PER_S: f64 = 100.0;

/// What could be learned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    /// Resident memory.
    pub resident_bytes: Option<u64>,
    /// User and system time.
    pub cpu_s: Option<f64>,
    /// Open descriptors.
    pub open_fds: Option<u64>,
    /// Descriptors there may be.
    pub max_fds: Option<u64>,
    /// When it began, in Unix time.
    pub started_s: Option<f64>,
}

/// Looks now. Counting descriptors takes some milliseconds where there are many.
pub fn look() -> Process {
    let stat = read("self/stat");
    let since_boot = stat.as_deref().and_then(|stat| ticks(stat, 22));
    let started = since_boot.zip(read("stat").as_deref().and_then(boot_s));
    Process {
        resident_bytes: read("self/status").as_deref().and_then(resident_bytes),
        cpu_s: stat.as_deref().and_then(cpu_s),
        open_fds: fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as u64),
        max_fds: read("self/limits").as_deref().and_then(max_fds),
        started_s: started.map(|(since_boot, boot)| boot + since_boot),
    }
}

/// Resident memory in bytes and user and system time in seconds, without what takes long to learn.
pub fn usage() -> (Option<u64>, Option<f64>) {
    let memory = read("self/status").as_deref().and_then(resident_bytes);
    (memory, read("self/stat").as_deref().and_then(cpu_s))
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{name}")).ok()
}

/// User and system time.
fn cpu_s(stat: &str) -> Option<f64> {
    Some(ticks(stat, 14)? + ticks(stat, 15)?)
}

/// A field of `stat` in seconds, counted from 1 as `proc(5)` counts. The second, the program's name,
/// may hold anything, so counting begins behind it.
fn ticks(stat: &str, at: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(at - 3)?.parse().ok().map(|ticks: f64| ticks / TICKS_PER_S)
}

fn boot_s(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

fn max_fds(limits: &str) -> Option<u64> {
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_texts_of_proc_are_read_by_their_places() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4 5 6 7 8 250 50 0 0 20 0 3 0 1000 9 9";
        assert_eq!((ticks(stat, 14), ticks(stat, 15), ticks(stat, 22)), (Some(2.5), Some(0.5), Some(10.0)));
        assert_eq!(boot_s("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
        assert_eq!(resident_bytes("Name: x\nVmRSS:\t  2048 kB\n"), Some(2_097_152));
        assert_eq!(
            max_fds("Max open files            1024                 4096                 files\n"),
            Some(1_024)
        );
        assert_eq!((ticks("", 14), boot_s(""), resident_bytes(""), max_fds("")), (None, None, None, None));
    }

    #[test]
    fn this_process_has_memory_and_descriptors() {
        let process = look();
        assert!(process.resident_bytes.unwrap() > 100_000 && process.open_fds.unwrap() >= 3);
        assert!(process.open_fds <= process.max_fds && process.started_s.unwrap() > 1.6e9);
    }
}
