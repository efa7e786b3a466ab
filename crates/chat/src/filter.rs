//! Which conversations an agent asks for, and where they stand in the list. Knows nothing of how a row
//! of the list looks.
//!
//! A list is merged from narrow ones, one for each widget and status, and each of those is read from an
//! index in the order of the list: a page reads about as many entries as it shows, however many
//! conversations there are. The strongest wish chooses the index; the others are asked of each entry.

use crate::cursor::Cursor;
use crate::db::sql::{Sql, both, each, statements};
use crate::db::{Tx, values};
use crate::people::{Assignee, ConversationQuery, Sort};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use wire::Refused;
use wire::event::{ConversationStatus, Priority};

/// What is asked of each entry; empty: nothing.
macro_rules! wishes {
    () => {
        "(?6 = '' OR c.assignee_id = ?6 OR (?6 = 'none' AND c.assignee_id IS NULL)) \
         AND (?7 = '' OR c.priority = ?7) \
         AND (?8 = '' OR EXISTS (SELECT 1 FROM conversation_tags x WHERE x.tag = ?8 AND x.conversation_id = c.id)) \
         AND (?9 = '' OR EXISTS (SELECT 1 FROM mentions m WHERE m.agent_id = ?9 AND m.conversation_id = c.id)) \
         AND (?10 = '' OR c.visitor_id IN (SELECT v.id FROM visitors v WHERE v.id = ?10 \
         UNION SELECT v.id FROM visitors a JOIN visitors v ON v.contact_id = a.contact_id WHERE a.id = ?10))"
    };
}

/// Entries of one widget and one status after a place, newest message first.
macro_rules! newest {
    ($condition:literal) => {
        concat!(
            "SELECT c.last_message_ms, c.id FROM conversations c WHERE ",
            $condition,
            "c.widget_id = ?1 AND c.status = ?2 \
             AND c.last_message_ms IS NOT NULL AND (c.last_message_ms, c.id) < (?3, ?4) AND ",
            wishes!(),
            " ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?5",
        )
    };
}

/// Entries of one person, on these widgets, with these statuses: of a visitor, and of all whom agents or the website
/// know to be the same. `+ 0`: a database that reads in the order of the list would look at everybody's.
macro_rules! of_person {
    ($widgets:literal, $statuses:literal) => {
        concat!(
            "SELECT c.last_message_ms, c.id FROM (SELECT v.id FROM visitors v WHERE v.id = ?10 \
             UNION SELECT v.id FROM visitors a JOIN visitors v ON v.contact_id = a.contact_id WHERE a.id = ?10) p \
             CROSS JOIN conversations c WHERE c.visitor_id = p.id AND c.widget_id IN (",
            $widgets,
            ") AND c.status IN (",
            $statuses,
            ") AND c.last_message_ms IS NOT NULL AND (c.last_message_ms + 0, c.id) < (?3, ?4) AND ",
            wishes!(),
            " ORDER BY c.last_message_ms + 0 DESC, c.id DESC LIMIT ?5",
        )
    };
}

/// Entries that call this agent, on these widgets, with these statuses. The order of the join is said:
/// reading all entries of the widgets, and asking each whether it calls, would be another plan.
macro_rules! mentioned {
    ($widgets:literal, $statuses:literal) => {
        concat!(
            "SELECT c.last_message_ms, c.id FROM (SELECT DISTINCT conversation_id FROM mentions WHERE agent_id = ?9) n \
             CROSS JOIN conversations c WHERE c.id = n.conversation_id AND c.widget_id IN (",
            $widgets,
            ") AND c.status IN (",
            $statuses,
            ") AND c.last_message_ms IS NOT NULL AND (c.last_message_ms, c.id) < (?3, ?4) AND ",
            wishes!(),
            " ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?5",
        )
    };
}

