//! Who is alerted while a visitor waits: step by step, until somebody answers; and what is put down of those
//! whom an alert could not reach.

use crate::common::{NOW, World, browser, note, on_both_engines, refused, text};
use chat::{Agent, DueAlert, Outcome, Reached, Visitor};
use std::collections::HashSet;
use std::sync::Arc;
use wire::Refusal;
use wire::alert::{
    AddDevice, AlertKind, AlertRulesChange, ConsoleTrouble, Escalation, EscalationStep, ReportMissed, Way,
    Ways, Whom,
};
use wire::api::{AgentChange, ConversationChange, PostMessage};
use wire::availability::{AgentStatus, Day, OpenSpan, OpeningHours};
use wire::event::{AgentMessage, ConversationStatus};
use wire::limit::{ALERT_CLAIM_S, ALERT_READ_GRACE_S, ALERT_RETRY_S, MISSED_ALERTS_DAYS};
use wire::monitor::QueueKind;

on_both_engines!(
    a_waiting_visitor_is_told_of_at_once_then_by_push_then_by_mail,
    an_answer_ends_the_ladder_and_what_was_not_sent_yet,
    resolving_and_snoozing_end_the_ladder,
    who_has_read_gets_time_once_and_a_new_message_begins_anew,
    the_first_step_is_for_whose_conversation_it_is,
    a_conversation_whose_agent_answers_no_more_is_everybodys,
    a_ladder_is_an_owners_to_set_and_who_waits_goes_on_by_the_new_one,
    a_step_survives_the_server_and_is_done_by_one_of_two,
    a_clock_that_was_put_back_or_jumped_ahead_loses_no_step,
    do_not_disturb_holds_alerts_back_and_says_so,
    away_is_no_wish_for_silence_unless_it_was_said,
    a_mention_and_an_assignment_call_their_agent_and_nobody_else,
    what_could_not_be_delivered_is_kept_for_thirty_days,
    the_queue_of_alerts_says_what_waits_is_sent_and_was_given_up,
    what_waits_to_be_sent_goes_to_nobody_who_may_not_read_it_any_more,
    a_device_is_gone_when_its_push_service_says_so_or_its_agent_signs_out,
    alerts_of_an_erased_conversation_are_gone,
);

const S: u64 = 1_000;

/// An agent's browser takes pushes.
async fn device(world: &World, agent: &Agent, endpoint: &str) {
    world.chat.add_device(agent, browser(endpoint), NOW).await.unwrap();
}

/// The steps of this moment, and what is to be sent then: to whom and by which way.
async fn sent(world: &World, now_ms: u64) -> Vec<(String, Way)> {
    let due = due(world, now_ms, &[]).await;
    for alert in &due {
        world.chat.alert_done(alert, Outcome::Sent, now_ms).await.unwrap();
    }
    due.into_iter().map(|alert| (alert.agent_name, alert.way)).collect()
}

async fn due(world: &World, now_ms: u64, here: &[&Agent]) -> Vec<DueAlert> {
    let here: HashSet<String> = here.iter().map(|agent| agent.id.clone()).collect();
    world.chat.alert_steps(Arc::new(here), now_ms).await.unwrap();
    world.chat.due_alerts(now_ms).await.unwrap()
}

fn ben_by(way: Way) -> Vec<(String, Way)> {
    vec![("Ben".to_owned(), way)]
}

async fn reasons(world: &World, agent: &Agent, now_ms: u64) -> Vec<String> {
    let missed = world.chat.own_alerts(agent, now_ms).await.unwrap().3;
    missed.into_iter().map(|missed| missed.reason).collect()
}

/// Ana waits for Ben, whose browser takes pushes.
async fn ana_waits(world: &World) -> (Agent, Visitor, String) {
    let ben = world.ben().await;
    device(world, &ben, "ben").await;
    let ana = world.ana().await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Is it back?").await;
    (ben, ana, id)
}

