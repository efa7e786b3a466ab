//! The command line: its words, and what each asks of the parts or of the running server. Knows
//! nothing of HTTP beyond one small request.

use crate::contact::Person;
use crate::desk::now_ms;
use crate::operator::{Ask, SendMessage, Trigger};
use crate::secrets::Secrets;
use crate::serve;
use crate::settings::{Flags, PublicAddress, Settings, read_dotenv};
use crate::terminal;
use anyhow::{Context, Result, bail};
use chat::Chat;
use clap::{Args, Parser, Subcommand};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::sync::Arc;
use wire::contact::ErasedReply;
use wire::limit;

/// Self-hosted live chat in one binary.
#[derive(Parser)]
#[command(
    name = "frontdesk",
    version,
    about = "Self-hosted live chat in one binary.",
    arg_required_else_help = true
)]
struct Words {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server.
    #[command(alias = "reverb:start")]
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address to listen on [env: REVERB_SERVER_HOST] [default: 0.0.0.0]
        #[arg(long)]
        host: Option<String>,
        /// Log more, each frame among it, redacted; FRONTDESK_DEBUG_BODIES=1 shows what people say
        /// [env: FRONTDESK_DEBUG]
        #[arg(long)]
        debug: bool,
        /// Prefix of the Pusher routes, such as /ws [env: REVERB_SERVER_PATH]
        #[arg(long)]
        path: Option<String>,
        /// Host that browsers use [env: REVERB_HOST]
        #[arg(long)]
        hostname: Option<String>,
    },
    /// Manage agents.
    Agent {
        #[command(subcommand)]
        command: AgentCommand,
    },
    /// Write into conversations.
    Message {
        #[command(subcommand)]
        command: MessageCommand,
    },
    /// Hand out or erase what is known of a person.
    Contact {
        #[command(subcommand)]
        command: ContactCommand,
    },
    /// Publish a bare event on a channel of the running server; it is stored nowhere.
    Trigger {
        #[command(flatten)]
        place: Place,
        /// Id of the app [default: the chat's own]
        #[arg(long)]
        app: Option<String>,
        /// Channel, with its prefix
        channel: String,
        /// Event name
        event: String,
        /// Data, as JSON
        json: String,
    },
    /// Show how the running server does.
    Status {
        #[command(flatten)]
        place: Place,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// List open connections of the running server, the oldest first.
    Connections {
        #[command(flatten)]
        place: Place,
        /// Only of the app with this id
        #[arg(long)]
        app: Option<String>,
        /// Only subscribers of this channel
        #[arg(long)]
        channel: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = limit::OPERATOR_ROWS)]
        limit: usize,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// List channels with subscribers on the running server, by name.
    Channels {
        #[command(flatten)]
        place: Place,
        /// Only of the app with this id
        #[arg(long)]
        app: Option<String>,
        /// Only names that begin so
        #[arg(long)]
        prefix: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = limit::OPERATOR_ROWS)]
        limit: usize,
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum AgentCommand {
    /// Print a new one-time link: for the first agent, or with --email for one who lost the password.
    Reset {
        #[command(flatten)]
        place: Place,
        /// The agent who lost the password
        #[arg(long)]
        email: Option<String>,
    },
}

#[derive(Subcommand)]
enum MessageCommand {
    /// Send a real message into a conversation of the running server.
    Send {
        #[command(flatten)]
        place: Place,
        /// Conversation id, such as cnv_…
        conversation: String,
        /// Text of the message
        text: String,
    },
}

#[derive(Subcommand)]
enum ContactCommand {
    /// Print everything about a person as JSON: conversations, notes and receipts among it.
    Export {
        #[command(flatten)]
        place: Place,
        /// Contact or anonymous visitor, such as ctc_… or vis_…
        id: String,
    },
    /// Erase a person and all that was said in their conversations. It cannot be taken back.
    Erase {
        #[command(flatten)]
        place: Place,
        /// Contact or anonymous visitor, such as ctc_… or vis_…
        id: String,
    },
}

