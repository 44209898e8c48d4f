//! A program's request as the service is called for it, in the order in which the SIP face calls it.

use std::sync::Arc;

use rapport_core::presence::Document;
use rapport_fabric::{Binding, Description, Fabric};
use rapport_model::{Aor, EndpointId, Scope, Source, TraceId};
use rapport_service::contacts::Addressed;
use rapport_service::presence::{Published, Target, Watched, WatcherSession};
use rapport_service::registrar::Session;
use rapport_service::{Error, Result, Services, Wire};

use crate::cast::Someone;
use crate::client::{Request, Whom};
use crate::translate;

/// What came of a request.
pub(crate) enum Answer<F: Fabric> {
    SignedIn(Result<Box<Session<F>>>),
    Published(Result<Box<Published>>),
    Done(Result<()>),
    Watched(Result<Vec<Watched>>),
    Own(Result<Arc<Document>>),
    List(Result<Addressed>),
    Changed(Result<Option<u32>>),
}

impl<F: Fabric> Answer<F> {
    /// Why nothing came of it, or may not have.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::SignedIn(answer) => answer.as_ref().err(),
            Self::Published(answer) => answer.as_ref().err(),
            Self::Done(answer) => answer.as_ref().err(),
            Self::Watched(answer) => answer.as_ref().err(),
            Self::Own(answer) => answer.as_ref().err(),
            Self::List(answer) => answer.as_ref().err(),
            Self::Changed(answer) => answer.as_ref().err(),
        }
    }
}

/// Who asks.
pub(crate) struct Asker {
    pub(crate) endpoint: EndpointId,
    pub(crate) known: Option<(Binding, Arc<WatcherSession>)>,
    pub(crate) who: Arc<rapport_core::directory::Person>,
    pub(crate) tenant: Arc<rapport_core::directory::Tenant>,
}

/// The addresses of everybody of whom a request may speak.
pub(crate) fn target(whom: Whom, people: &[Someone]) -> Target {
    let address = match whom {
        Whom::Colleague(user, _) => people.iter().find(|p| p.id == user).map(|p| p.person.address.clone()),
        Whom::Nobody => Aor::parse("nobody@one.example").ok(),
        Whom::Foreigner => Aor::parse("foreigner@other.example").ok(),
    };
    Target { address, prompts: matches!(whom, Whom::Colleague(_, true)) }
}

/// Asks the service.
pub(crate) async fn ask<F: Fabric<Message = Wire>>(
    services: Arc<Services<F>>,
    asker: Asker,
    request: Asking,
    session: Option<Session<F>>,
) -> Answer<F> {
    let trace = TraceId(asker.known.as_ref().map_or(0, |(binding, _)| binding.epoch.0));
    let scope = Scope::endpoint(asker.endpoint, Source::Server, "random life", trace);
    let user = asker.endpoint.user;
    let presence = &services.presence;
    let Some((binding, watcher)) = asker.known else {
        return Answer::SignedIn(sign_in(&services, &asker).await.map(Box::new));
    };
    match request {
        Asking::SignIn => unreachable!("who is signed in does not sign in"),
        Asking::Publish(batch) => {
            let published = presence.publish(&scope, binding, &batch).await;
            if let Ok(published) = &published {
                presence.announce(&scope, published.announce.clone()).await;
            }
            Answer::Published(published.map(Box::new))
        }
        Asking::Members(changes) => match presence.set_container_members(&scope, user, &changes).await {
            Ok(announce) => {
                presence.announce(&scope, announce).await;
                Answer::Done(Ok(()))
            }
            Err(error) => Answer::Done(Err(error)),
        },
        Asking::Notice(whom) => match presence.acknowledge_subscribers(&scope, user, &whom).await {
            Ok(announce) => {
                presence.announce(&scope, announce).await;
                Answer::Done(Ok(()))
            }
            Err(error) => Answer::Done(Err(error)),
        },
        Asking::Subscribe(targets, names) => {
            Answer::Watched(presence.subscribe(&scope, &watcher, &targets, &names).await)
        }
        Asking::Unsubscribe(whom) => {
            presence.unsubscribe(&scope, &watcher, &whom).await;
            Answer::Done(Ok(()))
        }
        Asking::Poll(targets, names) => {
            Answer::Watched(presence.poll(&scope, &watcher.watcher, &targets, &names).await)
        }
        Asking::OpenOwn => Answer::Own(presence.open_own(&scope, binding).await),
        Asking::CloseOwn => {
            presence.close_own(binding);
            Answer::Done(Ok(()))
        }
        Asking::ReadOwn => Answer::Own(presence.own_document(&scope, user).await),
        Asking::OpenList => Answer::List(services.contacts.open(&scope, binding).await),
        Asking::CloseList => {
            services.contacts.close(binding);
            Answer::Done(Ok(()))
        }
        Asking::Change(change, number, who) => {
            match services.contacts.apply(&scope, user, &change, None, number).await {
                Ok(applied) => {
                    services.contacts.announce(&scope, applied.announce).await;
                    Answer::Changed(Ok(applied.group))
                }
                Err(error) => {
                    if let Ok(correction) = services.contacts.correction(&scope, user, who.as_ref()).await {
                        services.contacts.correct(binding, correction);
                    }
                    Answer::Changed(Err(error))
                }
            }
        }
        Asking::SignOut => {
            if let Some(session) = session {
                services.registrar.unbind(session).await;
            }
            Answer::Done(Ok(()))
        }
    }
}