async fn set_state(world: &World, agent: &Agent, id: &str, change: ConversationChange) {
    world.chat.change_conversation(agent, id, change, NOW).await.unwrap();
}

async fn a_waiting_visitor_is_told_of_at_once_then_by_push_then_by_mail(world: World) {
    let (_ben, ana, id) = ana_waits(&world).await;
    let first = due(&world, NOW, &[]).await;
    assert_eq!(first.len(), 1, "{first:?}");
    let alert = &first[0];
    assert_eq!(
        (alert.way, alert.kind, alert.visitor_name.as_str()),
        (Way::Push, AlertKind::Unassigned, "Ana")
    );
    assert_eq!((alert.words.as_deref(), alert.conversation_id.as_str()), (Some("Is it back?"), id.as_str()));
    world.chat.alert_done(alert, Outcome::Sent, NOW).await.unwrap();
    // What she adds meanwhile is part of the same waiting.
    world.chat.visitor_post(&ana, &id, text("Hello?"), NOW + 60 * S).await.unwrap();
    assert_eq!(sent(&world, NOW + 119 * S).await, []);
    assert_eq!(sent(&world, NOW + 120 * S).await, ben_by(Way::Push));
    assert_eq!(sent(&world, NOW + 299 * S).await, []);
    assert_eq!(sent(&world, NOW + 300 * S).await, ben_by(Way::Mail));
    assert_eq!(sent(&world, NOW + 900 * S).await, ben_by(Way::Mail));
    assert_eq!(sent(&world, NOW + 90_000 * S).await, []);
}

async fn an_answer_ends_the_ladder_and_what_was_not_sent_yet(world: World) {
    let (ben, _ana, id) = ana_waits(&world).await;
    // Due, and claimed by nobody yet.
    world.chat.alert_steps(Arc::default(), NOW).await.unwrap();
    world.chat.agent_post(&ben, &id, note("She asks every week"), NOW).await.unwrap();
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push), "a note is no answer");
    world.chat.alert_steps(Arc::default(), NOW + 120 * S).await.unwrap();
    world.answers(&ben, &id, "Since Monday").await;
    assert_eq!(sent(&world, NOW + 120 * S).await, []);
    assert_eq!(sent(&world, NOW + 1_000 * S).await, []);
}

async fn resolving_and_snoozing_end_the_ladder(world: World) {
    let (ben, ana, id) = ana_waits(&world).await;
    let resolved = ConversationChange { status: Some(ConversationStatus::Resolved), ..Default::default() };
    set_state(&world, &ben, &id, resolved).await;
    assert_eq!(sent(&world, NOW + 1_000 * S).await, []);
    world.says(&ana, &id, "Not at all").await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    let until = Some("2026-11-23T10:00:00Z".to_owned());
    set_state(&world, &ben, &id, ConversationChange { snoozed_until: until, ..Default::default() }).await;
    assert_eq!(sent(&world, NOW + 1_000 * S).await, []);
}

async fn who_has_read_gets_time_once_and_a_new_message_begins_anew(world: World) {
    let (ben, ana, id) = ana_waits(&world).await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    let last = world.says(&ana, &id, "Please").await;
    let read_ms = NOW + 100 * S;
    world.chat.agent_reached(&ben, &id, &last.id, Reached::Read, read_ms).await.unwrap();
    let grace_ms = read_ms + ALERT_READ_GRACE_S * S;
    assert_eq!(sent(&world, grace_ms - 1).await, []);
    assert_eq!(sent(&world, grace_ms).await, ben_by(Way::Push));
    let again = world.chat.visitor_post(&ana, &id, text("Hello?"), grace_ms).await.unwrap().0;
    assert_eq!(sent(&world, grace_ms).await, ben_by(Way::Push));
    assert_eq!(sent(&world, grace_ms + 119 * S).await, []);
    assert_eq!(sent(&world, grace_ms + 120 * S).await, ben_by(Way::Push));
    world.chat.agent_reached(&ben, &id, &again.id, Reached::Read, grace_ms + 121 * S).await.unwrap();
}

