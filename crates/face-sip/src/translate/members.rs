//! Who shall be in which container, and who was taken notice of. \[MS-PRES\] 2.2.2.3, 2.2.2.4

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::directory::PersonRef;
use rapport_core::presence::{Member, MemberAction, MembershipChange};
use rapport_model::{Aor, ContainerId, SipDomain};
use rapport_msbody::container::{ContainerChange, MemberChange, MemberKind, SubscriberChange};

use super::Untranslatable;
use super::publish::container;

/// Membership changes that a client asks for, until it is known who their people are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedMembers {
    containers: Vec<(ContainerId, u32, Vec<(MemberAction, Named)>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// One person by address.
    User(Aor),
    /// Anything else, known without looking.
    Other(Member),
}

impl AskedMembers {
    /// Reads the body of `setContainerMembers`.
    ///
    /// # Errors
    ///
    /// When a container is none, a user no address or a domain no name.
    pub(crate) fn read(changes: &[ContainerChange]) -> Result<Self, Untranslatable> {
        let containers = changes
            .iter()
            .map(|change| {
                let members = change.changes.iter().map(member).collect::<Result<_, _>>()?;
                Ok((container(change.id)?, change.version, members))
            })
            .collect::<Result<_, Untranslatable>>()?;
        Ok(Self { containers })
    }

    /// The addresses of which must be found out whose they are, each once.
    pub(crate) fn addresses(&self) -> BTreeSet<&Aor> {
        self.containers
            .iter()
            .flat_map(|(_, _, members)| members)
            .filter_map(|(_, named)| match named {
                Named::User(address) => Some(address),
                Named::Other(_) => None,
            })
            .collect()
    }

    /// Returns the changes; an address that is not in `people` stays one.
    pub(crate) fn into_changes(self, people: &BTreeMap<Aor, PersonRef>) -> Vec<MembershipChange> {
        self.containers
            .into_iter()
            .map(|(container, version, asked)| {
                let mut members = Vec::with_capacity(asked.len());
                for (action, named) in asked {
                    match named {
                        Named::Other(member) => members.push((action, member)),
                        Named::User(address) => {
                            let bare = PersonRef::Address(address.clone());
                            let found = people.get(&address).cloned().unwrap_or_else(|| bare.clone());
                            // Somebody may have been put in before the address was anybody's: it looks the same to
                            // a client, so both go.
                            if action == MemberAction::Remove && found != bare {
                                members.push((action, Member::User(bare)));
                            }
                            members.push((action, Member::User(found)));
                        }
                    }
                }
                MembershipChange { container, version, members }
            })
            .collect()
    }
}

fn member(change: &MemberChange) -> Result<(MemberAction, Named), Untranslatable> {
    let value = change.value.as_deref().unwrap_or_default();
    let named = match change.kind {
        MemberKind::User => Named::User(Aor::parse(value)?),
        MemberKind::Domain => Named::Other(Member::Domain(SipDomain::parse(value)?)),
        MemberKind::SameEnterprise => Named::Other(Member::SameEnterprise),
        MemberKind::Federated => Named::Other(Member::Federated),
        MemberKind::PublicCloud => Named::Other(Member::PublicCloud),
        MemberKind::Everyone => Named::Other(Member::Everyone),
    };
    Ok((if change.add { MemberAction::Add } else { MemberAction::Remove }, named))
}

/// The addresses of those of whom `setSubscribers` says that notice was taken; what is no address is passed over.
pub(crate) fn acknowledged(subscribers: &[SubscriberChange]) -> Vec<Aor> {
    subscribers
        .iter()
        .filter(|subscriber| subscriber.acknowledged)
        .filter_map(|subscriber| Aor::parse(&subscriber.user).ok())
        .collect()
}
