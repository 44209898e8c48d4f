//! `/api/v1/groups`: contact groups.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_core::contacts::{ContactChange, ContactGroup, GroupId, MAX_GROUPS};
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_service::{Error, Wire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::contacts::{arrange, arranged, change};
use super::guard::Agent;
use super::types::Group;
use crate::agent::{Handle, groups};
use crate::extract::{Body, Names};
use crate::problem::Problem;

/// A group to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    /// Its name, of at most 256 octets and without control characters.
    #[schema(min_length = 1, max_length = 256, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    pub(crate) name: String,
}

/// What of a group is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupChange {
    /// Its name, of at most 256 octets and without control characters.
    #[schema(min_length = 1, max_length = 256, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// The groups in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupOrder {
    /// Their ids; those that are missing follow.
    #[schema(value_type = std::collections::BTreeSet<String>, max_items = 64)]
    pub(crate) ids: Vec<String>,
}

/// The groups of the contact list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupList {
    /// In order.
    pub(crate) groups: Vec<Group>,
}

/// Adds a group. One of that name that is there already is returned.
#[utoipa::path(post, path = "/api/v1/groups", tag = "contacts", operation_id = "addGroup", request_body = NewGroup,
    responses((status = 201, body = Group), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(new): Body<NewGroup>,
) -> Result<(StatusCode, Json<Group>), Problem> {
    let name = named(&new.name)?;
    let made = change(&web, &agent, None, |_| {
        let group = ContactGroup { name: name.into(), external_uri: "".into(), extension_xml: "".into() };
        Ok(ContactChange::AddGroup { group })
    })
    .await?;
    let id = made.ok_or_else(|| Problem::not_found("group"))?;
    Ok((StatusCode::CREATED, Json(one(&web, &agent, id).await?)))
}

/// Gives a group another name.
#[utoipa::path(patch, path = "/api/v1/groups/{id}", tag = "contacts", operation_id = "setGroup",
    params(("id" = String, Path, description = "the group's id")), request_body = GroupChange,
    responses((status = 200, body = Group), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(id): Names<String>,
    Body(new): Body<GroupChange>,
) -> Result<Json<Group>, Problem> {
    let id = number(&id)?;
    if let Some(name) = new.name {
        let name = named(&name)?;
        change(&web, &agent, None, |list| {
            let known = list.groups.get(&id).ok_or(Error::Refused(Refusal::UnknownGroup))?;
            let group = ContactGroup { name: name.into(), ..known.clone() };
            Ok(ContactChange::ModifyGroup { id, group })
        })
        .await?;
    }
    Ok(Json(one(&web, &agent, id).await?))
}

/// Removes a group; its contacts stay.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "contacts", operation_id = "removeGroup",
    params(("id" = String, Path, description = "the group's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(id): Names<String>,
) -> Result<StatusCode, Problem> {
    let id = number(&id)?;
    change(&web, &agent, None, |_| Ok(ContactChange::DeleteGroup { id })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the groups in order.
#[utoipa::path(put, path = "/api/v1/groups/order", tag = "contacts", operation_id = "orderGroups",
    request_body = GroupOrder,
    responses((status = 200, body = GroupList), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn order<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(order): Body<GroupOrder>,
) -> Result<Json<GroupList>, Problem> {
    if order.ids.len() > MAX_GROUPS as usize {
        return Err(Problem::invalid("ids", format!("has more than {MAX_GROUPS} entries")));
    }
    let list = web.services.contacts.list(&agent.scope("contacts"), agent.endpoint().user).await?.list;
    let mut ids = Vec::with_capacity(list.groups.len());
    for id in &order.ids {
        let id = number(id)?;
        if !list.groups.contains_key(&id) {
            return Err(Error::Refused(Refusal::UnknownGroup).into());
        }
        if ids.contains(&id) {
            return Err(Problem::invalid("ids", "has the same entry twice"));
        }
        ids.push(id);
    }
    let arranged = arrange(&web, &agent, |arranged| arranged.group_order.clone_from(&ids)).await?;
    Ok(Json(GroupList { groups: groups(&list, &arranged) }))
}

async fn one<F: Fabric<Message = Wire>>(web: &Web<F>, agent: &Handle, id: GroupId) -> Result<Group, Problem> {
    let scope = agent.scope("contacts");
    let list = web.services.contacts.list(&scope, agent.endpoint().user).await?.list;
    let arranged = arranged(web, agent).await?;
    let found = groups(&list, &arranged).into_iter().find(|group| group.id == id.to_string());
    found.ok_or_else(|| Error::Refused(Refusal::UnknownGroup).into())
}

/// Reads a name; `~` is the name of the group that is fixed.
fn named(name: &str) -> Result<&str, Problem> {
    match name.trim() {
        "~" => Err(Error::Refused(Refusal::GroupIsFixed).into()),
        name if name.chars().any(char::is_control) => {
            Err(Problem::invalid("name", "has characters that it can't have"))
        }
        name => Ok(name),
    }
}

pub(super) fn number(id: &str) -> Result<GroupId, Problem> {
    id.parse().map_err(|_| Error::Refused(Refusal::UnknownGroup).into())
}