async fn the_first_step_is_for_whose_conversation_it_is(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![widget]).await;
    let dora = world.colleague(&ben, "Dora", Vec::new()).await;
    for (agent, endpoint) in [(&ben, "ben"), (&carol, "carol"), (&dora, "dora")] {
        device(&world, agent, endpoint).await;
    }
    let ana = world.ana().await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    let names = |sent: Vec<(String, Way)>| {
        let mut names: Vec<String> = sent.into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    assert_eq!(names(sent(&world, NOW).await), ["Ben", "Carol"], "nobody's: all who answer there");
    world.answers(&ben, &id, "Hello").await;
    let given = ConversationChange { assignee_id: Some(Some(carol.id.clone())), ..Default::default() };
    set_state(&world, &carol, &id, given).await;
    world.says(&ana, &id, "And now?").await;
    assert_eq!(names(sent(&world, NOW).await), ["Carol"]);
    assert_eq!(names(sent(&world, NOW + 120 * S).await), ["Ben", "Carol"]);
    sent(&world, NOW + 300 * S).await;
    assert_eq!(names(sent(&world, NOW + 900 * S).await), ["Ben"], "owners");
}

async fn a_conversation_whose_agent_answers_no_more_is_everybodys(world: World) {
    let (ben, ana, id) = ana_waits(&world).await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![widget]).await;
    device(&world, &carol, "carol").await;
    let given = ConversationChange { assignee_id: Some(Some(carol.id.clone())), ..Default::default() };
    set_state(&world, &carol, &id, given).await;
    assert_eq!(sent(&world, NOW).await, [("Carol".to_owned(), Way::Push)], "it is hers");
    world.answers(&ben, &id, "Carol will know").await;
    let elsewhere = AgentChange { widgets: Some(Vec::new()), ..AgentChange::default() };
    world.chat.change_agent(&ben, &carol.id, elsewhere, NOW).await.unwrap();
    world.says(&ana, &id, "And?").await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    world.answers(&ben, &id, "A moment").await;
    world.chat.remove_agent(&ben, &carol.id, NOW).await.unwrap();
    world.says(&ana, &id, "Please").await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
}

async fn a_ladder_is_an_owners_to_set_and_who_waits_goes_on_by_the_new_one(world: World) {
    let (ben, _ana, _id) = ana_waits(&world).await;
    let carol = world.carol(&ben).await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let step = |after_s, ways: &[Way]| EscalationStep { after_s, whom: Whom::Members, ways: ways.to_vec() };
    let wanted = Escalation { steps: vec![step(30, &[Way::Mail, Way::Mail]), step(10, &[Way::Push])] };
    let set = world.chat.set_escalation(&carol, &widget, wanted.clone()).await;
    assert_eq!(refused(set), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.escalation(&carol, &widget).await), Refusal::NotAllowed);
    assert_eq!(
        refused(world.chat.set_escalation(&ben, "wgt_0", wanted.clone()).await),
        Refusal::UnknownEntry
    );
    let bad = Escalation { steps: vec![step(30, &[])] };
    assert_eq!(refused(world.chat.set_escalation(&ben, &widget, bad).await), Refusal::InvalidField);
    let late = Escalation { steps: vec![step(86_401, &[Way::Push])] };
    assert_eq!(refused(world.chat.set_escalation(&ben, &widget, late).await), Refusal::InvalidField);
    let kept = world.chat.set_escalation(&ben, &widget, wanted).await.unwrap();
    assert_eq!(kept.steps, [step(10, &[Way::Push]), step(30, &[Way::Mail])]);
    assert_eq!(world.chat.escalation(&ben, &widget).await.unwrap(), kept);
    assert_eq!(sent(&world, NOW + 9 * S).await, []);
    assert_eq!(sent(&world, NOW + 10 * S).await, ben_by(Way::Push));
    assert_eq!(sent(&world, NOW + 30 * S).await, ben_by(Way::Mail));
    world.chat.set_escalation(&ben, &widget, Escalation { steps: Vec::new() }).await.unwrap();
    let eve = world.eve().await;
    let id = world.conversation(&eve).await;
    world.says(&eve, &id, "Hello").await;
    assert_eq!(sent(&world, NOW + 1_000 * S).await, []);
}

