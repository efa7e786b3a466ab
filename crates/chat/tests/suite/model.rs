//! A naive chat in memory, and the real one beside it: through a random sequence of verbs both
//! give the same answers, and clients that only replay events end where the pages are.
//!
//! The sequence follows from a seed, which every failure names.

use crate::common::{NOW, World, on_both_engines};
use chat::{Agent, PageQuery, Reached, Visitor};
use std::collections::HashMap;
use testkit::dice::Dice;
use testkit::replay;
use wire::Refusal;
use wire::api::{AgentPage, ConversationChange, PostMessage, VisitorPage};
use wire::event::{ConversationStatus, MessageKind};

on_both_engines!(random_verbs_do_what_a_naive_chat_does);

const SEEDS: u64 = 4;
const VERBS: usize = 250;

async fn random_verbs_do_what_a_naive_chat_does(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    world.colleague(&ben, "Dora", vec![widget]).await;
    world.carol(&ben).await;
    for seed in 1..=SEEDS {
        Run::new(&world, seed).await.go().await;
    }
}

/// A message as the naive chat keeps it.
struct Said {
    id: String,
    sender: String,
    client_id: String,
    words: String,
    kind: MessageKind,
    seq: u64,
    visitor_seq: Option<u64>,
    /// Its text was changed, or it was taken back: a retry is then not compared.
    changed: bool,
    gone: bool,
}

#[derive(Default)]
struct Naive {
    owner: usize,
    status: ConversationStatus,
    seq: u64,
    visitor_seq: u64,
    said: Vec<Said>,
    joined: Vec<String>,
    /// By reader: seq read in the agents' counter, and in the visitors'; then the same of what was delivered.
    read: HashMap<String, (u64, u64)>,
    delivered: HashMap<String, (u64, u64)>,
}

impl Naive {
    fn next(&mut self, shown: bool) -> (u64, Option<u64>) {
        self.seq += 1;
        self.visitor_seq += u64::from(shown);
        (self.seq, shown.then_some(self.visitor_seq))
    }

    /// Ok: id of the earlier message with this client id, if there is one.
    fn post(&mut self, sender: &str, is_agent: bool, post: &PostMessage) -> Result<Option<String>, Refusal> {
        let client_id = post.client_id.clone().unwrap();
        let before = self.said.iter().find(|said| said.sender == sender && said.client_id == client_id);
        if let Some(before) = before {
            let same = (before.changed || before.words == post.message) && before.kind == post.kind;
            return if same { Ok(Some(before.id.clone())) } else { Err(Refusal::ClientIdReused) };
        }
        if is_agent && post.kind == MessageKind::Text {
            self.join(sender);
        }
        let (seq, visitor_seq) = self.next(post.kind == MessageKind::Text);
        self.said.push(Said {
            id: String::new(),
            sender: sender.into(),
            client_id,
            words: post.message.clone(),
            kind: post.kind,
            seq,
            visitor_seq,
            changed: false,
            gone: false,
        });
        if !is_agent {
            self.set_status(ConversationStatus::Open);
        }
        Ok(None)
    }

    fn set_status(&mut self, status: ConversationStatus) {
        if self.status != status {
            let shown = self.status.for_visitor() != status.for_visitor();
            self.status = status;
            self.next(shown);
        }
    }

    fn leave(&mut self, agent: &str) {
        if self.joined.iter().any(|joined| joined == agent) {
            self.joined.retain(|joined| joined != agent);
            self.next(true);
        }
    }

    fn find(&self, message_id: &str, is_agent: bool) -> Option<usize> {
        self.said.iter().position(|said| said.id == message_id && (is_agent || said.visitor_seq.is_some()))
    }

    fn join(&mut self, agent: &str) {
        if !self.joined.iter().any(|joined| joined == agent) {
            self.joined.push(agent.into());
            self.next(true);
        }
    }

