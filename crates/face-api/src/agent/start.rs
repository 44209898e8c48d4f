//! Starting an agent: bound as any endpoint of its person, told of what any endpoint is told.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::StatusCode;
use rapport_core::contacts::ContactList;
use rapport_core::policy::machine_state;
use rapport_core::presence::Document;
use rapport_fabric::{Description, Fabric};
use rapport_model::{Availability, EndpointId};
use rapport_service::queue::Receiver;
use rapport_service::web_sessions::{SignedIn, WebSession};
use rapport_service::{Error, Wire};

use super::loops::{Agent, before};
use super::ring::Ring;
use super::roster::{ARRANGED, Fingerprint, SETTINGS, document, people_of, told};
use super::seen::Watching;
use super::{Agents, Command, own};
use crate::code::Code;
use crate::problem::Problem;
use crate::web::types::Settings;

/// What the agent calls itself: clients of the family tell programs apart by the beginning.
const USER_AGENT: &str = "Rapport Web/1";
/// What it accepts and supports, the same for all.
static METHODS: LazyLock<Arc<str>> =
    LazyLock::new(|| "INVITE, ACK, CANCEL, BYE, MESSAGE, INFO, OPTIONS".into());
static SUPPORTED: LazyLock<Arc<str>> = LazyLock::new(|| "gruu-10, msrtc-event-categories".into());

/// What the agent of a session calls itself.
fn user_agent(label: &str) -> String {
    if label.is_empty() { USER_AGENT.to_owned() } else { format!("{USER_AGENT} ({label})") }
}

/// What a program is called: of an agent the label of its session, of any other what it calls itself.
pub(super) fn label_of(user_agent: &str) -> &str {
    match user_agent.strip_prefix(USER_AGENT) {
        Some(rest) => rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest),
        None => user_agent,
    }
}

pub(super) async fn start<F: Fabric<Message = Wire>>(
    agents: &Arc<Agents<F>>,
    signed_in: &SignedIn,
    unused: Option<Duration>,
    commands: Receiver<Box<Command>>,
) -> Result<Box<Agent<F>>, Problem> {
    let services = agents.services.clone();
    let SignedIn { session: web, person, tenant } = signed_in;
    let instance = web.epid.instance();
    let endpoint = EndpointId { user: person.id, instance };
    let gruu: Arc<str> = instance.gruu(&person.address).into();
    let description = Description {
        epid: Some(web.epid.clone()),
        contact: gruu.clone(),
        gruu: gruu.clone(),
        methods: METHODS.clone(),
        supported: SUPPORTED.clone(),
        user_agent: user_agent(&web.label).into(),
        is_virtual: true,
        app_password: None,
        since: services.clock().wall(),
    };
    let session =
        services.registrar.bind(person, tenant, endpoint, signed_in.begun_from(), description).await?;
    let stream = format!("{:016x}", services.clock().random_u64());
    let now = services.clock().monotonic();
    let (list, own) = (Arc::new(ContactList::new()), Arc::new(Document::default()));
    let mut agent = Box::new(Agent {
        hash: web.hash,
        epid: web.epid.clone(),
        gruu,
        server: agents.server.clone(),
        stream,
        ring: Ring::default(),
        sockets: Vec::new(),
        last_socket: 0,
        commands,
        told_me: Fingerprint::default(),
        told_endpoints: Fingerprint::default(),
        told_adders: Vec::new(),
        list,
        own,
        arranged: Default::default(),
        settings: Default::default(),
        history_mark: None,
        _book: services.address_book.open(endpoint.user.tenant),
        watched: Watching::new(endpoint.user.tenant),
        talks: Vec::new(),
        pending: Vec::new(),
        machine: unused.map_or(Availability::AVAILABLE, machine_state),
        unused_since: unused.map(|unused| before(now, unused)),
        unattended: Some(now),
        kept: Box::default(),
        keep_at: None,
        read: Vec::new(),
        is_behind: false,
        is_over: false,
        ending: None,
        services,
        session,
    });
    match open(&mut agent, web).await {
        Ok(()) => Ok(agent),
        Err(problem) => {
            agent.services.registrar.unbind(agent.session).await;
            Err(problem)
        }
    }
}

async fn open<F: Fabric<Message = Wire>>(agent: &mut Agent<F>, web: &WebSession) -> Result<(), Problem> {
    // A session that was ended between its look-up and the binding found no endpoint to sign out.
    if agent.services.web_sessions.find_by_hash(agent.hash).await?.is_none() {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, Code::NotSignedIn, "nobody is signed in here"));
    }
    let tenant = agent.session.tenant.clone();
    let (scope, binding) = (agent.session.scope("web session"), agent.session.binding);
    agent.services.registrar.make_room(&scope, &tenant, binding.endpoint).await?;
    let (epid, machine) = (agent.epid.clone(), agent.machine);
    agent.own = agent.services.presence.open_own(&scope, binding).await?;
    let machine_state = |own: &Document| own::machine_state(own, &epid, binding.endpoint, machine);
    agent.own = own::publish(&agent.services, &scope, binding, machine_state).await?;
    agent.list = agent.services.contacts.open(&scope, binding).await?.list;
    let settings: Settings = document(&agent.services, &scope, binding.endpoint.user, SETTINGS).await?;
    agent.settings = settings.numbered();
    agent.arranged = document(&agent.services, &scope, binding.endpoint.user, ARRANGED).await?;
    agent.history_mark = agent.services.history.mark(&scope, binding.endpoint.user).await?;
    let kept = agent.services.web_sessions.conversations(&scope, web).await?;
    let mut people = people_of(&agent.list.clone());
    people.extend(agent.take_up(kept).await?);
    agent.watch(&people).await.map_err(|error: Error| Problem::from(error))?;
    // Nobody listens yet: what is told now is not news.
    agent.told_me = Fingerprint::of(&agent.me());
    agent.told_endpoints = Fingerprint::of(&agent.endpoints().await?);
    agent.told_adders = told(&agent.adders().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_called_by_its_label_whatever_its_agent_calls_itself() {
        for label in ["Chrome · Linux", "", "a) (b", "Rapport Web/1"] {
            assert_eq!(label_of(&user_agent(label)), label);
        }
        assert_eq!(label_of("Purple/2.14.13 Sipe/1.25.0"), "Purple/2.14.13 Sipe/1.25.0");
    }
}
