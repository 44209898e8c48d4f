//! `/api/v1/people`: who somebody is, and what is seen of them.

use axum::Json;
use axum::extract::State;
use rapport_core::directory::{Card, PersonRef, PhoneKind};
use rapport_core::presence::{CategoryName, Value, View, level_of};
use rapport_fabric::Fabric;
use rapport_model::{Aor, UserId};
use rapport_service::presence::{Target, Watched, colleague as watcher_of};
use rapport_service::{Error, Wire};
use serde::Deserialize;

use super::Web;
use super::guard::Agent;
use super::types::{FoundPeople, FoundPerson, Person, PhoneNumber, Presence};
use crate::agent::{CATEGORIES, Handle, Seen, address_of, id_of, person_ref, read_id};
use crate::extract::{Asked, Names};
use crate::problem::Problem;

/// People that are found unless another number is asked for.
const FOUND: usize = 20;

/// Returns somebody's contact card, as far as the person may see it.
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "people", operation_id = "getPerson",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 200, body = Person), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<Json<Person>, Problem> {
    let (user, address) = colleague(&web, &agent, &person).await?;
    let scope = agent.scope("contact card");
    let view = look(&web, &agent, &address).await?;
    let known = web.services.person(&scope, user).await?;
    let shown = card(&view);
    // Whoever may not see the address book's data sees a name.
    let (card, given_name, surname, manager) = match shown {
        Some(card) => {
            let manager = match known.card.manager {
                Some(manager) => Some(person_ref(&web.services, &scope, &PersonRef::Person(manager)).await?),
                None => None,
            };
            let manager = manager.filter(|(_, gone)| !gone).map(|(manager, _)| manager);
            (card, known.card.given_name.clone(), known.card.surname.clone(), manager)
        }
        None => (Card::default(), String::new(), String::new(), None),
    };
    let (display_name, mail) =
        identity(&view).unwrap_or_else(|| (known.card.display_name.clone(), String::new()));
    let own = web.services.presence.own_document(&scope, agent.endpoint().user).await?;
    Ok(Json(Person {
        id: id_of(&PersonRef::Person(user)),
        address: address.to_string(),
        display_name,
        given_name,
        surname,
        title: card.title,
        department: card.department,
        company: card.company,
        office: card.office,
        mail,
        web_page: card.web_page,
        phones: card
            .phones
            .iter()
            .map(|phone| PhoneNumber { kind: kind(phone.kind).to_owned(), number: phone.number.clone() })
            .collect(),
        manager,
        access_level: level_of(&own, &watcher_of(&known)).into(),
    }))
}

/// What is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Looked {
    q: String,
    limit: Option<u16>,
}

/// Finds people of the company by any part of name, address, phone, title or department, as it is typed: contacts first,
/// then names that begin so. Nothing typed finds nobody.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", operation_id = "findPeople",
    params(("q" = String, Query, description = "what was typed; its first 100 characters are looked at"),
        ("limit" = Option<u16>, Query, maximum = 65535, description = "how many at most; 20 unless given, and never more than 100")),
    responses((status = 200, body = FoundPeople), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(crate) async fn find<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Asked(looked): Asked<Looked>,
) -> Result<Json<FoundPeople>, Problem> {
    let scope = agent.scope("find people");
    let asker = agent.endpoint().user;
    let limit = looked.limit.map_or(FOUND, usize::from);
    // That there are more must not tell of somebody who isn't shown.
    let listing = web.services.address_book.find(&scope, asker, &looked.q, limit.max(FOUND)).await?;
    let targets: Vec<Target> = listing
        .people
        .iter()
        .map(|(person, _)| Target { address: Some(person.address.clone()), prompts: false })
        .collect();
    let categories = CATEGORIES.map(CategoryName::new);
    let seen = web.services.presence.poll(&scope, &agent.watcher.watcher, &targets, &categories).await?;
    let mut people = Vec::with_capacity(listing.people.len());
    for ((person, is_contact), seen) in listing.people.iter().zip(seen) {
        // Whoever was deleted since isn't there to be found.
        let Watched::Active { first, .. } = seen else { continue };
        let who = PersonRef::Person(person.id);
        let shown = card(&first.view).unwrap_or_default();
        if !listing.shows(person, &shown) {
            continue;
        }
        people.push(FoundPerson {
            id: id_of(&who),
            address: person.address.to_string(),
            display_name: person.card.display_name.clone(),
            title: shown.title,
            department: shown.department,
            is_contact: *is_contact,
            presence: Seen::of(&first.view).presence(id_of(&who), web.services.clock().moment()),
        });
    }
    let more = listing.more || people.len() > limit;
    people.truncate(limit);
    Ok(Json(FoundPeople { people, more }))
}

