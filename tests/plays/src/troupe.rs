//! The troupe: everybody in a play, and what each line lets them do.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::future::select_all;
use rapport_core::directory::{Card, NewPerson, NewTenant, PersonPatch};
use rapport_core::policy::Policy;
use rapport_model::{Aor, OperatorScope, Scope, SipDomain, UserId};
use rapport_sip::{Method, StatusCode};
use rapport_testkit::client::{RequestId, bodies};
use tokio::time::{Instant, timeout_at};

use crate::eyes::current_version;
use crate::player::{Player, answer_has};
use crate::script::{Company, Line, Play};
use crate::stage::{Live, Stage};

const PASSWORD: &str = "a horse of 7 batteries";
/// How long an event may take. More than the half minute after which a lost announcement is made up for.
const PATIENCE: Duration = Duration::from_secs(70);
/// Longer than the server takes to look what is over.
const HOUSEKEEPING: Duration = Duration::from_secs(25 * 60);
/// Longer than any packet of the simulated network is under way.
const SETTLED: Duration = Duration::from_secs(3);

/// A play that went otherwise than it is written.
#[derive(Debug)]
pub struct Mishap {
    /// The line at which it did.
    pub line: usize,
    /// That line.
    pub text: String,
    /// What happened instead.
    pub what: String,
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, `{}`: {}", self.line, self.text, self.what)
    }
}

impl std::error::Error for Mishap {}

/// Performs a play.
///
/// # Errors
/// [`Mishap`]: the first line that went otherwise.
pub async fn perform<F: Live>(stage: Stage<F>, play: &Play) -> Result<(), Mishap> {
    let mut troupe = Troupe { stage, people: BTreeMap::new(), players: BTreeMap::new(), joined: 0 };
    let before = |what| Mishap { line: 0, text: play.title.clone(), what };
    for (number, company) in (1..).zip(&play.companies) {
        troupe.found(number, company).await.map_err(before)?;
    }
    for line in &play.steps {
        troupe.act(line).await.map_err(|what| Mishap { line: line.number, text: line.text.clone(), what })?;
    }
    Ok(())
}

struct Troupe<F: Live> {
    stage: Stage<F>,
    /// Everyone by address.
    people: BTreeMap<String, UserId>,
    /// Every program by the person's address and its own name.
    players: BTreeMap<String, Player>,
    joined: usize,
}

type Step = Result<(), String>;

impl<F: Live> Troupe<F> {
    async fn found(&mut self, number: usize, company: &Company) -> Step {
        let mut policy = Policy { account_password_sign_in: true, ..Policy::default() };
        let limits = &mut policy.limits;
        for (what, limit) in &company.limits {
            match what.as_str() {
                "contacts" => limits.contacts = *limit,
                "watchers" => limits.watchers = *limit,
                "endpoints" => limits.endpoints = *limit,
                "grace-days" => policy.address_grace_days = *limit,
                "deleted-days" => policy.keep_deleted_days = *limit,
                _ => return Err(format!("{what} has no limit")),
            }
        }
        let services = self.stage.services();
        let new = NewTenant {
            name: format!("company-{number}"),
            display_name: format!("Company {number}"),
            // All companies have the same: it may collide.
            netbios_name: "CORP".to_owned(),
            domains: vec![SipDomain::parse(&company.domain).map_err(text)?],
            policy,
        };
        let tenant = services.tenants.add(&operator(), new).await.map_err(text)?;
        let scope = operator().within(tenant.id);
        for name in &company.people {
            let address = format!("{}@{}", name.to_lowercase(), company.domain);
            let new = NewPerson {
                address: Aor::parse(&address).map_err(text)?,
                aliases: Vec::new(),
                sign_in_name: name.to_lowercase(),
                enabled: true,
                licensed: true,
                card: Card { display_name: format!("{name} of {}", company.domain), ..Card::default() },
            };
            let person = services.people.add(&scope, new, Some(PASSWORD)).await.map_err(text)?;
            self.people.insert(address, person.id);
        }
        Ok(())
    }

