//! `/api/v1/access`: levels of access, and what each lets somebody see.

use axum::Json;
use axum::extract::State;
use rapport_core::directory::{self as core, PersonRef};
use rapport_core::presence::{
    CategoryName, Document, Member, MemberAction, MembershipChange, Selection, select, view,
};
use rapport_fabric::Fabric;
use rapport_model::{AccessLevel, ContainerId, Moment};
use rapport_service::presence::colleague as watcher_of;
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::guard::Agent;
use super::people::{card, colleague};
use super::types::{Level, PersonRef as Named, PhoneNumber, Presence};
use crate::agent::{Handle, Seen, id_of, person_ref};
use crate::extract::{Body, Names};
use crate::problem::Problem;

/// How often a lost race is redone.
const ATTEMPTS: u32 = 8;

/// A level of access.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessChange {
    /// Which.
    pub(crate) level: Level,
}

/// What somebody may see of the person, and so sees.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    /// The level.
    pub(crate) level: Level,
    /// Whether the person has chosen it for them.
    pub(crate) is_explicit: bool,
    /// "They see you like this."
    pub(crate) preview: Preview,
}

/// How somebody sees the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preview {
    /// The person's presence as they see it.
    pub(crate) presence: Presence,
    /// What they see at all: `availability`, `activity`, `note`, `contactCard`, `phones`, ….
    pub(crate) sees: Vec<String>,
    /// The telephone numbers that they see.
    pub(crate) phones: Vec<PhoneNumber>,
}

/// Those for whom the person has chosen a level.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessList {
    /// By level, the most trusted first.
    pub(crate) levels: Vec<LevelMembers>,
}

/// Those of one level.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LevelMembers {
    /// The level.
    pub(crate) level: Level,
    /// Who is in it by name.
    pub(crate) people: Vec<Named>,
}

/// Returns what somebody may see of the person.
#[utoipa::path(get, path = "/api/v1/people/{person}/access", tag = "access", operation_id = "getAccess",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 200, body = Access), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<Json<Access>, Problem> {
    let (user, _) = colleague(&web, &agent, &person).await?;
    let scope = agent.scope("access levels");
    let own = web.services.presence.own_document(&scope, agent.endpoint().user).await?;
    let who = web.services.person(&scope, user).await?;
    Ok(Json(access(&agent, &own, &who, web.services.clock().moment())))
}

/// Chooses what somebody may see of the person.
#[utoipa::path(put, path = "/api/v1/people/{person}/access", tag = "access", operation_id = "setAccess",
    params(("person" = String, Path, description = "the person's id or address")), request_body = AccessChange,
    responses((status = 200, body = Access), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
    Body(change): Body<AccessChange>,
) -> Result<Json<Access>, Problem> {
    let (user, _) = colleague(&web, &agent, &person).await?;
    set_level(&web, &agent, &PersonRef::Person(user), change.level).await?;
    let scope = agent.scope("access levels");
    let own = web.services.presence.own_document(&scope, agent.endpoint().user).await?;
    let who = web.services.person(&scope, user).await?;
    Ok(Json(access(&agent, &own, &who, web.services.clock().moment())))
}

