//! The command line: what each of its words asks of the parts, of the running server or of the database.
//! Knows nothing of HTTP and of how an answer reads.

mod words;

use crate::backup;
use crate::call::{ask, have_done, look};
use crate::chore::{Chore, Outcome};
use crate::contact::Person;
use crate::doctor;
use crate::operator::{Ask, SendMessage, Trigger};
use crate::serve;
use crate::settings::{Flags, PublicAddress, Settings, read_dotenv};
use crate::terminal;
use anyhow::{Context, Result, bail};
use chat::Chat;
use clap::Parser;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use wire::api::{Invitation, WidgetProfile};
use wire::contact::ErasedReply;
use words::{AgentCommand, Command, ContactCommand, MessageCommand, Place, WidgetCommand, Words};

/// Runs the words of the command line; the exit code says what scripts ask for.
///
/// # Errors
/// One sentence for the person at the terminal.
pub fn run() -> Result<ExitCode> {
    match Words::parse().command {
        Command::Serve { place, host, debug, path, hostname } => {
            let flags = Flags { host, debug, path, hostname, ..place.flags() };
            let settings = gather(&flags)?;
            log_to_stderr(settings.debug, settings.debug_bodies);
            serve::run(settings, Arc::new(move || gather(&flags)))?;
        }
        Command::Agent { command } => block_on(agent(command))?,
        Command::Widget { command } => block_on(widget(command))?,
        Command::Message { command: MessageCommand::Send { place, conversation, text } } => {
            let send = SendMessage { conversation_id: conversation, message: text };
            block_on(tell(&settings(place)?, "/operator/message", send))?;
        }
        Command::Contact { command } => block_on(contact(command))?,
        Command::Trigger { place, app, channel, event, json } => {
            serde_json::from_str::<serde::de::IgnoredAny>(&json).context("The data is not valid JSON.")?;
            let trigger = Trigger { app, channel, event, data: json };
            block_on(tell(&settings(place)?, "/operator/trigger", trigger))?;
        }
        Command::Status { place, json } => {
            let settings = settings(place)?;
            block_on(show(&settings, "/operator/status", &Ask::default(), json, terminal::status))?;
        }
        Command::Connections { place, app, channel, limit, json } => {
            let ask = Ask { app, channel, limit: Some(limit), ..Ask::default() };
            let settings = settings(place)?;
            block_on(show(&settings, "/operator/connections", &ask, json, terminal::connections))?;
        }
        Command::Channels { place, app, prefix, limit, json } => {
            let ask = Ask { app, prefix, limit: Some(limit), ..Ask::default() };
            let settings = settings(place)?;
            block_on(show(&settings, "/operator/channels", &ask, json, terminal::channels))?;
        }
        Command::Doctor { place, json } => return examine(&place.flags(), json),
        Command::Backup { place, to } => back_up(&settings(place)?, &to)?,
        Command::Restore { archive, data } => restore(&archive, &data)?,
        Command::Migrate { place, check: true } => return check_schema(&settings(place)?),
        Command::Migrate { place, check: false } => block_on(migrate(settings(place)?))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(place: Place) -> Result<Settings> {
    gather(&place.flags())
}

fn gather(flags: &Flags) -> Result<Settings> {
    let dotenv = read_dotenv(Path::new(".env"))?;
    Settings::gather(flags, |name| std::env::var(name).ok(), &dotenv)
}

fn log_to_stderr(debug: bool, bodies: bool) {
    let default = match (debug, bodies) {
        (false, _) => "info",
        (true, false) => "debug,hyper=info",
        (true, true) => "debug,hyper=info,frames=trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("FRONTDESK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[allow(clippy::print_stdout)]
async fn agent(command: AgentCommand) -> Result<()> {
    let (place, chore, json) = match command {
        AgentCommand::Add { place, name, email, role, widget } => {
            let invitation = Invitation { name, email, role: role.map(Into::into), widgets: widget };
            (place, Chore::AddAgent(invitation), false)
        }
        AgentCommand::Reset { place, email } => (place, Chore::ResetAgent { email }, false),
        AgentCommand::List { place, json } => (place, Chore::ListAgents, json),
    };
    let settings = settings(place)?;
    match have_done(&settings, chore).await? {
        // The link alone, so that a script can hand it on.
        Outcome::Code(code) => println!("{}/#setup={code}", home(&settings).origin()),
        Outcome::Agents(agents) => print(&agents, json, |agents| terminal::agents(agents))?,
        Outcome::Widgets(_) | Outcome::Widget(_) | Outcome::Waiting(_) => {
            bail!("The server answered something else.")
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn widget(command: WidgetCommand) -> Result<()> {
    let (place, chore, json, wanted) = match command {
        WidgetCommand::Create { place, name, origin } => {
            (place, Chore::AddWidget { name, origins: origin }, false, None)
        }
        WidgetCommand::List { place, json } => (place, Chore::ListWidgets, json, None),
        WidgetCommand::Rotate { place, id, days, now } => {
            let overlap_s = if now { 0 } else { days * 86_400 };
            (place, Chore::RotateWidget { id, overlap_s }, false, None)
        }
        WidgetCommand::Snippet { place, id } => (place, Chore::ListWidgets, false, Some(id)),
    };
    let settings = settings(place)?;
    let home = home(&settings).origin();
    match have_done(&settings, chore).await? {
        Outcome::Widget(widget) => println!("{}\n{}", widget.look.id, snippet(&home, &widget)),
        Outcome::Widgets(widgets) => match wanted {
            None => print(&widgets, json, |widgets| terminal::widgets(widgets))?,
            Some(id) => {
                let widget = widgets.iter().find(|widget| widget.look.id == id);
                let widget = widget.with_context(|| format!("There is no widget {id}."))?;
                println!("{}", snippet(&home, widget));
            }
        },
        Outcome::Code(_) | Outcome::Agents(_) | Outcome::Waiting(_) => {
            bail!("The server answered something else.")
        }
    }
    Ok(())
}

/// The lines for a website, as the console shows them.
fn snippet(home: &str, widget: &WidgetProfile) -> String {
    let WidgetProfile { look, token, .. } = widget;
    format!(
        "<script>\n  window.ChatbotConfig = {{ apiToken: \"{token}\" }};\n</script>\n\
         <script src=\"{home}/widget.js?w={}\" async></script>",
        look.id
    )
}

fn home(settings: &Settings) -> PublicAddress {
    settings.public.clone().unwrap_or(PublicAddress {
        scheme: settings.scheme().to_owned(),
        host: "localhost".to_owned(),
        port: settings.port,
    })
}

fn examine(flags: &Flags, json: bool) -> Result<ExitCode> {
    let findings = block_on(async { Ok(doctor::examine(flags).await) })?;
    print(&findings, json, |findings| terminal::findings(findings))?;
    let has_failed = findings.iter().any(|finding| finding.verdict == doctor::Verdict::Fail);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[allow(clippy::print_stdout)]
fn back_up(settings: &Settings, to: &Path) -> Result<()> {
    let made = backup::backup(settings, to)?;
    println!("{}", made.path.display());
    let files = made.manifest.files.len();
    note(&format!(
        "{files} files, {} bytes packed, schema version {}. Whoever reads it can speak as this server.",
        made.bytes, made.manifest.schema
    ));
    Ok(())
}

fn restore(archive: &Path, data: &Path) -> Result<()> {
    let manifest = backup::restore(archive, data)?;
    note(&format!(
        "Restored {} files of {}, made by release {}. Start it with: frontdesk serve --data {}",
        manifest.files.len(),
        wire::time::rfc3339(manifest.made_ms),
        manifest.release,
        data.display()
    ));
    if manifest.files.contains_key("frontdesk.toml") {
        note(&format!(
            "Its configuration is {}: name it with --config.",
            data.join("frontdesk.toml").display()
        ));
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
fn check_schema(settings: &Settings) -> Result<ExitCode> {
    let schema = block_on(look(settings))?;
    println!("{}", terminal::schema(&schema));
    Ok(if schema.found == schema.known { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[allow(clippy::print_stdout)]
async fn migrate(settings: Settings) -> Result<()> {
    let before = look(&settings).await?;
    let storage = serve::storage(&settings);
    let _lock = match &storage {
        chat::Storage::Sqlite { .. } => {
            serve::prepare_folder(&settings.data)?;
            Some(serve::lock_folder(&settings.data)?)
        }
        // Nodes take turns.
        chat::Storage::Postgres { .. } => None,
    };
    serve::prepare_database(&storage)?;
    let chat = tokio::task::spawn_blocking(move || Chat::open(storage, Arc::new(|_| {}))).await??;
    chat.close().await;
    println!("Schema version {}, before {}.", before.known, before.found);
    Ok(())
}

/// For the person, apart from what a script reads on standard output.
#[allow(clippy::print_stderr)]
fn note(text: &str) {
    eprintln!("{text}");
}

#[allow(clippy::print_stdout)]
fn print<T: Serialize>(answer: &T, json: bool, text: impl Fn(&T) -> String) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(answer)?);
    } else {
        print!("{}", text(answer));
    }
    Ok(())
}

/// Posts to the running server and says in a word what it answered.
#[allow(clippy::print_stdout)]
async fn tell(settings: &Settings, path: &str, body: impl Serialize) -> Result<()> {
    let bytes = ask(settings, Method::POST, path, serde_json::to_vec(&body)?).await?;
    let answer: serde_json::Value = serde_json::from_slice(&bytes)?;
    match answer["message"]["id"].as_str() {
        Some(id) => println!("Sent {id}."),
        None => println!("Published."),
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn contact(command: ContactCommand) -> Result<()> {
    match command {
        ContactCommand::Export { place, id } => {
            let path = format!("/operator/contact/export?{}", serde_urlencoded::to_string(Person { id })?);
            let bytes = ask(&settings(place)?, Method::GET, &path, Vec::new()).await?;
            print!("{}", String::from_utf8_lossy(&bytes));
        }
        ContactCommand::Erase { place, id } => {
            let body = serde_json::to_vec(&Person { id })?;
            let bytes = ask(&settings(place)?, Method::POST, "/operator/contact/erase", body).await?;
            let ErasedReply { conversations, .. } = serde_json::from_slice(&bytes)?;
            println!("Erased, with {conversations} conversations. Backups made before still hold them.");
        }
    }
    Ok(())
}

/// Asks the running server and prints its answer, for people or as it came.
#[allow(clippy::print_stdout)]
async fn show<T: DeserializeOwned>(
    settings: &Settings,
    path: &str,
    rows: &Ask,
    json: bool,
    text: fn(&T) -> String,
) -> Result<()> {
    let path = format!("{path}?{}", serde_urlencoded::to_string(rows)?);
    let bytes = ask(settings, Method::GET, &path, Vec::new()).await?;
    if json {
        println!("{}", String::from_utf8_lossy(&bytes));
    } else {
        print!("{}", text(&serde_json::from_slice(&bytes)?));
    }
    Ok(())
}
