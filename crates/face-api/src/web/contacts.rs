//! `/api/v1/contacts`: the contact list.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_core::contacts::{Contact as Entry, ContactChange, ContactList, GroupId, MAX_GROUPS};
use rapport_core::directory::PersonRef;
use rapport_core::presence::CategoryName;
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::Aor;
use rapport_service::presence::Target;
use rapport_service::{Error, Wire};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Web;
use super::groups::number;
use super::guard::Agent;
use super::people::somebody;
use super::types::Contact;
use crate::agent::{ARRANGED, Arranged, CATEGORIES, Handle, contact_of, document, id_of, read_document};
use crate::extract::{Body, Names};
use crate::problem::Problem;

/// How often a lost race is redone.
const ATTEMPTS: u32 = 8;

/// A contact as it shall be; what isn't given stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContactSet {
    /// The groups that it is in; in none it is in the one that is fixed.
    #[schema(max_items = 64)]
    #[serde(default)]
    pub(crate) groups: Option<Vec<String>>,
    /// A name of the owner's own, of at most 256 octets and without control characters; empty for none.
    #[schema(max_length = 256, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    #[serde(default)]
    pub(crate) alias: Option<String>,
}

/// Whether a contact is marked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mark {
    /// Whether it is.
    pub(crate) is_favourite: bool,
}

/// Adds a contact, or changes one.
#[utoipa::path(put, path = "/api/v1/contacts/{person}", tag = "contacts", operation_id = "setContact",
    params(("person" = String, Path, description = "the person's id or address")), request_body = ContactSet,
    responses((status = 200, body = Contact), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
    Body(new): Body<ContactSet>,
) -> Result<Json<Contact>, Problem> {
    let (who, address) = entry(&web, &agent, &person, true).await?;
    let alias = new.alias.as_deref().map(str::trim);
    if alias.unwrap_or_default().chars().any(char::is_control) {
        return Err(Problem::invalid("alias", "has characters that it can't have"));
    }
    if new.groups.as_ref().is_some_and(|groups| groups.len() > MAX_GROUPS as usize) {
        return Err(Problem::invalid("groups", format!("has more than {MAX_GROUPS} entries")));
    }
    let groups = new.groups.map(|groups| groups.iter().map(|id| number(id)).collect());
    let groups: Option<Vec<GroupId>> = groups.transpose()?;
    change(&web, &agent, Some(&address), |list| {
        if groups.iter().flatten().any(|id| !list.groups.contains_key(id)) {
            return Err(Refusal::UnknownGroup.into());
        }
        let known = list.contacts.get(&who);
        let kept = |text: fn(&Entry) -> &Arc<str>| known.map(text).cloned().unwrap_or_default();
        let contact = Entry {
            alias: alias.map_or_else(|| kept(|known| &known.alias), Into::into),
            groups: groups.clone().or_else(|| known.map(|known| known.groups.clone())).unwrap_or_default(),
            subscribed: true,
            external_uri: kept(|known| &known.external_uri),
            extension_xml: kept(|known| &known.extension_xml),
        };
        Ok(ContactChange::Set { who: who.clone(), contact })
    })
    .await?;
    // Whoever is put on a list is told so, as by any program.
    let scope = agent.scope("contacts");
    let target = Target { address: Some(address), prompts: true };
    let categories: Arc<[CategoryName]> = CATEGORIES.iter().map(|name| CategoryName::new(name)).collect();
    web.services.presence.subscribe(&scope, &agent.watcher, &[target], &categories).await?;
    Ok(Json(shown(&web, &agent, &who).await?))
}