statements! {
    WIDGETS = both(
        "SELECT w.id FROM widgets w WHERE (?2 = 1 OR EXISTS (SELECT 1 FROM widget_members m \
         WHERE m.agent_id = ?1 AND m.widget_id = w.id)) AND (?3 = '' OR w.id = ?3) ORDER BY w.id",
    );
    ALL = both(
        "SELECT last_message_ms, id FROM conversations WHERE last_message_ms IS NOT NULL \
         AND (last_message_ms, id) < (?1, ?2) ORDER BY last_message_ms DESC, id DESC LIMIT ?3",
    );
    OF_STATUS = both(newest!(""));
    ASSIGNED = both(newest!("c.assignee_id = ?6 AND "));
    UNASSIGNED = both(newest!("c.assignee_id IS NULL AND "));
    OF_PRIORITY = both(newest!("c.priority = ?7 AND c.priority <> 'normal' AND "));
    TAGGED = both(concat!(
        "SELECT t.last_message_ms, t.conversation_id FROM conversation_tags t \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE t.tag = ?8 AND t.widget_id = ?1 AND t.status = ?2 \
         AND t.last_message_ms IS NOT NULL AND (t.last_message_ms, t.conversation_id) < (?3, ?4) AND ", wishes!(),
        " ORDER BY t.last_message_ms DESC, t.conversation_id DESC LIMIT ?5",
    ));
    MENTIONED = each(
        mentioned!("SELECT value FROM json_each(?1)", "SELECT value FROM json_each(?2)"),
        mentioned!("SELECT jsonb_array_elements_text(?1::text::jsonb)", "SELECT jsonb_array_elements_text(?2::text::jsonb)"),
    );
    OF_PERSON = each(
        of_person!("SELECT value FROM json_each(?1)", "SELECT value FROM json_each(?2)"),
        of_person!("SELECT jsonb_array_elements_text(?1::text::jsonb)", "SELECT jsonb_array_elements_text(?2::text::jsonb)"),
    );
    WAITING = both(concat!(
        "SELECT c.waiting_since_ms, c.id FROM conversations c WHERE c.widget_id = ?1 AND c.status = ?2 \
         AND c.waiting_since_ms IS NOT NULL AND (c.waiting_since_ms, c.id) > (?3, ?4) AND ", wishes!(),
        " ORDER BY c.waiting_since_ms, c.id LIMIT ?5",
    ));
}

const STATUSES: &[ConversationStatus] =
    &[ConversationStatus::Open, ConversationStatus::Snoozed, ConversationStatus::Resolved];
/// Entries that are read of a narrow list at once, at least: most of many narrow lists give nothing to a page.
const AT_ONCE: usize = 8;

/// Who asks.
pub(crate) struct Asking<'a> {
    pub(crate) agent_id: &'a str,
    pub(crate) is_everywhere: bool,
}

/// The next `most` places after `after`, in the order of the list.
pub(crate) fn places(
    tx: &mut Tx<'_>,
    asking: &Asking<'_>,
    query: &ConversationQuery,
    after: &Cursor,
    most: usize,
) -> Result<Vec<Cursor>, Refused> {
    let wishes = Wishes::of(asking, query);
    if asking.is_everywhere && query.widget_id.is_none() && query.statuses.is_empty() && wishes.are_none() {
        let rows = tx.all(&ALL, values![after.at_ms, &after.id, most])?;
        return Ok(rows
            .into_iter()
            .map(|mut row| Cursor { at_ms: row.number(0), id: row.text(1) })
            .collect());
    }
    let only = query.widget_id.as_deref().unwrap_or_default();
    let rows = tx.all(&WIDGETS, values![asking.agent_id, asking.is_everywhere, only])?;
    let widgets: Vec<String> = rows.into_iter().map(|mut row| row.text(0)).collect();
    let asked = |status: &&ConversationStatus| query.statuses.is_empty() || query.statuses.contains(status);
    let statuses: Vec<&str> = STATUSES.iter().filter(asked).map(|status| status.as_str()).collect();
    let narrow = |widget: &str, status: &str| Narrow::new(widget, status, after);
    let lists: Vec<Narrow> = if wishes.across_lists() {
        vec![narrow(&serde_json::json!(widgets).to_string(), &serde_json::json!(statuses).to_string())]
    } else {
        let pairs = widgets.iter().flat_map(|widget| statuses.iter().map(move |status| (widget, status)));
        pairs.map(|(widget, status)| narrow(widget, status)).collect()
    };
    merge(tx, &wishes, lists, most)
}

/// What is asked for beside widget and status; empty: nothing.
struct Wishes<'a> {
    assignee: &'a str,
    priority: Option<Priority>,
    tag: &'a str,
    mentioned: &'a str,
    person: &'a str,
    sort: Sort,
}

