//! Server processes under a load: starting one, on a core of its own, and what the system says of
//! it: CPU seconds and resident memory. Knows nothing of the load.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A process so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of CPU in the process's own code.
    pub user_s: f64,
    /// Seconds of CPU in the kernel on the process's behalf.
    pub system_s: f64,
    /// Resident memory.
    pub rss_kib: f64,
}

impl Usage {
    /// User and system together.
    pub fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }

    /// What was used between `before` and this; the memory is the difference too.
    pub fn since(&self, before: &Usage) -> Usage {
        Usage {
            user_s: self.user_s - before.user_s,
            system_s: self.system_s - before.system_s,
            rss_kib: self.rss_kib - before.rss_kib,
        }
    }
}

/// Reads `/proc`; ticks are hundredths of a second on Linux.
pub fn usage(pid: u32) -> Usage {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    // Unlike `status`, this adds up the pages of this moment.
    let memory = read("smaps_rollup");
    let rss = memory.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap_or("0");
    let rss_kib = rss.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    Usage { user_s: ticks(11) / 100.0, system_s: ticks(12) / 100.0, rss_kib }
}

/// A server to be started.
pub struct Serve<'a> {
    /// Path of the binary.
    pub binary: &'a str,
    /// Port on loopback.
    pub port: u16,
    /// Its folder, where it also looks for `frontdesk.toml`.
    pub data: &'a Path,
    /// Environment variables.
    pub environment: &'a [(&'a str, &'a str)],
    /// The only core it may use, where `taskset` is there.
    pub cpu: Option<usize>,
}

impl Serve<'_> {
    /// Starts it.
    ///
    /// # Panics
    /// When the binary cannot be run.
    pub fn start(&self) -> Child {
        std::fs::create_dir_all(self.data).expect("the folder can be made");
        let pinned = self.cpu.filter(|_| can_pin());
        let mut command = match pinned {
            Some(cpu) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &cpu.to_string(), self.binary]);
                command
            }
            None => Command::new(self.binary),
        };
        command
            .args(["serve", "--host", "127.0.0.1", "--port", &self.port.to_string(), "--data"])
            .arg(self.data)
            .current_dir(self.data)
            .envs(self.environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs")
    }
}

/// Waits for the ready line.
///
/// # Panics
/// When the process says something else, or nothing.
pub fn ready_line(child: &mut Child) {
    let mut line = String::new();
    let stdout = child.stdout.take().expect("standard output is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the server says it is ready");
    assert!(line.starts_with("Frontdesk listening"), "{line}");
}

fn can_pin() -> bool {
    Command::new("taskset").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Keeps this process, with the threads it starts later, on one core, where `taskset` is there.
pub fn pin_self(cpu: usize) {
    let own = std::process::id().to_string();
    // Without it the figures are noisier, and that is all.
    let _ = Command::new("taskset").args(["-cp", &cpu.to_string(), &own]).stdout(Stdio::null()).status();
}

/// Descriptors that a process may have open (ruling 22).
pub fn descriptors() -> usize {
    let said = Command::new("sh").args(["-c", "ulimit -n"]).output();
    let text = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default();
    text.parse().unwrap_or(usize::MAX)
}

/// A running server with one Pusher app beside the chat's, which any client may use.
pub struct PusherServer {
    child: Child,
    /// Where it listens on loopback.
    pub port: u16,
    /// Its folder; gone with it.
    pub data: PathBuf,
}

impl PusherServer {
    /// The app's id.
    pub const APP_ID: &'static str = "load";
    /// Its public key.
    pub const KEY: &'static str = "load-key";
    /// Its secret.
    pub const SECRET: &'static str = "load-secret";

    /// Starts a server and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn start(binary: &str, environment: &[(&str, &str)], cpu: Option<usize>) -> PusherServer {
        let (data, port) = (crate::world::fresh_folder(), crate::world::free_port());
        let app = format!(
            "[[apps]]\nid = \"{}\"\nkey = \"{}\"\nsecret = \"{}\"\n",
            Self::APP_ID,
            Self::KEY,
            Self::SECRET
        );
        std::fs::write(data.join("frontdesk.toml"), app).expect("the folder is writable");
        let mut child = Serve { binary, port, data: &data, environment, cpu }.start();
        ready_line(&mut child);
        PusherServer { child, port, data }
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        usage(self.child.id())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for PusherServer {
    fn drop(&mut self) {
        // It may have ended already, and a leftover folder harms nobody.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// The value below which a share of the values lies; sorts them.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 - 1.0) * share).round();
    values.get(at.max(0.0) as usize).copied().unwrap_or(f64::NAN)
}
