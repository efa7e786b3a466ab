//! How the running server's answers read in a terminal: aligned plain text, no colours, so that it
//! can be piped. Knows nothing of where the answers come from.

use crate::doctor::{Finding, Verdict};
use crate::operator::{AppStatus, BusStatus, Channels, Connections, Status};
use chat::Schema;
use wire::api::{AgentProfile, WidgetProfile};

/// Characters of one cell that others named.
const CELL_CHARS: usize = 64;

/// `frontdesk status`.
pub fn status(status: &Status) -> String {
    let rates = &status.rates;
    let facts = [
        ("Listening", status.address.clone()),
        ("Data", status.data.clone()),
        ("Database", database(&status.database).to_owned()),
        ("Bus", bus(status.bus.as_ref())),
        ("Process", process(status)),
        (
            "Sockets",
            format!(
                "{} ({} over HTTP), {}, {}",
                many(status.connections, "connection"),
                status.fallback_sessions,
                many(status.channels, "channel"),
                many(status.members, "presence member")
            ),
        ),
        (
            "Last 10 s",
            format!(
                "{:.1} frames/s and {}/s in, {:.1} frames/s and {}/s out",
                rates.frames_in_per_s,
                bytes(rates.bytes_in_per_s),
                rates.frames_out_per_s,
                bytes(rates.bytes_out_per_s)
            ),
        ),
        (
            "Trouble",
            format!(
                "{} cut, {} dropped",
                many(status.slow_readers, "slow reader"),
                many(status.events_dropped, "event")
            ),
        ),
    ];
    let mut text = format!("Frontdesk {}, up {}\n\n", status.version, duration(status.uptime_s));
    for (name, fact) in facts {
        text.push_str(&format!("  {name:<11} {fact}\n"));
    }
    text + "\n" + &apps(&status.apps)
}

fn apps(apps: &[AppStatus]) -> String {
    let rows = apps.iter().map(|app| {
        let numbers = [app.connections, app.channels, app.members, app.published, app.client_events];
        [vec![cell(&app.id)], numbers.map(|number| number.to_string()).to_vec()].concat()
    });
    table(&["APP", ">CONNECTIONS", ">CHANNELS", ">MEMBERS", ">PUBLISHED", ">CLIENT EVENTS"], rows)
}

/// `frontdesk connections`.
pub fn connections(answer: &Connections) -> String {
    let rows = answer.connections.iter().map(|one| {
        vec![
            cell(&one.app),
            cell(&one.socket_id),
            cell(one.peer.as_deref().unwrap_or("-")),
            duration(one.open_s),
            duration(one.silent_s),
            one.channels.to_string(),
            bytes(one.waiting_bytes as f64),
            cell(&if one.users.is_empty() { "-".to_owned() } else { one.users.join(",") }),
        ]
    });
    let head = ["APP", "SOCKET", "PEER", ">OPEN", ">SILENT", ">CHANNELS", ">WAITING", "USERS"];
    table(&head, rows) + &shown(answer.connections.len(), answer.total, "connection")
}

/// `frontdesk channels`.
pub fn channels(answer: &Channels) -> String {
    let rows = answer.channels.iter().map(|one| {
        let users = one.users.map_or_else(|| "-".to_owned(), |users| users.to_string());
        vec![cell(&one.app), one.subscriptions.to_string(), users, cell(&one.name)]
    });
    let head = ["APP", ">SUBSCRIPTIONS", ">USERS", "CHANNEL"];
    table(&head, rows) + &shown(answer.channels.len(), answer.total, "channel")
}

/// `frontdesk agent list`.
pub fn agents(agents: &[AgentProfile]) -> String {
    let rows = agents.iter().map(|agent| {
        vec![
            cell(&agent.id),
            agent.role.as_str().to_owned(),
            agent.widgets.len().to_string(),
            cell(&agent.email),
            cell(&agent.name),
        ]
    });
    table(&["AGENT", "ROLE", ">WIDGETS", "E-MAIL", "NAME"], rows)
}

/// `frontdesk widget list`.
pub fn widgets(widgets: &[WidgetProfile]) -> String {
    let rows = widgets.iter().map(|widget| {
        let origins = if widget.origins.is_empty() {
            "this computer only".to_owned()
        } else {
            widget.origins.join(" ")
        };
        vec![cell(&widget.look.id), cell(&widget.look.name), origins]
    });
    table(&["WIDGET", "NAME", "ORIGINS"], rows)
}

