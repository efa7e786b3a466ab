//! What the database says of widgets, agents and letters that wait. Asks the running server, or reads the
//! database where none runs.

use super::{Finding, fail, ok, warn};
use crate::call::have_done;
use crate::chore::{Chore, Outcome};
use crate::settings::{PublicAddress, Settings};
use crate::{arrival, samples, serve};
use wire::api::{AgentProfile, Role, WidgetProfile};

/// The checks here, in their order, for the time when there is nothing to look at.
const NAMES: [&str; 7] =
    ["agents", "widget-origins", "widget-tokens", "identity", "opaque-ids", "uploads", "webhooks"];
/// Letters that wait from which on a destination does not just lag.
const MANY_LETTERS: u64 = 100;

pub(super) async fn look(settings: &Settings) -> Vec<Finding> {
    let unread = |why: &str| {
        NAMES.iter().map(|name| warn(name, format!("Not looked at: {why}."), "Look again then.")).collect()
    };
    // A database that is not there yet must not come to be by looking.
    let is_sqlite = settings.database_url.is_none();
    if is_sqlite && !settings.data.join("frontdesk.sqlite").exists() {
        return unread("there is no database yet");
    }
    let is_current = crate::call::look(settings).await.is_ok_and(|schema| schema.found == schema.known);
    if !is_current && !serve::is_served(&settings.data) {
        return unread("the database is not of this release");
    }
    let read = async {
        let agents = have_done(settings, Chore::ListAgents).await?;
        let widgets = have_done(settings, Chore::ListWidgets).await?;
        anyhow::Ok((agents, widgets, have_done(settings, Chore::ListWaiting).await?))
    };
    match read.await {
        Ok((Outcome::Agents(all), Outcome::Widgets(widgets), Outcome::Waiting(waiting))) => vec![
            agents(&all),
            origins(&widgets, settings),
            tokens(&widgets),
            identity(&widgets),
            opaque_ids(&widgets, &all),
            uploads(&widgets),
            webhooks(&waiting),
        ],
        Ok(_) => unread("the server answered something else"),
        Err(error) => unread(&format!("{error:#}")),
    }
}

fn agents(agents: &[AgentProfile]) -> Finding {
    match agents.iter().filter(|agent| agent.role == Role::Owner).count() {
        0 => warn(
            "agents",
            "Nobody can sign in as owner yet.",
            "Open the link that `frontdesk agent reset` prints.",
        ),
        owners => ok("agents", format!("{} can sign in, {owners} of them as owner.", agents.len())),
    }
}

fn origins(widgets: &[WidgetProfile], settings: &Settings) -> Finding {
    let is_public = !settings.public.as_ref().is_none_or(PublicAddress::is_loopback);
    let empty: Vec<_> = widgets.iter().filter(|widget| widget.origins.is_empty()).collect();
    if let (Some(widget), true) = (empty.first(), is_public) {
        return warn(
            "widget-origins",
            format!(
                "{} of {} widgets work on this computer only, as {}.",
                empty.len(),
                widgets.len(),
                widget.look.name
            ),
            "List the website's origin on the console's Widget page.",
        );
    }
    let cleartext = widgets
        .iter()
        .flat_map(|widget| &widget.origins)
        .find(|origin| origin.starts_with("http://") && !arrival::is_loopback_origin(origin));
    if let Some(origin) = cleartext {
        return warn(
            "widget-origins",
            format!("{origin} is not encrypted."),
            "Serve that website over https.",
        );
    }
    ok(
        "widget-origins",
        format!("{} widgets are for listed websites, or this computer alone.", widgets.len()),
    )
}

fn tokens(widgets: &[WidgetProfile]) -> Finding {
    match widgets.iter().find(|widget| samples::is_sample(&widget.token) || widget.token.len() != 64) {
        Some(widget) => fail(
            "widget-tokens",
            format!("The token of {} was not made by this server.", widget.look.name),
            format!("frontdesk widget rotate {} --now", widget.look.id),
        ),
        None => ok("widget-tokens", "Each widget has a token of its own, and `widget rotate` changes it."),
    }
}

fn identity(widgets: &[WidgetProfile]) -> Finding {
    let signed = widgets.iter().filter(|widget| widget.settings.identity_required).count();
    let of = widgets.len();
    ok(
        "identity",
        format!("{signed} of {of} widgets want a signed identity; a bare name is a label and opens nothing."),
    )
}

fn opaque_ids(widgets: &[WidgetProfile], agents: &[AgentProfile]) -> Finding {
    let mut ids = widgets.iter().map(|widget| &widget.look.id).chain(agents.iter().map(|agent| &agent.id));
    match ids.find(|id| id.split_once('_').is_none_or(|(_, random)| random.len() != 32)) {
        Some(id) => {
            fail("opaque-ids", format!("{id} could be guessed."), "Report this: no verb makes such an id.")
        }
        None => ok("opaque-ids", "Ids cannot be guessed, and are no authority by themselves."),
    }
}

fn uploads(widgets: &[WidgetProfile]) -> Finding {
    let risky = |kind: &String| {
        matches!(kind.as_str(), "*/*" | "text/*" | "text/html" | "image/svg+xml" | "application/*")
    };
    match widgets.iter().find(|widget| widget.settings.uploads.types.iter().any(risky)) {
        Some(widget) => warn(
            "uploads",
            format!("{} takes files that could hold scripts.", widget.look.name),
            "Name single types on the console's Widget page.",
        ),
        None => ok("uploads", "Files that could hold scripts are not taken."),
    }
}

fn webhooks(waiting: &[(String, u64)]) -> Finding {
    let all: u64 = waiting.iter().map(|(_, count)| count).sum();
    if all >= MANY_LETTERS {
        let found = format!("{all} letters wait for {} other servers.", waiting.len());
        return warn("webhooks", found, "Look at these servers; the log says why they take nothing.");
    }
    ok("webhooks", format!("{all} letters wait for other servers."))
}