async fn a_step_survives_the_server_and_is_done_by_one_of_two(mut world: World) {
    let (_ben, _ana, _id) = ana_waits(&world).await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    world.reopen().await;
    let both = tokio::join!(
        world.chat.alert_steps(Arc::default(), NOW + 120 * S),
        world.chat.alert_steps(Arc::default(), NOW + 120 * S)
    );
    both.0.unwrap();
    both.1.unwrap();
    let both = tokio::join!(world.chat.due_alerts(NOW + 120 * S), world.chat.due_alerts(NOW + 120 * S));
    let mut claimed = [both.0.unwrap(), both.1.unwrap()].concat();
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    // Whoever claimed it died: after the claim somebody else does it.
    world.reopen().await;
    assert_eq!(due(&world, NOW + 121 * S, &[]).await, []);
    let again = due(&world, NOW + (120 + ALERT_CLAIM_S) * S, &[]).await;
    claimed[0].attempts = 2;
    assert_eq!(again, claimed);
}

async fn a_clock_that_was_put_back_or_jumped_ahead_loses_no_step(world: World) {
    let (_ben, _ana, _id) = ana_waits(&world).await;
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    // An hour back: from then on as long as it would have been.
    let back_ms = NOW - 3_600 * S;
    assert_eq!(sent(&world, back_ms).await, []);
    assert_eq!(sent(&world, back_ms + 119 * S).await, []);
    assert_eq!(sent(&world, back_ms + 120 * S).await, ben_by(Way::Push));
    // A day ahead: what was due in between comes one after the other.
    let ahead_ms = NOW + 86_400 * S;
    assert_eq!(sent(&world, ahead_ms).await, ben_by(Way::Mail));
    assert_eq!(sent(&world, ahead_ms).await, ben_by(Way::Mail));
    assert_eq!(sent(&world, ahead_ms).await, []);
}

async fn do_not_disturb_holds_alerts_back_and_says_so(world: World) {
    let (ben, ana, id) = ana_waits(&world).await;
    let quiet = |until: Option<&str>| AlertRulesChange {
        quiet_until: Some(until.map(str::to_owned)),
        ..Default::default()
    };
    let past = world.chat.change_alert_rules(&ben, quiet(Some("2026-11-22T09:00:00Z")), NOW).await;
    assert_eq!(refused(past), Refusal::InvalidField);
    world.chat.change_alert_rules(&ben, quiet(Some("2026-11-22T10:54:00Z")), NOW).await.unwrap();
    assert_eq!(sent(&world, NOW).await, []);
    assert!(reasons(&world, &ben, NOW).await[0].contains("Do not disturb"));
    assert!(world.chat.own_alerts(&ben, NOW).await.unwrap().1);
    assert_eq!(sent(&world, NOW + 120 * S).await, ben_by(Way::Push), "it is over");
    // Sundays, by the clock of Madrid, an hour before.
    let span = OpenSpan { day: Day::Sun, from: "11:00".into(), to: "12:30".into() };
    let hours = OpeningHours { zone: "Europe/Madrid".into(), days: vec![span] };
    let change =
        AlertRulesChange { quiet_until: Some(None), quiet_hours: Some(Some(hours)), ..Default::default() };
    world.chat.change_alert_rules(&ben, change, NOW).await.unwrap();
    world.answers(&ben, &id, "Yes").await;
    world.says(&ana, &id, "Thanks. And the other?").await;
    assert_eq!(sent(&world, NOW).await, []);
    // Of two at one moment either may stand first.
    let reasons = reasons(&world, &ben, NOW).await;
    assert!(reasons.iter().any(|reason| reason.contains("hours")), "{reasons:?}");
    assert_eq!(sent(&world, NOW + 3_600 * S).await, ben_by(Way::Push), "after half past twelve");
}