/// Binds as a face does: who comes is bound, then room is made for them.
async fn sign_in<F: Fabric<Message = Wire>>(services: &Services<F>, asker: &Asker) -> Result<Session<F>> {
    let registrar = &services.registrar;
    let session = registrar
        .bind(&asker.who, &asker.tenant, asker.endpoint, Source::Server, Description::default())
        .await?;
    match registrar.make_room(&session.scope("random life"), &asker.tenant, asker.endpoint).await {
        Ok(()) => Ok(session),
        Err(error) => {
            registrar.unbind(session).await;
            Err(error)
        }
    }
}

/// A request in the service's words.
pub(crate) enum Asking {
    SignIn,
    Publish(Vec<rapport_core::presence::NewPublication>),
    Members(Vec<rapport_core::presence::MembershipChange>),
    Notice(Vec<rapport_core::directory::PersonRef>),
    Subscribe(Vec<Target>, Arc<[rapport_core::presence::CategoryName]>),
    Unsubscribe(Vec<rapport_model::UserId>),
    Poll(Vec<Target>, Arc<[rapport_core::presence::CategoryName]>),
    OpenOwn,
    CloseOwn,
    ReadOwn,
    OpenList,
    CloseList,
    Change(rapport_core::contacts::ContactChange, u32, Option<rapport_core::directory::PersonRef>),
    SignOut,
}

impl Asking {
    pub(crate) fn of(request: &Request, people: &[Someone]) -> Self {
        let person = |user: &rapport_model::UserId| rapport_core::directory::PersonRef::Person(*user);
        let targets = |whom: &[Whom]| whom.iter().map(|w| target(*w, people)).collect();
        match request {
            Request::SignIn => Self::SignIn,
            Request::Publish(batch) => Self::Publish(batch.iter().map(translate::operation).collect()),
            Request::Members(changes) => Self::Members(changes.iter().map(translate::members).collect()),
            Request::Notice(whom) => Self::Notice(whom.iter().map(person).collect()),
            Request::Subscribe { whom, asked } => Self::Subscribe(targets(whom), translate::names(asked)),
            Request::Unsubscribe(whom) => Self::Unsubscribe(whom.clone()),
            Request::Poll { whom, asked } => Self::Poll(targets(whom), translate::names(asked)),
            Request::OpenOwn => Self::OpenOwn,
            Request::CloseOwn => Self::CloseOwn,
            Request::ReadOwn => Self::ReadOwn,
            Request::OpenList => Self::OpenList,
            Request::CloseList => Self::CloseList,
            Request::Change(asked) => {
                let who = match &asked.change {
                    crate::list::Change::Set(who, ..) | crate::list::Change::Delete(who) => {
                        Some(translate::to_who(*who))
                    }
                    crate::list::Change::AddGroup(_)
                    | crate::list::Change::Rename(..)
                    | crate::list::Change::DeleteGroup(_) => None,
                };
                Self::Change(translate::change(&asked.change), asked.number, who)
            }
            Request::SignOut => Self::SignOut,
        }
    }
}