impl<'a> Wishes<'a> {
    fn of(asking: &Asking<'a>, query: &'a ConversationQuery) -> Wishes<'a> {
        Wishes {
            assignee: match &query.assignee {
                None => "",
                Some(Assignee::Nobody) => "none",
                Some(Assignee::Me) => asking.agent_id,
                Some(Assignee::Agent(id)) => id,
            },
            priority: query.priority,
            tag: query.tag.as_deref().unwrap_or_default(),
            mentioned: if query.mentions_me { asking.agent_id } else { "" },
            person: query.visitor_id.as_deref().unwrap_or_default(),
            sort: query.sort,
        }
    }

    fn are_none(&self) -> bool {
        let Wishes { assignee, priority, tag, mentioned, person, sort } = self;
        [assignee, tag, mentioned, person].iter().all(|wish| wish.is_empty())
            && priority.is_none()
            && *sort == Sort::Newest
    }

    /// Is what the index names few, on whatever widget and with whatever status?
    fn across_lists(&self) -> bool {
        self.sort == Sort::Newest && !(self.mentioned.is_empty() && self.person.is_empty())
    }

    /// The statement whose index leaves the least to pass over.
    fn statement(&self) -> &'static Sql {
        match self {
            Wishes { sort: Sort::LongestWaiting, .. } => &WAITING,
            Wishes { person: wish, .. } if !wish.is_empty() => &OF_PERSON,
            Wishes { mentioned: wish, .. } if !wish.is_empty() => &MENTIONED,
            Wishes { tag: wish, .. } if !wish.is_empty() => &TAGGED,
            Wishes { assignee: "none", priority: None | Some(Priority::Normal), .. } => &UNASSIGNED,
            Wishes { assignee: wish, .. } if !wish.is_empty() && *wish != "none" => &ASSIGNED,
            Wishes { priority: Some(Priority::Low | Priority::High | Priority::Urgent), .. } => &OF_PRIORITY,
            Wishes { .. } => &OF_STATUS,
        }
    }
}

/// One of the lists that are merged, as far as it was read.
struct Narrow {
    widget: String,
    status: String,
    read: VecDeque<Cursor>,
    last: Cursor,
    is_over: bool,
}

impl Narrow {
    fn new(widget: &str, status: &str, after: &Cursor) -> Narrow {
        let (widget, status) = (widget.to_owned(), status.to_owned());
        Narrow { widget, status, read: VecDeque::new(), last: after.clone(), is_over: false }
    }

    fn next(&mut self, tx: &mut Tx<'_>, wishes: &Wishes<'_>, most: usize) -> Result<Option<Cursor>, Refused> {
        if self.read.is_empty() && !self.is_over {
            let Wishes { assignee, priority, tag, mentioned, person, .. } = wishes;
            let priority = priority.map_or("", Priority::as_str);
            let (at_ms, id) = (self.last.at_ms, &self.last.id);
            let (widget, status) = (&self.widget, &self.status);
            let values =
                values![widget, status, at_ms, id, most, *assignee, priority, *tag, *mentioned, *person];
            let rows = tx.all(wishes.statement(), values)?;
            self.is_over = rows.len() < most;
            self.read =
                rows.into_iter().map(|mut row| Cursor { at_ms: row.number(0), id: row.text(1) }).collect();
            if let Some(last) = self.read.back() {
                self.last = last.clone();
            }
        }
        Ok(self.read.pop_front())
    }
}

/// A place that comes before others is greater.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Newest(Cursor),
    Oldest(Reverse<Cursor>),
}

impl Rank {
    fn of(place: Cursor, sort: Sort) -> Rank {
        match sort {
            Sort::Newest => Rank::Newest(place),
            Sort::LongestWaiting => Rank::Oldest(Reverse(place)),
        }
    }

    fn place(self) -> Cursor {
        match self {
            Rank::Newest(place) | Rank::Oldest(Reverse(place)) => place,
        }
    }
}

fn merge(
    tx: &mut Tx<'_>,
    wishes: &Wishes<'_>,
    mut lists: Vec<Narrow>,
    most: usize,
) -> Result<Vec<Cursor>, Refused> {
    let at_once = (2 * most / lists.len().max(1)).clamp(AT_ONCE.min(most), most);
    let mut heads = BinaryHeap::new();
    for (number, list) in lists.iter_mut().enumerate() {
        let head = list.next(tx, wishes, at_once)?;
        heads.extend(head.map(|place| (Rank::of(place, wishes.sort), number)));
    }
    let mut found = Vec::new();
    while found.len() < most
        && let Some((head, number)) = heads.pop()
    {
        found.push(head.place());
        if found.len() < most {
            let next = lists[number].next(tx, wishes, at_once)?;
            heads.extend(next.map(|place| (Rank::of(place, wishes.sort), number)));
        }
    }
    Ok(found)
}
