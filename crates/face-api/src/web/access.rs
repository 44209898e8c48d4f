//! `/api/v1/access`: levels of access, and what each lets somebody see.

use axum::Json;
use axum::extract::State;
use rapport_core::directory::{self as core, PersonRef};
use rapport_core::presence::{
    CategoryName, Document, Selection, changes_to, is_chosen, level_of, shown_at, view,
};
use rapport_fabric::Fabric;
use rapport_model::{AccessLevel, Moment};
use rapport_service::presence::colleague as watcher_of;
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::guard::Agent;
use super::people::{card, colleague, identity};
use super::types::{Level, LevelMembers, PhoneNumber, Presence};
use crate::agent::{Handle, Seen, id_of, levels};
use crate::extract::{Body, Names, word};
use crate::problem::Problem;

/// How often a lost race is redone.
const ATTEMPTS: u32 = 8;

/// A level of access.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessChange {
    /// Which.
    #[serde(deserialize_with = "word")]
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
    /// What they see at all: `name`, `mail`, `availability`, `activity`, `note`, `contactCard` (of which who has least sees
    /// the title, the company, the manager and the web page), `phones`, ….
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
    Ok(Json(AccessList { levels: levels(&web.services, &scope, &own).await? }))
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
        let changes = changes_to(&own, &watcher_of(&person), wanted);
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

fn access(agent: &Handle, own: &Document, person: &core::Person, now: Moment) -> Access {
    let watcher = watcher_of(person);
    let level = level_of(own, &watcher);
    let categories = ["contactCard", "note", "state"].map(CategoryName::new);
    let view = view(own, &Selection::of(own, &watcher, &categories));
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
    let shown = shown_at(level);
    let has_mail = identity(&view).is_some_and(|(_, mail)| !mail.is_empty());
    let sees = [
        ("name", true),
        ("mail", has_mail),
        ("availability", shown.availability),
        ("activity", shown.activity),
        ("note", shown.note),
        ("contactCard", card.is_some()),
        ("phones", !phones.is_empty()),
    ];
    let sees = sees.into_iter().filter(|(_, sees)| *sees).map(|(what, _)| what.to_owned()).collect();
    let is_explicit = is_chosen(own, &watcher.who);
    Access { level: level.into(), is_explicit, preview: Preview { presence, sees, phones } }
}
