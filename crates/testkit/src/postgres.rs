//! A PostgreSQL of the test's own: one server per test process, a fresh database per test,
//! gone with the process. Knows nothing of the system's cluster, and never touches it.
//!
//! The server lives in a temporary directory, listens on a unix socket alone and runs as an
//! unprivileged user. A small shell holds it: when the test process ends, however it ends,
//! the shell's standard input closes, and it stops the server and removes the directory.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The superuser inside the private cluster; nobody else can reach its socket's directory.
const USER: &str = "frontdesk";

/// For tests: what a crash would lose is nobody's.
const QUICK: [&str; 2] =
    ["1", "-c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=32MB"];
/// For measuring: what is committed is on the disk, as where people keep what they need.
const DURABLE: [&str; 2] = ["16", "-c max_connections=200 -c shared_buffers=128MB"];

/// Arguments: directory of the binaries, name of the template, megabytes of a segment of its log, settings. The template is an empty
/// cluster, made once per version of PostgreSQL, so that a server is there in a third of a second.
const HOLD: &str = r#"
set -e
bin=$1; template=$2; segment=$3; settings=$4
dir=$(mktemp -d "${TMPDIR:-/tmp}/frontdesk-pg.XXXXXX")
if [ ! -d "$template" ]; then
    "$bin/initdb" -D "$dir/new" -U frontdesk -A trust -E UTF8 --locale=C --wal-segsize="$segment" --no-sync >"$dir/log" 2>&1
    mv -T "$dir/new" "$template" 2>/dev/null || [ -d "$template" ]
fi
cp -a "$template" "$dir/data"
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o \
    "-k $dir -c listen_addresses= $settings" \
    start >/dev/null 2>&1 || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
echo "$dir"
set +e
cat >/dev/null
"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$dir"
"#;

/// A running server.
pub struct Postgres {
    bin: PathBuf,
    socket_dir: PathBuf,
    databases: AtomicU32,
    /// Its standard input is what keeps the server running.
    _shell: Child,
}

impl Postgres {
    /// This process's server, started on first use.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it does not start, with a sentence that says what to do.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| start(QUICK).unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// A server that has what it committed on the disk.
    ///
    /// # Panics
    /// Like [`Postgres::shared`].
    pub fn durable() -> Postgres {
        start(DURABLE).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Makes an empty database; the answer is how to connect to it.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.bin.join("createdb"))
            .args(["-U", USER, "-h"])
            .arg(&self.socket_dir)
            .arg(&name)
            .status()
            .expect("createdb stands beside initdb");
        assert!(made.success(), "createdb failed");
        format!("host={} user={USER} dbname={name}", self.socket_dir.display())
    }

    /// Tables and rows of a database, as `pg_dump` writes them.
    ///
    /// # Panics
    /// When it fails.
    pub fn dump(&self, url: &str) -> String {
        let dumped = Command::new(self.bin.join("pg_dump"))
            .args(["--no-owner", "--no-privileges", "--inserts", "-d", url])
            .output()
            .expect("pg_dump stands beside initdb");
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        String::from_utf8(dumped.stdout).expect("the database is UTF-8")
    }

    /// Ends every connection to the databases, as a restart of the server would.
    ///
    /// # Panics
    /// When psql fails.
    pub fn cut_connections(&self) {
        let cut = Command::new(self.bin.join("psql"))
            .args(["-q", "-U", USER, "-d", "postgres", "-h"])
            .arg(&self.socket_dir)
            .args([
                "-c",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'",
            ])
            .stdout(Stdio::null())
            .status()
            .expect("psql stands beside initdb");
        assert!(cut.success(), "psql failed");
    }
}

fn start([segment_mb, settings]: [&str; 2]) -> Result<Postgres> {
    let bin = binaries().context(
        "These tests need PostgreSQL's server programs and found none: install the package `postgresql`.",
    )?;
    let version = Command::new(bin.join("postgres")).arg("--version").output()?;
    let version: String =
        String::from_utf8_lossy(&version.stdout).chars().filter(char::is_ascii_digit).collect();
    let root = is_root()?;
    let user = if root { "nobody" } else { "own" };
    let template = std::env::temp_dir().join(format!("frontdesk-pg-empty-{user}-{version}-{segment_mb}"));
    let mut shell = unprivileged()?
        .args(["-c", HOLD, "hold-postgres"])
        .args([bin.as_path(), template.as_path()])
        .args([segment_mb, settings])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C reaches the tests, which end; the shell lives on to clean up.
        .process_group(0)
        .spawn()
        .context("cannot run a shell to hold PostgreSQL")?;
    let mut socket_dir = String::new();
    let stdout = shell.stdout.take().context("standard output was asked for")?;
    BufReader::new(stdout).read_line(&mut socket_dir)?;
    let socket_dir = PathBuf::from(socket_dir.trim());
    if !socket_dir.is_absolute() {
        bail!(
            "PostgreSQL in {} did not start; is {} writable?",
            bin.display(),
            std::env::temp_dir().display()
        );
    }
    Ok(Postgres { bin, socket_dir, databases: AtomicU32::new(0), _shell: shell })
}

/// A shell that has no more rights than anybody: database servers refuse to run as root, rightly.
pub(crate) fn unprivileged() -> Result<Command> {
    if !is_root()? {
        return Ok(Command::new("sh"));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--", "sh"]);
    Ok(command)
}

fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output()?;
    Ok(id.stdout.trim_ascii() == b"0")
}

/// The newest of the distribution's versions, or what stands in the path.
fn binaries() -> Option<PathBuf> {
    let complete =
        |dir: &Path| ["initdb", "pg_ctl", "createdb", "psql"].iter().all(|name| dir.join(name).exists());
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    installed.sort_unstable();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    installed
        .into_iter()
        .rev()
        .map(|(_, bin)| bin)
        .chain(std::env::split_paths(&in_path).collect::<Vec<_>>())
        .find(|dir| complete(dir))
}