async fn away_is_no_wish_for_silence_unless_it_was_said(world: World) {
    let (ben, ana, id) = ana_waits(&world).await;
    world.chat.set_status(&ben, AgentStatus::Away).await.unwrap();
    assert_eq!(sent(&world, NOW).await, ben_by(Way::Push));
    let change = AlertRulesChange { away_is_quiet: Some(true), ..Default::default() };
    world.chat.change_alert_rules(&ben, change, NOW).await.unwrap();
    assert_eq!(sent(&world, NOW + 120 * S).await, []);
    assert!(reasons(&world, &ben, NOW).await[0].contains("away"));
    // What is switched off is a wish, and no failure.
    world.chat.set_status(&ben, AgentStatus::Online).await.unwrap();
    let off = Ways { sound: false, desktop: false, push: false, mail: false };
    let change = AlertRulesChange { unassigned: Some(off), hide_words: Some(true), ..Default::default() };
    world.chat.change_alert_rules(&ben, change, NOW).await.unwrap();
    assert_eq!(sent(&world, NOW + 300 * S).await, []);
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 1);
    let mine = ConversationChange { assignee_id: Some(Some(ben.id.clone())), ..Default::default() };
    set_state(&world, &ben, &id, mine).await;
    world.answers(&ben, &id, "Yes").await;
    world.says(&ana, &id, "My card number is…").await;
    let alerts = due(&world, NOW, &[]).await;
    assert_eq!((alerts.len(), alerts[0].words.as_deref()), (1, None), "the words are hidden");
}

async fn a_mention_and_an_assignment_call_their_agent_and_nobody_else(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![widget]).await;
    device(&world, &ben, "ben").await;
    device(&world, &carol, "carol").await;
    let ana = world.ana().await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    sent(&world, NOW).await;
    let called = PostMessage { mentions: vec![carol.id.clone()], ..note("@Carol, please look") };
    let _: (AgentMessage, bool) = world.chat.agent_post(&ben, &id, called, NOW).await.unwrap();
    let alerts = due(&world, NOW, &[]).await;
    let seen: Vec<_> =
        alerts.iter().map(|a| (a.agent_name.as_str(), a.kind, a.caller.as_deref(), a.way)).collect();
    assert_eq!(seen, [("Carol", AlertKind::Mention, Some("Ben"), Way::Push)]);
    world.chat.alert_done(&alerts[0], Outcome::Sent, NOW).await.unwrap();
    let given = ConversationChange { assignee_id: Some(Some(carol.id.clone())), ..Default::default() };
    set_state(&world, &ben, &id, given).await;
    // Ben answers in between: who was called by name is told all the same.
    world.answers(&ben, &id, "A moment").await;
    let mut seen = sent(&world, NOW).await;
    seen.sort();
    assert_eq!(seen, [("Carol".to_owned(), Way::Push), ("Carol".to_owned(), Way::Mail)]);
    let taken = ConversationChange { assignee_id: Some(Some(ben.id.clone())), ..Default::default() };
    set_state(&world, &ben, &id, taken).await;
    assert_eq!(sent(&world, NOW).await, [], "whoever takes it knows");
}