    fn reached(
        &mut self,
        reader: &str,
        is_agent: bool,
        message_id: &str,
        reached: Reached,
    ) -> Result<(), Refusal> {
        let to = self.find(message_id, is_agent).ok_or(Refusal::UnknownMessage)?;
        let to_seq = self.said[to].seq;
        let texts = self.said.iter().filter(|said| said.seq <= to_seq);
        let upto = texts.filter_map(|said| said.visitor_seq).max().unwrap_or(0);
        let read = *self.read.get(reader).unwrap_or(&(0, 0));
        let delivered = *self.delivered.get(reader).unwrap_or(&(0, 0));
        let from = if reached == Reached::Read { read } else { delivered };
        if to_seq <= from.0 {
            return Ok(());
        }
        let further = |(seq, shown): (u64, u64)| (seq.max(to_seq), shown.max(upto));
        self.delivered.insert(reader.into(), further(delivered));
        if reached == Reached::Read {
            self.read.insert(reader.into(), further(read));
        }
        let shown = upto > delivered.1 || (reached == Reached::Read && upto > read.1);
        self.next(shown);
        Ok(())
    }
}

/// A client that never fetches a page again.
struct Replayed {
    visitor: VisitorPage,
    agent: AgentPage,
}

struct Run<'a> {
    world: &'a World,
    seed: u64,
    dice: Dice,
    visitors: Vec<Visitor>,
    /// Ben, Dora, and Carol who has no access.
    agents: Vec<Agent>,
    ids: Vec<String>,
    naive: Vec<Naive>,
    replayed: Vec<Replayed>,
}