    async fn act(&mut self, line: &Line) -> Step {
        let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["operator", rest @ ..] => self.operate(rest).await,
            ["somebody", "of", people @ .., "receives", method] => self.expect_of_one(people, method).await,
            ["time", "passes", seconds, "s"] => {
                let seconds = seconds.parse().map_err(text)?;
                self.listen(Duration::from_secs(seconds)).await
            }
            [days, "days", "pass"] => {
                let days: u64 = days.parse().map_err(text)?;
                // Nobody's connection outlives so long a silence.
                self.players.clear();
                tokio::time::sleep(SETTLED).await;
                tokio::time::advance(Duration::from_secs(days * 24 * 60 * 60)).await;
                tokio::time::sleep(HOUSEKEEPING).await;
                Ok(())
            }
            [who, verb @ ..] => {
                let key = self.key(who)?;
                self.act_as(&key, verb, line).await
            }
            [] => Err("an empty line".to_owned()),
        }
    }

    async fn act_as(&mut self, key: &str, verb: &[&str], line: &Line) -> Step {
        match verb {
            ["signs", "in"] => self.sign_in(key, None, line).await,
            ["signs", "in", "as", address] => self.sign_in(key, Some(address), line).await,
            ["registers"] => self.register(key, None, line).await,
            ["registers", "as", address] => self.register(key, Some(address), line).await,
            ["comes", "back"] => {
                // The old connection stays open at this end, as that of a client whose network has changed.
                let old = self.players.remove(key).ok_or("it was not there")?;
                self.players.insert(format!("{key}#old"), old);
                self.sign_in(key, None, line).await?;
                self.until(&format!("{key}#old"), |player| (!player.connected).then_some(())).await
            }
            ["loses", "the", "connection"] => {
                self.players.remove(key).map(drop).ok_or_else(|| "it has no connection".to_owned())
            }
            ["is", "disconnected"] => {
                self.until(key, |player| (!player.connected).then_some(())).await?;
                self.players.remove(key);
                Ok(())
            }
            ["is", "disconnected", "within", seconds, "s"] => {
                let deadline = Instant::now() + Duration::from_secs(seconds.parse().map_err(text)?);
                while self.player(key)?.connected {
                    if !self.hear(deadline).await? {
                        return Err("it is connected".to_owned());
                    }
                }
                self.players.remove(key);
                Ok(())
            }
            [last_words @ .., "and", "signs", "out"] => {
                // In one breath: the server reads both at once.
                self.ask(key, last_words)?;
                let id = self.ask(key, &["signs", "out"])?;
                self.outcome(key, id, line).await?;
                self.players.remove(key);
                Ok(())
            }
            ["sees" | "knows" | "never" | "receives", ..] => self.expect(key, verb).await,
            ["answers" | "rings" | "declines" | "ignores", ..] => self.answer(key, verb),
            _ => {
                let id = self.ask(key, verb)?;
                if verb.first() == Some(&"invites") || verb.first() == Some(&"cancels") {
                    return Ok(());
                }
                let id = self.once_more(key, verb, id, line).await?;
                self.outcome(key, id, line).await?;
                if verb == ["signs", "out"] {
                    self.players.remove(key);
                }
                Ok(())
            }
        }
    }

    /// Publishes anew when the version was old and the line does not say so: notifications may come late, and a client
    /// that is told the current version goes on from it.
    async fn once_more(
        &mut self,
        key: &str,
        verb: &[&str],
        id: RequestId,
        line: &Line,
    ) -> Result<RequestId, String> {
        let has_version = matches!(
            verb,
            ["publishes", _, _]
                | ["blocks" | "unblocks", _]
                | ["puts", _, "into", _]
                | ["takes", _, "out", "of", _]
        );
        if line.outcome.is_some() || !has_version {
            return Ok(id);
        }
        let current = self
            .until(key, |player| match player.peek(id) {
                Some(response) if response.status == StatusCode::CONFLICT => {
                    Some(current_version(&response.body))
                }
                Some(_) => Some(None),
                None => None,
            })
            .await?;
        let Some(version) = current else { return Ok(id) };
        let person = verb.get(1).map(|who| self.address(who)).unwrap_or_default();
        let player = self.player(key)?;
        Ok(match verb {
            ["publishes", "note", note] => player.publish_note(note, Some(version)),
            ["publishes", "machine", state] => player.publish_machine(availability(state)?, Some(version)),
            ["publishes", _, state] => player.publish_state(availability(state)?, Some(version)),
            ["blocks", _] => player.set_member("add", &person, 32_000, Some(version)),
            ["unblocks", _] => player.set_member("remove", &person, 32_000, Some(version)),
            ["puts", .., container] => {
                player.set_member("add", &person, container.parse().map_err(text)?, Some(version))
            }
            [.., container] => {
                player.set_member("remove", &person, container.parse().map_err(text)?, Some(version))
            }
            [] => id,
        })
    }

    /// Lets a program ask something of the server.
    fn ask(&mut self, key: &str, verb: &[&str]) -> Result<RequestId, String> {
        let people = match verb {
            ["watches" | "polls", people @ ..] => people.iter().map(|who| self.address(who)).collect(),
            ["adds", person, "to", "contacts"]
            | ["removes", person, "from", "contacts"]
            | ["blocks" | "unblocks" | "invites", person]
            | ["puts", person, "into", _]
            | ["takes", person, "out", "of", _] => vec![self.address(person)],
            _ => Vec::new(),
        };
        let person = people.first().cloned().unwrap_or_default();
        let player = self.player(key)?;
        let delta = player.eyes.delta;
        let gone = || "there is no such conversation".to_owned();
        Ok(match verb {
            ["signs", "out"] => player.client.unregister(),
            ["refreshes"] => player.client.register(),
            ["watches", ..] => {
                let (id, call) = player.client.subscribe_presence(people.iter().map(String::as_str));
                player.watching = Some(call);
                id
            }
            ["polls", ..] => player.client.poll_presence(people.iter().map(String::as_str)),
            ["stops", "watching"] => {
                let call = player.watching.take().ok_or("it watches nobody")?;
                player.client.unsubscribe(&call, "presence").ok_or_else(gone)?
            }
            ["publishes", "state", state] => player.publish_state(availability(state)?, None),
            ["publishes", "state", state, "as", "version", version] => {
                player.publish_state(availability(state)?, Some(version.parse().map_err(text)?))
            }
            ["publishes", "machine", state] => player.publish_machine(availability(state)?, None),
            ["publishes", "note", note] => player.publish_note(note, None),
            ["blocks", _] => player.set_member("add", &person, 32_000, None),
            ["unblocks", _] => player.set_member("remove", &person, 32_000, None),
            ["puts", _, "into", container] => {
                player.set_member("add", &person, container.parse().map_err(text)?, None)
            }
            ["takes", _, "out", "of", container] => {
                player.set_member("remove", &person, container.parse().map_err(text)?, None)
            }
            ["adds", name, "to", "contacts"] => {
                player.client.change_contacts(bodies::set_contact(&person, name, "1", delta))
            }
            ["removes", _, "from", "contacts"] => {
                player.client.change_contacts(bodies::delete_contact(&person, delta))
            }
            ["adds", "group", name] => player.client.change_contacts(bodies::add_group(name, delta)),
            ["invites", _] => {
                let (id, call) = player.client.invite(&person);
                player.conversation = Some(call);
                player.inviting = Some(id);
                id
            }
            ["cancels"] => {
                let invite = player.inviting.ok_or("it invites nobody")?;
                player.client.cancel(invite).ok_or_else(gone)?
            }
            ["says", words] => {
                let call = player.talk()?;
                player.client.message(&call, words).ok_or_else(gone)?
            }
            ["says", content_type, words] => {
                let call = player.talk()?;
                let body = words.as_bytes().to_vec().into();
                player.client.message_of(&call, content_type, body).ok_or_else(gone)?
            }
            ["sends", method] => {
                let call = player.talk()?;
                let method = Method::parse(method).ok_or("that is no method")?;
                let request = player.client.within(&call, method).ok_or_else(gone)?;
                player.client.send(request)
            }
            ["types"] => {
                let call = player.talk()?;
                player.client.typing(&call, true).ok_or_else(gone)?
            }
            ["hangs", "up"] => {
                let call = player.talk()?;
                player.client.bye(&call).ok_or_else(gone)?
            }
            _ => return Err("there is no such word in the language of plays".to_owned()),
        })
    }

    /// Lets a program answer an invitation, or decide how it will.
    fn answer(&mut self, key: &str, verb: &[&str]) -> Step {
        let player = self.player(key)?;
        match verb {
            ["answers", "by", "hand"] => player.by_hand(),
            ["answers"] => {
                let invite = player.invitation()?;
                player.client.accept(&invite);
            }
            ["rings"] => {
                let invite = player.invitation()?;
                player.client.ring(&invite);
            }
            ["declines", status] => {
                let status =
                    StatusCode::from_u16(status.parse().map_err(text)?).ok_or("that is no status")?;
                let invite = player.invitation()?;
                player.client.answer_with(&invite, status);
            }
            ["ignores", "the", "cancel"] => player.ignore_cancel()?,
            _ => return Err("there is no such word in the language of plays".to_owned()),
        }
        Ok(())
    }

    async fn expect(&mut self, key: &str, verb: &[&str]) -> Step {
        match verb {
            ["sees", person, "as", state] => {
                let (person, wanted) = (self.address(person), availability(state)?);
                let came = self
                    .until(key, |player| (player.eyes.availability(&person) == Some(wanted)).then_some(()))
                    .await;
                let seen = self.player(key)?.eyes.availability(&person);
                came.map_err(|error| format!("{seen:?} is seen: {error}"))
            }
            ["sees", "nothing", "of", person] => {
                let person = self.address(person);
                self.until_told(key).await?;
                match self.player(key)?.eyes.availability(&person) {
                    None => Ok(()),
                    Some(seen) => Err(format!("{seen} is seen")),
                }
            }
            ["sees", "note", note, "of", person] => {
                let person = self.address(person);
                self.until(key, |p| p.eyes.category(&person, "note").contains(note).then_some(())).await
            }
            ["sees", "no", "note", "of", person] => {
                let person = self.address(person);
                self.until(key, |p| p.eyes.category(&person, "note").is_empty().then_some(())).await
            }
            ["never", "saw", person, "as", state] => {
                let (person, wanted) = (self.address(person), availability(state)?);
                self.until_told(key).await?;
                let seen = self.player(key)?.eyes.seen.get(&person).cloned().unwrap_or_default();
                if seen.contains(&wanted) { Err(format!("seen were {seen:?}")) } else { Ok(()) }
            }
            ["knows", "own", category, wanted] => {
                let wanted = self.filled(wanted);
                self.until(key, |p| p.eyes.own_contains(category, &wanted).then_some(())).await
            }
            ["knows", "version", version, "of", "container", container] => {
                let (version, id) = (version.parse().map_err(text)?, container.parse().map_err(text)?);
                self.until(key, |p| (p.eyes.container(id) == version).then_some(())).await
            }
            ["receives", "no", method] => {
                let method = Method::parse(method).ok_or("that is no method")?;
                self.until_told(key).await?;
                let came = self.player(key)?.has_request(&method);
                if came { Err("one has come".to_owned()) } else { Ok(()) }
            }
            ["receives", what, texts @ ..] => {
                let texts: Vec<String> = texts.iter().map(|text| self.filled(text)).collect();
                if let Ok(status) = what.parse() {
                    return self.until(key, |p| p.status(status, &texts).then_some(())).await;
                }
                let method = Method::parse(what).ok_or("that is no method")?;
                self.until(key, |p| p.request(&method, &texts).then_some(())).await
            }
            _ => Err("there is no such word in the language of plays".to_owned()),
        }
    }

    /// Waits until exactly one of these programs receives a request of that method.
    async fn expect_of_one(&mut self, people: &[&str], method: &str) -> Step {
        let method = Method::parse(method).ok_or("that is no method")?;
        let keys: Vec<String> = people.iter().map(|who| self.key(who)).collect::<Result<_, _>>()?;
        self.listen(SETTLED).await?;
        let mut came = 0;
        for key in &keys {
            came += usize::from(self.player(key)?.has_request(&method));
        }
        if came == 1 { Ok(()) } else { Err(format!("it came to {came} of them")) }
    }

    /// What an operator does with whole people, companies and addresses.
    async fn manage(&mut self, verb: &[&str]) -> Result<bool, String> {
        let services = self.stage.services().clone();
        match verb {
            ["can", "not", rest @ ..] => {
                if Box::pin(self.operate(rest)).await.is_ok() {
                    return Err("it was done".to_owned());
                }
            }
            ["deletes", who] => {
                let (scope, user) = self.person(who)?;
                services.people.delete(&scope, user).await.map_err(text)?;
            }
            ["removes", who, "for", "good"] => {
                let (scope, user) = self.person(who)?;
                services.people.remove(&scope, user).await.map_err(text)?;
            }
            ["restores", who] => {
                let (scope, user) = self.person(who)?;
                services.people.restore(&scope, user).await.map_err(text)?;
            }
            ["deletes", "the", "company", "of", who] => {
                let (scope, _) = self.person(who)?;
                services.tenants.delete(&scope).await.map_err(text)?;
            }
            ["restores", "the", "company", "of", who] => {
                let (scope, _) = self.person(who)?;
                services.tenants.restore(&scope).await.map_err(text)?;
            }
            ["releases", address, "of", who] => {
                let (scope, user) = self.person(who)?;
                let address = Aor::parse(address).map_err(text)?;
                services.people.release(&scope, user, &address).await.map_err(text)?;
            }
            ["moves", from, "to", to, "with", who] => {
                let (scope, _) = self.person(who)?;
                let (from, to) = (SipDomain::parse(from).map_err(text)?, SipDomain::parse(to).map_err(text)?);
                let moved = services.people.move_domain(&scope, &from, &to).await.map_err(text)?;
                if !moved.left.is_empty() {
                    return Err(format!("{:?} stay", moved.left));
                }
            }
            ["hires", address, "beside", who] => {
                let (scope, _) = self.person(who)?;
                let address = Aor::parse(address).map_err(text)?;
                let card = Card { display_name: "Somebody new".to_owned(), ..Card::default() };
                let new = NewPerson {
                    address: address.clone(),
                    aliases: Vec::new(),
                    sign_in_name: format!("{}.new", address.user()),
                    enabled: true,
                    licensed: true,
                    card,
                };
                let person = services.people.add(&scope, new, Some(PASSWORD)).await.map_err(text)?;
                self.people.insert(address.to_string(), person.id);
            }
            ["sets", "the", "password", "of", who] => {
                let (scope, user) = self.person(who)?;
                services.people.set_password(&scope, user, "a zebra of 8 batteries").await.map_err(text)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn operate(&mut self, verb: &[&str]) -> Step {
        if self.manage(verb).await? {
            return Ok(());
        }
        let set = |enabled, licensed| PersonPatch { enabled, licensed, ..PersonPatch::default() };
        let (patch, who) = match verb {
            ["disables", who] => (set(Some(false), None), who),
            ["enables", who] => (set(Some(true), None), who),
            ["unlicenses", who] => (set(None, Some(false)), who),
            ["licenses", who] => (set(None, Some(true)), who),
            ["renames", who, "to", address] => {
                let address = Some(Aor::parse(address).map_err(text)?);
                (PersonPatch { address, ..PersonPatch::default() }, who)
            }
            ["names", who, name] => {
                let card = Some(Card { display_name: (*name).to_owned(), ..Card::default() });
                (PersonPatch { card, ..PersonPatch::default() }, who)
            }
            ["gives", who, "the", "alias", alias] => {
                let aliases = Some(vec![Aor::parse(alias).map_err(text)?]);
                (PersonPatch { aliases, ..PersonPatch::default() }, who)
            }
            ["takes", "the", "aliases", "of", who] => {
                (PersonPatch { aliases: Some(Vec::new()), ..PersonPatch::default() }, who)
            }
            ["counts", number, "watchers", "of", who] => {
                let (scope, user) = self.person(who)?;
                let usage = self.stage.services().people.usage(&scope, user).await.map_err(text)?;
                let counted = usage.watchers.to_string();
                return if counted == *number { Ok(()) } else { Err(format!("there are {counted}")) };
            }
            _ => return Err("there is no such word in the language of plays".to_owned()),
        };
        let (scope, user) = self.person(who)?;
        self.stage.services().people.set(&scope, user, patch).await.map(drop).map_err(text)
    }

    async fn sign_in(&mut self, key: &str, address: Option<&str>, line: &Line) -> Step {
        self.register(key, address, line).await?;
        if line.outcome.as_ref().is_some_and(|(status, _)| *status != 200) {
            return Ok(());
        }
        let player = self.player(key)?;
        let asked = [
            player.client.subscribe_contacts(),
            player.client.fetch_provisioning(),
            player.client.subscribe_self(),
        ];
        for id in asked {
            self.accepted(key, id).await?;
        }
        let first = self.player(key)?.publish_first();
        self.accepted(key, first).await
    }

    async fn register(&mut self, key: &str, under: Option<&str>, line: &Line) -> Step {
        let (address, device) = key.split_once('/').unwrap_or((key, ""));
        let address = under.unwrap_or(address);
        let stream = self.stage.connect(self.joined).await.map_err(text)?;
        self.joined += 1;
        let mut player = Player::new(address, device, PASSWORD, self.stage.services().clock().wall(), stream);
        let id = player.client.register();
        self.players.insert(key.to_owned(), player);
        self.outcome(key, id, line).await
    }

    /// Waits for the answer that the line expects; for 200 where it says nothing.
    async fn outcome(&mut self, key: &str, id: RequestId, line: &Line) -> Step {
        let (status, texts) = line.outcome.clone().unwrap_or((200, Vec::new()));
        let texts: Vec<String> = texts.iter().map(|text| self.filled(text)).collect();
        let response = self.until(key, |player| player.answer(id)).await?;
        if response.status.as_u16() == status && answer_has(&response, &texts) {
            return Ok(());
        }
        let bytes = response.to_bytes();
        Err(format!("the answer is\n{}", String::from_utf8_lossy(&bytes)))
    }

    async fn accepted(&mut self, key: &str, id: RequestId) -> Step {
        let response = self.until(key, |player| player.answer(id)).await?;
        if response.status.is_success() {
            return Ok(());
        }
        let bytes = response.to_bytes();
        Err(format!("the answer is\n{}", String::from_utf8_lossy(&bytes)))
    }

    /// Lets everybody listen until `wanted` gives something of that player.
    async fn until<T>(
        &mut self,
        key: &str,
        mut wanted: impl FnMut(&mut Player) -> Option<T>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = wanted(self.player(key)?) {
                return Ok(found);
            }
            if !self.hear(deadline).await? {
                let player = self.player(key)?;
                let end = if player.connected { "" } else { "; the connection has ended" };
                return Err(format!("it did not come; there came: {}{end}", player.rest()));
            }
        }
    }

    /// Makes sure that what was on its way to a player has come.
    async fn until_told(&mut self, key: &str) -> Step {
        self.listen(SETTLED).await?;
        let id = self.player(key)?.client.fetch_provisioning();
        self.accepted(key, id).await
    }

    /// Lets everybody listen for so long.
    async fn listen(&mut self, time: Duration) -> Step {
        let deadline = Instant::now() + time;
        while self.hear(deadline).await? {}
        Ok(())
    }

    /// Lets everybody listen until somebody hears something, which is told, or it is too late.
    async fn hear(&mut self, deadline: Instant) -> Result<bool, String> {
        let listening: Vec<_> = self
            .players
            .values_mut()
            .filter(|player| player.connected)
            .map(|player| {
                Box::pin(async move {
                    let event = player.client.next_event().await;
                    (player, event)
                })
            })
            .collect();
        if listening.is_empty() {
            tokio::time::sleep_until(deadline).await;
            return Ok(false);
        }
        match timeout_at(deadline, select_all(listening)).await {
            Ok(((player, event), _, _)) => {
                player.take(event).map_err(|error| format!("{} finds that {error}", player.address))?;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    fn player(&mut self, key: &str) -> Result<&mut Player, String> {
        self.players.get_mut(key).ok_or_else(|| format!("{key} has not signed in"))
    }

    fn person(&self, who: &str) -> Result<(Scope, UserId), String> {
        let address = self.address(who);
        let user = *self.people.get(&address).ok_or_else(|| format!("there is no {address}"))?;
        Ok((operator().within(user.tenant), user))
    }

    /// The program that a name means: `Kim`, `Kim/laptop`, `Kim@rival.example`.
    fn key(&self, who: &str) -> Result<String, String> {
        let (person, device) = who.split_once('/').unwrap_or((who, ""));
        let address = self.address(person);
        if !self.people.contains_key(&address) {
            return Err(format!("there is no {address}"));
        }
        Ok(if device.is_empty() { address } else { format!("{address}/{device}") })
    }

    /// The address that a name means: that of the first company where somebody has that name.
    fn address(&self, who: &str) -> String {
        let name = who.to_lowercase();
        if name.contains('@') {
            return name;
        }
        let of_first =
            self.people.iter().filter(|(a, _)| a.split('@').next() == Some(&name)).min_by_key(|(_, u)| **u);
        of_first.map_or_else(|| format!("{name}@example.com"), |(address, _)| address.clone())
    }

    /// A text with the addresses of those whose names stand in it in braces.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            match behind.split_once('}') {
                // A name begins with a capital; other braces, such as those of RTF, are text.
                Some((name, after)) if name.starts_with(char::is_uppercase) => {
                    filled.push_str(&self.address(name));
                    rest = after;
                }
                _ => {
                    filled.push('{');
                    rest = behind;
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

fn availability(word: &str) -> Result<u32, String> {
    Ok(match word {
        "available" => 3500,
        "idle" => 5000,
        "busy" => 6500,
        "urgent-only" => 6900,
        "do-not-disturb" => 9500,
        "be-right-back" => 12_500,
        "away" => 15_500,
        "offline" => 18_500,
        number => number.parse().map_err(|_| format!("{number} is no availability"))?,
    })
}

fn operator() -> OperatorScope {
    OperatorScope::service("play")
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