async fn what_could_not_be_delivered_is_kept_for_thirty_days(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    let ana = world.ana().await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    assert_eq!(due(&world, NOW, &[&ben]).await, [], "an open console alerts by itself");
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 0);
    assert_eq!(due(&world, NOW + 120 * S, &[&ben]).await, []);
    assert_eq!(reasons(&world, &ben, NOW).await, ["No browser of theirs takes pushes."]);
    let mail = due(&world, NOW + 300 * S, &[]).await.remove(0);
    let later_ms = NOW + 330 * S;
    world.chat.alert_done(&mail, Outcome::Again(later_ms, "450".into()), NOW).await.unwrap();
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 1, "it may still arrive");
    let mail = due(&world, later_ms, &[]).await.remove(0);
    assert_eq!(mail.attempts, 2);
    world.chat.alert_done(&mail, Outcome::Missed("The mail server said no: 550.".into()), NOW).await.unwrap();
    let report = |conversation_id: &str| ReportMissed {
        conversation_id: conversation_id.to_owned(),
        kind: AlertKind::Mine,
        trouble: ConsoleTrouble::Silent,
    };
    world.chat.report_missed(&ben, report(&id), NOW + 400 * S).await.unwrap();
    assert_eq!(
        refused(world.chat.report_missed(&carol, report(&id), NOW).await),
        Refusal::UnknownConversation
    );
    let all = world.chat.missed_alerts(&ben, NOW).await.unwrap();
    let seen: Vec<_> = all.iter().map(|m| (m.agent_name.as_str(), m.visitor_name.as_str(), m.way)).collect();
    assert_eq!(seen, [("Ben", "Ana", Way::Sound), ("Ben", "Ana", Way::Mail), ("Ben", "Ana", Way::Push)]);
    assert_eq!(refused(world.chat.missed_alerts(&carol, NOW).await), Refusal::NotAllowed);
    assert_eq!(reasons(&world, &carol, NOW).await.len(), 0);
    let month_ms = NOW + 200 * S + MISSED_ALERTS_DAYS * 86_400_000;
    world.chat.forget_old_alerts(month_ms).await.unwrap();
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 2, "the push is too old");
}

async fn the_queue_of_alerts_says_what_waits_is_sent_and_was_given_up(world: World) {
    let (ben, ..) = ana_waits(&world).await;
    let carol = world.carol(&ben).await;
    let chat = &world.chat;
    let stands = |now_ms: u64| {
        let ben = ben.clone();
        async move {
            let (queues, _) = chat.queues(&ben, now_ms).await.unwrap();
            let alerts = queues.into_iter().find(|queue| queue.kind == QueueKind::Alerts).unwrap();
            (alerts.waiting, alerts.sending, alerts.retrying, alerts.dead, alerts.oldest_ms)
        }
    };
    assert_eq!(stands(NOW).await, (0, 0, 0, 0, None));
    let push = due(&world, NOW, &[]).await.remove(0);
    assert_eq!(stands(NOW + S).await, (1, 1, 0, 0, Some(S)), "under way");
    chat.alert_done(&push, Outcome::Again(NOW + 60 * S, "503".into()), NOW).await.unwrap();
    assert_eq!(stands(NOW + 2 * S).await, (1, 0, 1, 0, Some(2 * S)));
    assert_eq!(due(&world, NOW + 3 * S, &[]).await, []);
    assert_eq!(refused(chat.retry_queue(&carol, "alerts", NOW).await), Refusal::NotAllowed);
    chat.retry_queue(&ben, "alerts", NOW + 3 * S).await.unwrap();
    let push = due(&world, NOW + 3 * S, &[]).await.remove(0);
    chat.alert_done(&push, Outcome::Missed("The push service said no: 400.".into()), NOW).await.unwrap();
    assert_eq!(stands(NOW + 4 * S).await, (0, 0, 0, 1, None));
    assert_eq!(refused(chat.dead_alerts(&carol, NOW).await), Refusal::NotAllowed);
    let dead = chat.dead_alerts(&ben, NOW + 4 * S).await.unwrap();
    assert_eq!((dead.len(), dead[0].reason.as_str()), (1, "The push service said no: 400."));
    let ids = vec![dead[0].id.clone()];
    assert_eq!(refused(chat.retry_dead_alerts(&carol, ids.clone(), NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(chat.drop_dead_alerts(&carol, ids.clone()).await), Refusal::NotAllowed);
    // As a new one, which has its hour.
    let later_ms = NOW + 100 * S;
    chat.retry_dead_alerts(&ben, ids.clone(), later_ms).await.unwrap();
    chat.drop_dead_alerts(&ben, ids.clone()).await.unwrap();
    let push = due(&world, later_ms, &[]).await.remove(0);
    assert_eq!((push.attempts, push.give_up_ms), (1, later_ms + ALERT_RETRY_S * S));
    chat.alert_done(&push, Outcome::Missed("Still no.".into()), NOW).await.unwrap();
    chat.drop_dead_alerts(&ben, ids).await.unwrap();
    assert_eq!(stands(later_ms).await, (0, 0, 0, 0, None));
}

async fn what_waits_to_be_sent_goes_to_nobody_who_may_not_read_it_any_more(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![widget]).await;
    let dora = world.colleague(&ben, "Dora", Vec::new()).await;
    device(&world, &ben, "ben").await;
    device(&world, &carol, "carol").await;
    let ana = world.ana().await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "My card number is…").await;
    world.chat.alert_steps(Arc::default(), NOW).await.unwrap();
    // Neither push was sent yet: Dora signs in at Ben's computer, and Carol is taken off the widget.
    device(&world, &dora, "ben").await;
    let elsewhere = AgentChange { widgets: Some(Vec::new()), ..AgentChange::default() };
    world.chat.change_agent(&ben, &carol.id, elsewhere, NOW).await.unwrap();
    assert_eq!(world.chat.due_alerts(NOW).await.unwrap(), []);
    assert_eq!(reasons(&world, &ben, NOW).await, ["The browser takes no pushes any more."]);
    assert!(reasons(&world, &carol, NOW).await.is_empty(), "she is not told of it at all");
}