/// Returns what is seen of somebody now.
#[utoipa::path(get, path = "/api/v1/people/{person}/presence", tag = "people", operation_id = "getPresence",
    params(("person" = String, Path, description = "the person's id or address")),
    responses((status = 200, body = Presence), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn presence<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Names(person): Names<String>,
) -> Result<Json<Presence>, Problem> {
    let (user, address) = colleague(&web, &agent, &person).await?;
    let view = look(&web, &agent, &address).await?;
    Ok(Json(Seen::of(&view).presence(id_of(&PersonRef::Person(user)), web.services.clock().moment())))
}

async fn look<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    address: &Aor,
) -> Result<View, Problem> {
    let target = Target { address: Some(address.clone()), prompts: false };
    let categories = CATEGORIES.map(CategoryName::new);
    let scope = agent.scope("look");
    let mut seen = web.services.presence.poll(&scope, &agent.watcher.watcher, &[target], &categories).await?;
    match seen.pop() {
        Some(Watched::Active { first, .. }) => Ok(first.view.clone()),
        Some(Watched::Unknown | Watched::Foreign | Watched::TooMany { .. }) | None => {
            Err(Problem::not_found("person"))
        }
    }
}

/// The card with what the address book has, as far as a view shows it.
pub(super) fn card(view: &View) -> Option<Card> {
    let cards = view.categories.iter().filter(|category| category.name.as_str() == "contactCard");
    cards.flat_map(|category| &category.instances).find_map(|(_, _, value)| match value {
        Value::AddressBook(card) => Some(Card::clone(card)),
        _ => None,
    })
}

/// The name and the mail address, as far as a view shows them.
pub(super) fn identity(view: &View) -> Option<(String, String)> {
    let cards = view.categories.iter().filter(|category| category.name.as_str() == "contactCard");
    cards.flat_map(|category| &category.instances).find_map(|(_, _, value)| match value {
        Value::Identity { display_name, mail } => Some((display_name.to_string(), mail.to_string())),
        _ => None,
    })
}

const fn kind(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Work => "work",
        PhoneKind::Mobile => "mobile",
        PhoneKind::Home => "home",
        PhoneKind::Other => "other",
    }
}

/// Finds somebody of the company by id or address. Nobody, and somebody of another company, are one answer.
pub(super) async fn colleague<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    text: &str,
) -> Result<(UserId, Aor), Problem> {
    match somebody(web, agent, text).await? {
        (PersonRef::Person(user), address) => Ok((user, address)),
        (PersonRef::Address(_), _) => Err(Problem::not_found("person")),
    }
}

/// Finds somebody of the company, also one who was deleted and may come back.
pub(super) async fn somebody<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    text: &str,
) -> Result<(PersonRef, Aor), Problem> {
    let nobody = || Problem::not_found("person");
    let scope = agent.scope("find");
    let who = match read_id(agent.endpoint().user.tenant, text).ok_or_else(nobody)? {
        PersonRef::Address(address) => web.services.contacts.who(&scope, &address).await?,
        known @ PersonRef::Person(_) => known,
    };
    match &who {
        PersonRef::Address(_) => Err(nobody()),
        PersonRef::Person(user) => match web.services.person(&scope, *user).await {
            Ok(person) => Ok((who, person.address.clone())),
            Err(Error::NotFound(_)) => {
                let address = address_of(&web.services, &scope, &who).await?;
                address.map(|address| (who, address)).ok_or_else(nobody)
            }
            Err(error) => Err(error.into()),
        },
    }
}