impl<'a> Run<'a> {
    async fn new(world: &'a World, seed: u64) -> Run<'a> {
        let mut agents = Vec::new();
        for name in ["ben", "dora", "carol"] {
            agents.push(world.sign_in(name).await);
        }
        let visitors = vec![world.ana().await, world.eve().await];
        let mut run = Run {
            world,
            seed,
            dice: Dice::new(seed),
            visitors,
            agents,
            ids: Vec::new(),
            naive: Vec::new(),
            replayed: Vec::new(),
        };
        for owner in [0, 0, 1] {
            run.start(owner).await;
        }
        run
    }

    /// A number below `below`.
    fn pick(&mut self, below: usize) -> usize {
        usize::try_from(self.dice.below(below as u64)).unwrap()
    }

    async fn start(&mut self, owner: usize) {
        let id = self.world.conversation(&self.visitors[owner]).await;
        let all = PageQuery { limit: Some(200), ..PageQuery::default() };
        let visitor = self.world.chat.visitor_page(&self.visitors[owner], &id, all).await.unwrap();
        let agent = self.world.chat.agent_page(&self.agents[0], &id, all).await.unwrap();
        self.ids.push(id);
        self.naive.push(Naive { owner, ..Naive::default() });
        self.replayed.push(Replayed { visitor, agent });
    }

    async fn go(mut self) {
        for step in 0..VERBS {
            self.world.changes.lock().clear();
            let conversation = self.pick(self.ids.len());
            match self.pick(17) {
                0..3 => self.visitor_posts(conversation, step).await,
                3..6 => self.agent_posts(conversation, step).await,
                6 => self.agent_joins(conversation).await,
                7 | 8 => self.visitor_reads(conversation).await,
                9 | 10 => self.agent_reads(conversation).await,
                11 => self.agent_leaves(conversation).await,
                12 => self.status_changes(conversation).await,
                13 => self.somebody_edits(conversation, step).await,
                14 => self.somebody_takes_back(conversation).await,
                _ => self.somebody_reacts(conversation).await,
            }
            for fact in self.world.facts() {
                let of = self.ids.iter().position(|id| *id == fact.conversation_id).unwrap();
                replay::agent(&mut self.replayed[of].agent, fact.for_agents(self.world.chat.links()));
                if let Some(event) = fact.for_visitor(self.world.chat.links()) {
                    replay::visitor(&mut self.replayed[of].visitor, event);
                }
            }
            self.compare(conversation, step).await;
        }
    }

    /// Client ids come from a small pool, so that retries and mix-ups happen.
    fn post(&mut self, kind: MessageKind) -> PostMessage {
        let (client_id, words) = (self.pick(40), self.pick(2));
        let client_id = Some(format!("c{client_id}"));
        PostMessage { message: format!("words {words}"), client_id, kind, ..PostMessage::default() }
    }

    /// Sometimes quotes a text.
    fn quoting(&mut self, at: usize, kind: MessageKind) -> PostMessage {
        let texts: Vec<_> = self.naive[at].said.iter().filter(|said| said.visitor_seq.is_some()).collect();
        let ids: Vec<String> = texts.into_iter().map(|said| said.id.clone()).collect();
        let quoted = self.pick(3 * (ids.len() + 1));
        PostMessage { reply_to: ids.get(quoted).cloned(), ..self.post(kind) }
    }

    async fn visitor_posts(&mut self, at: usize, step: usize) {
        let who = self.pick(2);
        let (post, visitor) = (self.quoting(at, MessageKind::Text), self.visitors[who].clone());
        let expected = match self.naive[at].owner == who {
            true => self.naive[at].post(&visitor.id, false, &post),
            false => Err(Refusal::UnknownConversation),
        };
        let answer = self.world.chat.visitor_post(&visitor, &self.ids[at], post, NOW + step as u64).await;
        let answer = answer.map(|(message, created)| (message.id, created)).map_err(|r| r.refusal);
        self.posted(at, step, expected, answer);
    }

    async fn agent_posts(&mut self, at: usize, step: usize) {
        let who = self.pick(3);
        let kind = [MessageKind::Text, MessageKind::Note][self.pick(2)];
        let (post, agent) = (self.quoting(at, kind), self.agents[who].clone());
        let expected = match who {
            0 | 1 => self.naive[at].post(&agent.id, true, &post),
            _ => Err(Refusal::UnknownConversation),
        };
        let answer = self.world.chat.agent_post(&agent, &self.ids[at], post, NOW + step as u64).await;
        let answer = answer.map(|(message, created)| (message.id, created)).map_err(|r| r.refusal);
        self.posted(at, step, expected, answer);
    }

    fn posted(
        &mut self,
        at: usize,
        step: usize,
        expected: Result<Option<String>, Refusal>,
        answer: Result<(String, bool), Refusal>,
    ) {
        match (expected, answer) {
            (Ok(None), Ok((id, true))) => self.naive[at].said.last_mut().unwrap().id = id,
            (Ok(Some(before)), Ok((id, false))) => assert_eq!(before, id),
            (Err(expected), Err(refusal)) => assert_eq!(expected, refusal),
            (expected, answer) => panic!("seed {}, step {step}: {expected:?}, but {answer:?}", self.seed),
        }
    }

    async fn agent_joins(&mut self, at: usize) {
        let who = self.pick(3);
        let answer =
            self.world.chat.agent_join(&self.agents[who], &self.ids[at], &self.agents[who].id, NOW).await;
        assert_eq!(answer.is_ok(), who < 2);
        if who < 2 {
            let id = self.agents[who].id.clone();
            self.naive[at].join(&id);
        }
    }

    /// Mostly a message of this conversation, sometimes of another.
    fn some_message(&mut self, at: usize) -> String {
        let from = if self.pick(8) == 0 { self.pick(self.ids.len()) } else { at };
        let count = self.naive[from].said.len();
        let message = self.pick(count + 1);
        self.naive[from].said.get(message).map_or("msg_none".to_owned(), |said| said.id.clone())
    }

    fn reached(&mut self) -> Reached {
        [Reached::Delivered, Reached::Read][self.pick(2)]
    }

    async fn visitor_reads(&mut self, at: usize) {
        let (who, reached) = (self.pick(2), self.reached());
        let (message_id, visitor) = (self.some_message(at), self.visitors[who].clone());
        let expected = match self.naive[at].owner == who {
            true => self.naive[at].reached(&visitor.id, false, &message_id, reached),
            false => Err(Refusal::UnknownConversation),
        };
        let answer =
            self.world.chat.visitor_reached(&visitor, &self.ids[at], &message_id, reached, NOW).await;
        assert_eq!(answer.map_err(|r| r.refusal), expected, "seed {}", self.seed);
    }

    async fn agent_reads(&mut self, at: usize) {
        let (who, reached) = (self.pick(3), self.reached());
        let (message_id, agent) = (self.some_message(at), self.agents[who].clone());
        let expected = match who {
            0 | 1 => self.naive[at].reached(&agent.id, true, &message_id, reached),
            _ => Err(Refusal::UnknownConversation),
        };
        let answer = self.world.chat.agent_reached(&agent, &self.ids[at], &message_id, reached, NOW).await;
        assert_eq!(answer.map_err(|r| r.refusal), expected, "seed {}", self.seed);
    }

    async fn agent_leaves(&mut self, at: usize) {
        let who = self.pick(2);
        let id = self.agents[who].id.clone();
        self.world.chat.agent_leave(&self.agents[who], &self.ids[at], &id, NOW).await.unwrap();
        self.naive[at].leave(&id);
    }

    async fn status_changes(&mut self, at: usize) {
        let status = [ConversationStatus::Open, ConversationStatus::Resolved][self.pick(2)];
        let change = ConversationChange { status: Some(status), ..ConversationChange::default() };
        let who = self.pick(3);
        let answer = self.world.chat.change_conversation(&self.agents[who], &self.ids[at], change, NOW).await;
        assert_eq!(answer.is_ok(), who < 2);
        if who < 2 {
            self.naive[at].set_status(status);
        }
    }

    async fn somebody_edits(&mut self, at: usize, step: usize) {
        let (message_id, words) = (self.some_message(at), format!("other words {}", self.pick(2)));
        let owner = self.naive[at].owner;
        let (visitor, ben) = (self.visitors[owner].clone(), self.agents[0].clone());
        let by_visitor = self.pick(2) == 0;
        let now = NOW + step as u64;
        let (id, answer) = match by_visitor {
            true => {
                let edit = self.world.chat.visitor_edit(&visitor, &message_id, words.clone(), now).await;
                (&visitor.id, edit.map(|message| message.message))
            }
            false => {
                let edit = self.world.chat.agent_edit(&ben, &message_id, words.clone(), now).await;
                (&ben.id, edit.map(|message| message.message))
            }
        };
        let Some((at, found)) = self.locate(&message_id, by_visitor.then_some(owner)) else {
            assert_eq!(answer.map_err(|r| r.refusal), Err(Refusal::UnknownMessage));
            return;
        };
        let said = &mut self.naive[at].said[found];
        let expected = match () {
            () if said.sender != *id => Err(Refusal::NotAllowed),
            () if said.gone => Err(Refusal::MessageGone),
            () => Ok(words.clone()),
        };
        if expected.is_ok() && said.words != words {
            said.words.clone_from(&words);
            said.changed = true;
            let shown = said.visitor_seq.is_some();
            self.naive[at].next(shown);
        }
        assert_eq!(answer.map_err(|r| r.refusal), expected, "seed {}, step {step}", self.seed);
    }

    async fn somebody_takes_back(&mut self, at: usize) {
        // Mostly nobody does, or nothing would be left.
        if self.pick(3) > 0 {
            return;
        }
        let message_id = self.some_message(at);
        let owner = self.naive[at].owner;
        let (visitor, dora) = (self.visitors[owner].clone(), self.agents[1].clone());
        let by_visitor = self.pick(2) == 0;
        let (id, answer) = match by_visitor {
            true => (&visitor.id, self.world.chat.visitor_delete(&visitor, &message_id, NOW).await),
            false => (&dora.id, self.world.chat.agent_delete(&dora, &message_id, NOW).await),
        };
        let Some((at, found)) = self.locate(&message_id, by_visitor.then_some(owner)) else {
            assert_eq!(answer.map_err(|r| r.refusal), Err(Refusal::UnknownMessage));
            return;
        };
        let said = &mut self.naive[at].said[found];
        let expected = if said.sender == *id { Ok(()) } else { Err(Refusal::NotAllowed) };
        if expected.is_ok() && !said.gone {
            said.words.clear();
            (said.changed, said.gone) = (true, true);
            let shown = said.visitor_seq.is_some();
            self.naive[at].next(shown);
        }
        assert_eq!(answer.map_err(|r| r.refusal), expected, "seed {}", self.seed);
    }

    /// The replaying clients prove what became of the emoji.
    async fn somebody_reacts(&mut self, at: usize) {
        let (message_id, on) = (self.some_message(at), self.pick(3) > 0);
        let emoji = ["👍", "❤️"][self.pick(2)];
        let owner = self.naive[at].owner;
        let (visitor, ben) = (self.visitors[owner].clone(), self.agents[0].clone());
        let by_visitor = self.pick(2) == 0;
        let answer = match by_visitor {
            true => self.world.chat.visitor_react(&visitor, &message_id, emoji, on, NOW).await.map(|_| ()),
            false => self.world.chat.agent_react(&ben, &message_id, emoji, on, NOW).await.map(|_| ()),
        };
        let expected = match self.locate(&message_id, by_visitor.then_some(owner)) {
            None => Err(Refusal::UnknownMessage),
            Some((at, found)) if self.naive[at].said[found].gone => Err(Refusal::MessageGone),
            Some(_) => Ok(()),
        };
        assert_eq!(answer.map_err(|r| r.refusal), expected, "seed {}", self.seed);
        for fact in self.world.facts() {
            let of = self.ids.iter().position(|id| *id == fact.conversation_id).unwrap();
            self.naive[of].next(fact.visitor_seq.is_some());
        }
    }

    /// In which conversation, and where: for a visitor only in their own.
    fn locate(&self, message_id: &str, visitor: Option<usize>) -> Option<(usize, usize)> {
        let mine = |naive: &&Naive| visitor.is_none_or(|owner| naive.owner == owner);
        let all = self.naive.iter().enumerate();
        all.filter(|(_, naive)| mine(naive))
            .find_map(|(at, naive)| naive.find(message_id, visitor.is_none()).map(|found| (at, found)))
    }

    /// The pages are what the naive chat has, and what replaying clients have.
    async fn compare(&self, at: usize, step: usize) {
        let (naive, id, seed) = (&self.naive[at], &self.ids[at], self.seed);
        let all = PageQuery { limit: Some(200), ..PageQuery::default() };
        let owner = &self.visitors[naive.owner];
        let visitor = self.world.chat.visitor_page(owner, id, all).await.unwrap();
        let agent = self.world.chat.agent_page(&self.agents[1], id, all).await.unwrap();
        assert_eq!(visitor, self.replayed[at].visitor, "seed {seed}, step {step}");
        assert_eq!(agent, self.replayed[at].agent, "seed {seed}, step {step}");
        assert_eq!((agent.seq, visitor.seq), (naive.seq, naive.visitor_seq), "seed {seed}, step {step}");
        let said: Vec<_> = naive.said.iter().map(|said| (said.id.as_str(), said.seq)).collect();
        let page: Vec<_> = agent.messages.iter().map(|message| (message.id.as_str(), message.seq)).collect();
        assert_eq!(page, said, "seed {seed}, step {step}");
        let joined: Vec<_> = agent.conversation.agents.iter().map(|face| face.id.clone()).collect();
        assert_eq!(joined, naive.joined, "seed {seed}, step {step}");
        for receipt in &agent.receipts {
            let read = naive.read.get(&receipt.reader_id).map_or(0, |read| read.0);
            assert_eq!(read, receipt.read_seq, "seed {seed}, step {step}");
            assert_eq!(
                naive.delivered[&receipt.reader_id].0, receipt.delivered_seq,
                "seed {seed}, step {step}"
            );
        }
    }
}