/// Removes a contact.
#[utoipa::path(delete, path = "/api/v1/contacts/{person}", tag = "contacts", operation_id = "removeContact",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<StatusCode, Problem> {
    let (who, address) = entry(&web, &agent, &person, false).await?;
    change(&web, &agent, Some(&address), |_| Ok(ContactChange::Delete { who: who.clone() })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a contact, or takes the mark away.
#[utoipa::path(put, path = "/api/v1/contacts/{person}/favourite", tag = "contacts", operation_id = "markContact",
    params(("person" = String, Path, description = "the person's id or address")), request_body = Mark,
    responses((status = 200, body = Contact), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn mark<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
    Body(Mark { is_favourite }): Body<Mark>,
) -> Result<Json<Contact>, Problem> {
    let (who, _) = entry(&web, &agent, &person, false).await?;
    let list = web.services.contacts.list(&agent.scope("contacts"), agent.endpoint().user).await?.list;
    arrange(&web, &agent, |arranged| {
        // Those who are no contacts any more are forgotten with the next mark.
        arranged.favourites.retain(|id| list.contacts.keys().any(|who| id_of(who) == *id));
        match is_favourite {
            true => arranged.favourites.insert(id_of(&who)),
            false => arranged.favourites.remove(&id_of(&who)),
        };
    })
    .await?;
    Ok(Json(shown(&web, &agent, &who).await?))
}

/// Finds who a contact is, and by which address: somebody of the company, or whoever stands on the list.
async fn entry<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    text: &str,
    adds: bool,
) -> Result<(PersonRef, Aor), Problem> {
    let found = somebody(web, agent, text).await;
    if adds && let Ok(found) = &found {
        return Ok(found.clone());
    }
    let list = web.services.contacts.list(&agent.scope("contacts"), agent.endpoint().user).await?;
    let who = match &found {
        Ok((who, _)) => Some(who.clone()),
        Err(_) => crate::agent::read_id(agent.endpoint().user.tenant, text),
    };
    let who = who.filter(|who| list.list.contacts.contains_key(who));
    let who = who.ok_or(if adds {
        Problem::not_found("person")
    } else {
        Error::Refused(Refusal::UnknownContact).into()
    })?;
    match list.addresses.get(&who) {
        Some(address) => Ok((who, address.clone())),
        None => Err(Problem::not_found("person")),
    }
}

/// Changes the list as it is, again when another program was faster; returns the id of a group that was added.
pub(super) async fn change<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    named: Option<&Aor>,
    make: impl Fn(&ContactList) -> Result<ContactChange, Error> + Send,
) -> Result<Option<GroupId>, Problem> {
    let (scope, user) = (agent.scope("contacts"), agent.endpoint().user);
    let contacts = &web.services.contacts;
    for _ in 0..ATTEMPTS {
        let list = contacts.list(&scope, user).await?.list;
        let change = make(&list)?;
        match contacts.apply(&scope, user, &change, named, list.delta).await {
            Ok(applied) => {
                contacts.announce(&scope, applied.announce).await;
                return Ok(applied.group);
            }
            Err(Error::Refused(Refusal::StaleDelta { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable("the contact list is changing too often".to_owned()).into())
}

/// Returns how the person has arranged the list.
pub(super) async fn arranged<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
) -> Result<Arranged, Problem> {
    Ok(document(&web.services, &agent.scope("contacts"), agent.endpoint().user, ARRANGED).await?)
}

/// Arranges the list otherwise.
pub(super) async fn arrange<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    otherwise: impl Fn(&mut Arranged),
) -> Result<Arranged, Problem> {
    let (scope, user) = (agent.scope("contacts"), agent.endpoint().user);
    for _ in 0..ATTEMPTS {
        let old = web.services.web_sessions.document(&scope, user, ARRANGED).await?;
        let mut arranged: Arranged = read_document(old.as_deref());
        otherwise(&mut arranged);
        let text = serde_json::to_string(&arranged).map_err(|error| Error::Internal(error.to_string()))?;
        let old = old.as_deref();
        if web.services.web_sessions.set_document(&scope, user, ARRANGED, old, text).await? {
            return Ok(arranged);
        }
    }
    Err(Error::Unavailable("the contact list is arranged too often".to_owned()).into())
}

async fn shown<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    who: &PersonRef,
) -> Result<Contact, Problem> {
    let scope = agent.scope("contacts");
    let list = web.services.contacts.list(&scope, agent.endpoint().user).await?.list;
    let contact = list.contacts.get(who).ok_or(Error::Refused(Refusal::UnknownContact))?;
    let arranged = arranged(web, agent).await?;
    Ok(contact_of(&web.services, &scope, who, contact, &arranged).await?)
}