/// `frontdesk migrate --check`.
pub fn schema(schema: &Schema) -> String {
    let Schema { found, known, missing } = schema;
    if found > known {
        return format!("The database has schema version {found}; this release knows only {known}.");
    }
    let mut text = format!("The database has schema version {found}, this release {known}.");
    for (number, first_words) in missing {
        text.push_str(&format!("\n  {number:>3}  {first_words}"));
    }
    text
}

/// `frontdesk doctor`: what is not well first, with what to do.
pub fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for verdict in [Verdict::Fail, Verdict::Warn, Verdict::Ok] {
        for finding in findings.iter().filter(|finding| finding.verdict == verdict) {
            text.push_str(&format!("{:<4}  {:<17}  {}\n", verdict.word(), finding.name, finding.found));
            if let Some(advice) = &finding.advice {
                text.push_str(&format!("{:25}{advice}\n", ""));
            }
        }
    }
    let of = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    text + &format!(
        "{} ok, {} to look at, {} failed\n",
        of(Verdict::Ok),
        of(Verdict::Warn),
        of(Verdict::Fail)
    )
}

fn shown(shown: usize, total: u64, what: &str) -> String {
    if shown as u64 >= total {
        return format!("{}\n", many(total, what));
    }
    format!("{shown} of {}; --limit shows more\n", many(total, what))
}

/// Columns as wide as their widest cell; `>` before a head puts its column to the right.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles = head.iter().map(|title| title.trim_start_matches('>').to_owned()).collect();
    let rows: Vec<Vec<String>> = [titles].into_iter().chain(rows).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(head).map(|((cell, width), head)| {
            if head.starts_with('>') { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// What others named must not move the cursor or fill the screen.
fn cell(text: &str) -> String {
    let mut shown: String =
        text.chars().take(CELL_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(CELL_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

fn database(name: &str) -> &str {
    match name {
        "sqlite" => "SQLite, in the data folder",
        "postgres" => "PostgreSQL",
        other => other,
    }
}

fn bus(bus: Option<&BusStatus>) -> String {
    match bus {
        None => "none, this node is alone".to_owned(),
        Some(bus) if bus.is_up => format!("up, {}", many(bus.nodes, "other node")),
        Some(bus) => format!("away, {} did not get across", many(bus.dropped, "event")),
    }
}

fn process(status: &Status) -> String {
    let mut parts = vec![format!("pid {}", status.pid)];
    parts.extend(status.memory_bytes.map(|memory| format!("{} of memory", bytes(memory as f64))));
    parts.extend(status.cpu_s.map(|cpu_s| format!("{cpu_s:.1} s of CPU")));
    parts.extend(
        status.open_fds.zip(status.max_fds).map(|(open, max)| format!("{open} of {max} descriptors")),
    );
    parts.join(", ")
}

fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn bytes(count: f64) -> String {
    match count {
        count if count < 1_000.0 => format!("{count:.0} B"),
        count if count < 1e6 => format!("{:.1} kB", count / 1e3),
        count if count < 1e9 => format!("{:.1} MB", count / 1e6),
        count => format!("{:.1} GB", count / 1e9),
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Channel, Connection};

    #[test]
    fn columns_line_up_and_what_others_named_stays_in_its_cell() {
        let channel = |name: &str, subscriptions| Channel {
            app: "1".to_owned(),
            name: name.to_owned(),
            subscriptions,
            users: name.starts_with("presence-").then_some(3),
        };
        let channels = vec![channel("news", 12_000), channel("presence-\u{1b}[2J", 7)];
        assert_eq!(
            super::channels(&Channels { total: 3, channels }),
            "APP  SUBSCRIPTIONS  USERS  CHANNEL\n\
             1            12000      -  news\n\
             1                7      3  presence-\u{fffd}[2J\n\
             2 of 3 channels; --limit shows more\n"
        );
    }

    #[test]
    fn a_connection_reads_in_units_of_people() {
        let connection = Connection {
            app: "1".to_owned(),
            socket_id: "1.2".to_owned(),
            peer: Some("203.0.113.7:50".to_owned()),
            open_s: 3_725,
            silent_s: 4,
            channels: 2,
            users: vec!["ana".to_owned()],
            waiting_bytes: 2_500,
        };
        let text = connections(&Connections { total: 1, connections: vec![connection] });
        assert_eq!(
            text.lines().nth(1),
            Some("1    1.2     203.0.113.7:50  1 h 02 min     4 s         2   2.5 kB  ana")
        );
        assert_eq!(text.lines().last(), Some("1 connection"));
    }
}