/// Lists those for whom the person has chosen a level.
#[utoipa::path(get, path = "/api/v1/access", tag = "access", operation_id = "listAccess",
    responses((status = 200, body = AccessList), (status = 401, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
) -> Result<Json<AccessList>, Problem> {
    let scope = agent.scope("access levels");
    let own = web.services.presence.own_document(&scope, agent.endpoint().user).await?;
    let mut levels = Vec::new();
    for level in AccessLevel::ALL {
        let members = own.memberships.get(&level.container()).map(|membership| &membership.members);
        let mut people = Vec::new();
        for member in members.into_iter().flatten() {
            if let Member::User(who) = member {
                people.push(person_ref(&web.services, &scope, who).await?.0);
            }
        }
        levels.push(LevelMembers { level: level.into(), people });
    }
    Ok(Json(AccessList { levels }))
}

/// Puts somebody into a level, and out of all others. What they have anyhow is not chosen for them.
pub(super) async fn set_level<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    who: &PersonRef,
    level: Level,
) -> Result<(), Problem> {
    let (scope, user) = (agent.scope("access levels"), agent.endpoint().user);
    let PersonRef::Person(of) = who else { return Err(Problem::not_found("person")) };
    if *of == user {
        return Err(Problem::invalid("person", "is yourself"));
    }
    let person = match web.services.person(&scope, *of).await {
        Ok(person) => person,
        Err(Error::NotFound(_)) => return Err(Problem::not_found("person")),
        Err(error) => return Err(error.into()),
    };
    let wanted = AccessLevel::from(level);
    for _ in 0..ATTEMPTS {
        let own = web.services.presence.own_document(&scope, user).await?;
        let changes = changes(&own, &person, wanted);
        if changes.is_empty() {
            return Ok(());
        }
        match web.services.presence.set_container_members(&scope, user, &changes).await {
            Ok(announce) => {
                web.services.presence.announce(&scope, announce).await;
                return Ok(());
            }
            Err(Error::Versions(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable("the levels of access are changing too often".to_owned()).into())
}

/// What of the containers must change.
fn changes(own: &Document, person: &core::Person, wanted: AccessLevel) -> Vec<MembershipChange> {
    let member = Member::User(PersonRef::Person(person.id));
    let mut without = own.clone();
    for membership in without.memberships.values_mut() {
        membership.members.remove(&member);
    }
    let joins = (level_in(&without, person) != Some(wanted)).then(|| wanted.container());
    let mut changes = Vec::new();
    for container in AccessLevel::ALL.map(AccessLevel::container) {
        let membership = own.memberships.get(&container);
        let is_in = membership.is_some_and(|membership| membership.members.contains(&member));
        let action = match (is_in, joins == Some(container)) {
            (true, false) => MemberAction::Remove,
            (false, true) => MemberAction::Add,
            (true, true) | (false, false) => continue,
        };
        let version = membership.map_or(0, |membership| membership.version);
        changes.push(MembershipChange { container, version, members: vec![(action, member.clone())] });
    }
    changes
}

/// Returns what a person may see of whoever has that document.
pub(super) fn level_of(own: &Document, person: &core::Person) -> Level {
    level_in(own, person).map_or(Level::Public, Level::from)
}

fn level_in(own: &Document, person: &core::Person) -> Option<AccessLevel> {
    let container: ContainerId = select(own, &watcher_of(person), &CategoryName::state());
    AccessLevel::ALL.into_iter().find(|level| level.container() == container)
}

fn access(agent: &Handle, own: &Document, person: &core::Person, now: Moment) -> Access {
    let member = Member::User(PersonRef::Person(person.id));
    let levels = AccessLevel::ALL.map(AccessLevel::container);
    let is_explicit = levels.iter().any(|container| {
        own.memberships.get(container).is_some_and(|membership| membership.members.contains(&member))
    });
    let categories = ["contactCard", "note", "state"].map(CategoryName::new);
    let view = view(own, &Selection::of(own, &watcher_of(person), &categories));
    let presence = Seen::of(&view).presence(id_of(&PersonRef::Person(agent.endpoint().user)), now);
    let card = card(&view);
    let phones: Vec<PhoneNumber> = card
        .iter()
        .flat_map(|card| &card.phones)
        .map(|phone| PhoneNumber {
            kind: format!("{:?}", phone.kind).to_lowercase(),
            number: phone.number.clone(),
        })
        .collect();
    let level = level_of(own, person);
    let is_blocked = level == Level::Blocked;
    let sees = [
        ("name", true),
        ("availability", !is_blocked),
        ("activity", !matches!(level, Level::Blocked | Level::Public)),
        ("note", !matches!(level, Level::Blocked | Level::Public)),
        ("contactCard", card.is_some()),
        ("phones", !phones.is_empty()),
    ];
    let sees = sees.into_iter().filter(|(_, sees)| *sees).map(|(what, _)| what.to_owned()).collect();
    Access { level, is_explicit, preview: Preview { presence, sees, phones } }
}