async fn a_device_is_gone_when_its_push_service_says_so_or_its_agent_signs_out(world: World) {
    let (ben, _ana, _id) = ana_waits(&world).await;
    let devices = async |agent: &Agent| world.chat.own_alerts(agent, NOW).await.unwrap().2;
    let alert = due(&world, NOW, &[]).await.remove(0);
    world.chat.alert_done(&alert, Outcome::Gone("its push service said 410".into()), NOW).await.unwrap();
    assert_eq!(devices(&ben).await, []);
    assert_eq!(reasons(&world, &ben, NOW).await, ["its push service said 410"]);
    device(&world, &ben, "ben").await;
    let carol = world.carol(&ben).await;
    let own = devices(&ben).await.remove(0);
    assert_eq!(refused(world.chat.remove_device(&carol, &own.id).await), Refusal::UnknownEntry);
    assert_eq!(refused(world.chat.subscription(&carol, &own.id).await), Refusal::UnknownEntry);
    // Carol signs in at Ben's computer.
    device(&world, &carol, "ben").await;
    assert_eq!((devices(&ben).await.len(), devices(&carol).await.len()), (0, 1));
    world.chat.logout(&carol).await.unwrap();
    assert_eq!(devices(&carol).await, []);
    let wrong = AddDevice { p256dh: "AAAA".into(), ..browser("x") };
    assert_eq!(refused(world.chat.add_device(&ben, wrong, NOW).await), Refusal::InvalidField);
}

async fn alerts_of_an_erased_conversation_are_gone(world: World) {
    let (ben, ana, _id) = ana_waits(&world).await;
    let change =
        AlertRulesChange { quiet_until: Some(Some("2026-11-23T10:00:00Z".into())), ..Default::default() };
    world.chat.change_alert_rules(&ben, change, NOW).await.unwrap();
    sent(&world, NOW).await;
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 1);
    world.chat.erase(Some(&ben), &ana.id, NOW).await.unwrap();
    while world.chat.erase_step(NOW).await.unwrap() {}
    assert_eq!(reasons(&world, &ben, NOW).await.len(), 0);
    assert_eq!(sent(&world, NOW + 1_000 * S).await, []);
}