#[derive(Args)]
struct Place {
    /// Folder of database and secrets [env: FRONTDESK_DATA] [default: data]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Port of the server [env: REVERB_SERVER_PORT] [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Configuration file [env: FRONTDESK_CONFIG] [default: frontdesk.toml, if there]
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Place {
    fn flags(self) -> Flags {
        Flags { port: self.port, data: self.data, config: self.config, ..Flags::default() }
    }

    fn settings(self, host: Option<String>, debug: bool) -> Result<Settings> {
        gather(&Flags { host, debug, ..self.flags() })
    }
}

fn gather(flags: &Flags) -> Result<Settings> {
    let dotenv = read_dotenv(std::path::Path::new(".env"))?;
    Settings::gather(flags, |name| std::env::var(name).ok(), &dotenv)
}

/// Runs the words of the command line.
///
/// # Errors
/// One sentence for the person at the terminal.
pub fn run() -> Result<()> {
    match Words::parse().command {
        Command::Serve { place, host, debug, path, hostname } => {
            let flags = Flags { host, debug, path, hostname, ..place.flags() };
            let settings = gather(&flags)?;
            log_to_stderr(settings.debug, settings.debug_bodies);
            serve::run(settings, Arc::new(move || gather(&flags)))
        }
        Command::Agent { command: AgentCommand::Reset { place, email } } => {
            block_on(reset(place.settings(None, false)?, email))
        }
        Command::Message { command: MessageCommand::Send { place, conversation, text } } => {
            let send = SendMessage { conversation_id: conversation, message: text };
            block_on(tell(place.settings(None, false)?, "/operator/message", send))
        }
        Command::Contact { command: ContactCommand::Export { place, id } } => {
            block_on(export(place.settings(None, false)?, id))
        }
        Command::Contact { command: ContactCommand::Erase { place, id } } => {
            block_on(erase(place.settings(None, false)?, id))
        }
        Command::Trigger { place, app, channel, event, json } => {
            serde_json::from_str::<serde::de::IgnoredAny>(&json).context("The data is not valid JSON.")?;
            let trigger = Trigger { app, channel, event, data: json };
            block_on(tell(place.settings(None, false)?, "/operator/trigger", trigger))
        }
        Command::Status { place, json } => block_on(show(
            place.settings(None, false)?,
            "/operator/status",
            &Ask::default(),
            json,
            terminal::status,
        )),
        Command::Connections { place, app, channel, limit, json } => {
            let ask = Ask { app, channel, limit: Some(limit), ..Ask::default() };
            let settings = place.settings(None, false)?;
            block_on(show(settings, "/operator/connections", &ask, json, terminal::connections))
        }
        Command::Channels { place, app, prefix, limit, json } => {
            let ask = Ask { app, prefix, limit: Some(limit), ..Ask::default() };
            let settings = place.settings(None, false)?;
            block_on(show(settings, "/operator/channels", &ask, json, terminal::channels))
        }
    }
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

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[allow(clippy::print_stdout)]
async fn reset(settings: Settings, email: Option<String>) -> Result<()> {
    let storage = serve::storage(&settings);
    let chat = tokio::task::spawn_blocking(move || Chat::open(storage, Arc::new(|_| {}))).await??;
    let code = match email {
        Some(email) => chat.new_reset_code(&email, now_ms()).await?,
        None if chat.needs_setup().await? => chat.new_setup_code(now_ms()).await?,
        None => bail!("There are agents already; name the one who lost the password with --email."),
    };
    chat.close().await;
    println!("{}/#setup={code}", home(&settings).origin());
    Ok(())
}

fn home(settings: &Settings) -> PublicAddress {
    settings.public.clone().unwrap_or(PublicAddress {
        scheme: settings.scheme().to_owned(),
        host: "localhost".to_owned(),
        port: settings.port,
    })
}

/// Posts to the running server and says in a word what it answered.
#[allow(clippy::print_stdout)]
async fn tell(settings: Settings, path: &str, body: impl Serialize) -> Result<()> {
    let bytes = ask(&settings, http::Method::POST, path, serde_json::to_vec(&body)?).await?;
    let answer: serde_json::Value = serde_json::from_slice(&bytes)?;
    match answer["message"]["id"].as_str() {
        Some(id) => println!("Sent {id}."),
        None => println!("Published."),
    }
    Ok(())
}

/// Asks the running server and prints its answer, for people or as it came.
#[allow(clippy::print_stdout)]
async fn show<T: DeserializeOwned>(
    settings: Settings,
    path: &str,
    rows: &Ask,
    json: bool,
    text: fn(&T) -> String,
) -> Result<()> {
    let path = format!("{path}?{}", serde_urlencoded::to_string(rows)?);
    let bytes = ask(&settings, http::Method::GET, &path, Vec::new()).await?;
    if json {
        println!("{}", String::from_utf8_lossy(&bytes));
    } else {
        print!("{}", text(&serde_json::from_slice(&bytes)?));
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn export(settings: Settings, id: String) -> Result<()> {
    let path = format!("/operator/contact/export?{}", serde_urlencoded::to_string(Person { id })?);
    let bytes = ask(&settings, http::Method::GET, &path, Vec::new()).await?;
    print!("{}", String::from_utf8_lossy(&bytes));
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn erase(settings: Settings, id: String) -> Result<()> {
    let body = serde_json::to_vec(&Person { id })?;
    let bytes = ask(&settings, http::Method::POST, "/operator/contact/erase", body).await?;
    let ErasedReply { conversations, .. } = serde_json::from_slice(&bytes)?;
    println!("Erased, with {conversations} conversations. Backups made before still hold them.");
    Ok(())
}

/// One request to the running server, with the operator's token.
async fn ask(settings: &Settings, method: http::Method, path: &str, body: Vec<u8>) -> Result<bytes::Bytes> {
    let secrets = Secrets::load_or_make(&settings.data)?;
    let host = match settings.host.as_str() {
        "0.0.0.0" | "::" => "127.0.0.1",
        host => host,
    };
    let stream = tokio::net::TcpStream::connect((host, settings.port))
        .await
        .with_context(|| format!("No server answers on port {}.", settings.port))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let _driver = tokio::spawn(connection);
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", secrets.operator_token))
        .body(Full::new(bytes::Bytes::from(body)))?;
    let response = sender.send_request(request).await?;
    let refused = !response.status().is_success();
    let bytes = response.into_body().collect().await?.to_bytes();
    if refused {
        let answer: serde_json::Value = serde_json::from_slice(&bytes)?;
        let detail = answer["detail"].as_str().unwrap_or_default();
        bail!("{} {detail}", answer["title"].as_str().unwrap_or("The server refused."));
    }
    Ok(bytes)
}
