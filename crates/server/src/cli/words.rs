//! The words of the command line, as people type them and as `--help` explains them. Knows nothing of
//! what they do.

use crate::settings::Flags;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use wire::api::Role;
use wire::limit;

/// Self-hosted live chat in one binary.
#[derive(Parser)]
#[command(
    name = "frontdesk",
    version,
    about = "Self-hosted live chat in one binary.",
    arg_required_else_help = true
)]
pub(super) struct Words {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
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
    /// Manage widgets.
    Widget {
        #[command(subcommand)]
        command: WidgetCommand,
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
    /// Look for everything that could keep people from being heard; exit code 1 when something does.
    Doctor {
        #[command(flatten)]
        place: Place,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Put database, attachments, secrets and configuration into one file, while the server runs or not.
    Backup {
        #[command(flatten)]
        place: Place,
        /// The file, or a folder that gets a file named after the time
        to: PathBuf,
    },
    /// Make a data folder from a backup.
    Restore {
        /// The backup
        archive: PathBuf,
        /// The folder, empty or not there yet
        #[arg(long)]
        data: PathBuf,
    },
    /// Bring the database to this release's tables, as a start of the server does too.
    Migrate {
        #[command(flatten)]
        place: Place,
        /// Only say what would be done; exit code 1 when something would
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum AgentCommand {
    /// Add an agent, and print the one-time link that sets the password.
    Add {
        #[command(flatten)]
        place: Place,
        /// Shown to visitors
        #[arg(long)]
        name: String,
        /// To sign in with
        #[arg(long)]
        email: String,
        /// What they may do [default: owner for the first, agent for others]
        #[arg(long)]
        role: Option<RoleWord>,
        /// Id of a widget they answer on; may be repeated
        #[arg(long)]
        widget: Vec<String>,
    },
    /// List everyone who can sign in.
    List {
        #[command(flatten)]
        place: Place,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Print a new one-time link: for the first agent, or with --email for one who lost the password.
    Reset {
        #[command(flatten)]
        place: Place,
        /// The agent who lost the password
        #[arg(long)]
        email: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleWord {
    /// Everything in the console.
    Owner,
    /// All conversations, and the set-up of widgets and team.
    Admin,
    /// Conversations of their widgets.
    Agent,
    /// Only reads the conversations of their widgets.
    Viewer,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Role {
        match word {
            RoleWord::Owner => Role::Owner,
            RoleWord::Admin => Role::Admin,
            RoleWord::Agent => Role::Agent,
            RoleWord::Viewer => Role::Viewer,
        }
    }
}

#[derive(Subcommand)]
pub(super) enum WidgetCommand {
    /// Add a widget, and print the lines for the website.
    Create {
        #[command(flatten)]
        place: Place,
        /// What it is called
        #[arg(long)]
        name: String,
        /// An origin that may embed it, such as https://shop.example; may be repeated. None: this
        /// computer only
        #[arg(long)]
        origin: Vec<String>,
    },
    /// List widgets.
    List {
        #[command(flatten)]
        place: Place,
        /// For programs; with the tokens
        #[arg(long)]
        json: bool,
    },
    /// Give a widget a new token, and print the lines for the website.
    Rotate {
        #[command(flatten)]
        place: Place,
        /// Widget id, such as wgt_…
        id: String,
        /// Days for which the old token works on
        #[arg(long, default_value_t = limit::WIDGET_TOKEN_OVERLAP_DAYS,
              value_parser = clap::value_parser!(u64).range(1..=limit::WIDGET_TOKEN_OVERLAP_DAYS_MAX))]
        days: u64,
        /// End the old token at once, and all before it
        #[arg(long, conflicts_with = "days")]
        now: bool,
    },
    /// Print the lines that put a widget on a website.
    Snippet {
        #[command(flatten)]
        place: Place,
        /// Widget id, such as wgt_…
        id: String,
    },
}

#[derive(Subcommand)]
pub(super) enum MessageCommand {
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
pub(super) enum ContactCommand {
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
pub(super) struct Place {
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
    pub(super) fn flags(self) -> Flags {
        Flags { port: self.port, data: self.data, config: self.config, ..Flags::default() }
    }
}
