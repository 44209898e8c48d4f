//! How people are named: by number within their company, or by address where there is only one.

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{Aor, Scope, TenantId, UserId};
use rapport_service::{Error, Services, Wire};

use crate::web::types;

/// Writes who somebody is as an id of the API.
pub(crate) fn id_of(who: &PersonRef) -> String {
    match who {
        PersonRef::Person(user) => format!("u{}", user.user),
        PersonRef::Address(address) => address.to_uri(),
    }
}

/// Reads an id of the API, or an address; none when it is neither.
pub(crate) fn read_id(tenant: TenantId, text: &str) -> Option<PersonRef> {
    match text.strip_prefix('u').and_then(|number| number.parse().ok()) {
        Some(user) if text.len() <= 11 => Some(PersonRef::Person(UserId { tenant, user })),
        _ => Aor::parse(text).ok().map(PersonRef::Address),
    }
}

/// Returns somebody by name, and whether nobody is behind it any more.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn person_ref<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    who: &PersonRef,
) -> Result<(types::PersonRef, bool), Error> {
    let id = id_of(who);
    let named = |address: &Aor, display_name: &str| types::PersonRef {
        id: id.clone(),
        address: address.to_string(),
        display_name: display_name.to_owned(),
    };
    match who {
        PersonRef::Address(address) => Ok((named(address, address.as_str()), false)),
        PersonRef::Person(user) => match services.person(scope, *user).await {
            Ok(person) => Ok((named(&person.address, &person.card.display_name), false)),
            Err(Error::NotFound(_)) => {
                let address = address_of(services, scope, who).await?;
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                Ok((types::PersonRef { id, display_name: address.clone(), address }, true))
            }
            Err(error) => Err(error),
        },
    }
}

/// Returns the address of somebody who has one.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn address_of<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    who: &PersonRef,
) -> Result<Option<Aor>, Error> {
    Ok(services.contacts.addresses(scope, std::iter::once(who)).await?.remove(who))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_somebody_of_the_own_company_alone() {
        let tenant = TenantId(7);
        let check = |text: &str, want: Option<PersonRef>| assert_eq!(read_id(tenant, text), want, "{text}");
        let kim = PersonRef::Person(UserId { tenant, user: 42 });
        let aor = PersonRef::Address(Aor::parse("kim@one.example").expect("an address"));
        assert_eq!((id_of(&kim).as_str(), id_of(&aor).as_str()), ("u42", "sip:kim@one.example"));
        check("u42", Some(kim));
        check("sip:kim@one.example", Some(aor.clone()));
        check("KIM@one.example", Some(aor));
        check(
            "u42@one.example",
            Some(PersonRef::Address(Aor::parse("u42@one.example").expect("an address"))),
        );
        for wrong in ["", "u", "42", "t7/u42", "u99999999999", "u00000000000042", "sip:kim"] {
            check(wrong, None);
        }
    }
}
