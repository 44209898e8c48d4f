//! Companies and their SIP domains.

use std::sync::Arc;

use rapport_model::{Scope, Timestamp};

use super::values::{
    aor, contact_list, domain, fields, line, new_person, new_tenant, note, nothing, operator, other_policy,
    person, tenant, two,
};
use crate::{NewPassword, NewTenant, Store, StoreError, TenantFields, initial_contacts};

/// A company is found by each of its names, and by nobody else's.
pub async fn a_company_is_found_by_number_name_and_domain(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let of = operator();
    assert_eq!(t.company, new_tenant("north").with_id(t.company.id));
    assert_eq!(store.tenant(&t.scope).await.as_ref(), Ok(&t.company));
    assert_eq!(store.tenant_by_name(&of, "north").await, Ok(Some(t.company.clone())));
    for text in ["north.example", "north.test"] {
        assert_eq!(store.tenant_by_domain(&of, &domain(text)).await, Ok(Some(t.company.clone())), "{text}");
    }
    assert_eq!(store.tenant_by_name(&of, "nobody").await, Ok(None));
    assert_eq!(store.tenant_by_domain(&of, &domain("nobody.example")).await, Ok(None));
    assert_eq!(store.tenants(&of).await, Ok(vec![t.company, t.other_company]));
}

/// A name or domain that is taken is a conflict, and leaves nothing of the refused company behind.
pub async fn names_and_domains_of_companies_are_unique(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let of = operator();
    let same_name = NewTenant { domains: vec![domain("fresh.example")], ..new_tenant("north") };
    let refused = store.add_tenant(&of, same_name).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    let same_domain =
        NewTenant { fields: fields("third"), domains: vec![domain("fresh.example"), domain("north.test")] };
    let refused = store.add_tenant(&of, same_domain).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    let twice =
        NewTenant { fields: fields("third"), domains: vec![domain("a.example"), domain("a.example")] };
    let refused = store.add_tenant(&of, twice).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.tenant_by_domain(&of, &domain("fresh.example")).await, Ok(None));
    assert_eq!(store.tenants(&of).await.map(|all| all.len()), Ok(2));

    let refused = store.set_tenant(&t.scope, fields("south")).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    for taken in ["south.example", "north.example"] {
        let refused = store.add_domain(&t.scope, domain(taken)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    }
    assert_eq!(store.tenant(&t.scope).await, Ok(t.company));
    assert_eq!(store.tenant(&t.other_scope).await, Ok(t.other_company));
}

/// Every field of a company is read back as it was set; the domains stay.
pub async fn a_company_is_changed_whole(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let changed = TenantFields {
        name: "nord".to_owned(),
        display_name: "Nord".to_owned(),
        netbios_name: "NORD".to_owned(),
        enabled: false,
        policy: other_policy(),
    };
    store.set_tenant(&t.scope, changed.clone()).await.expect("set");
    let want =
        NewTenant { fields: changed.clone(), domains: t.company.domains.clone() }.with_id(t.company.id);
    assert_eq!(store.tenant(&t.scope).await, Ok(want));
    // Its own name is not taken by another.
    assert_eq!(store.set_tenant(&t.scope, changed).await, Ok(()));
    assert_eq!(store.tenant_by_name(&operator(), "north").await, Ok(None));
}

/// A domain is added behind the others, and removed only once no address lies in it.
pub async fn a_domain_in_use_is_kept(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let extra = domain("extra.example");
    store.add_domain(&t.scope, extra.clone()).await.expect("added");
    let mut want = t.company.domains.clone();
    want.push(extra.clone());
    assert_eq!(store.tenant(&t.scope).await.map(|tenant| tenant.domains), Ok(want));

    let mut ana = t.ana.clone();
    ana.aliases = vec![aor("ana@extra.example")];
    store.set_person(&t.scope, ana.clone()).await.expect("an alias");
    let refused = store.remove_domain(&t.scope, &extra).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    ana.aliases.clear();
    store.set_person(&t.scope, ana).await.expect("no alias");
    assert_eq!(store.remove_domain(&t.scope, &extra).await, Ok(()));
    assert_eq!(store.remove_domain(&t.scope, &extra).await, Err(StoreError::NotFound));
    let not_ours = domain("south.test");
    assert_eq!(store.remove_domain(&t.scope, &not_ours).await, Err(StoreError::NotFound));
    assert_eq!(store.tenant(&t.scope).await.map(|tenant| tenant.domains), Ok(t.company.domains.clone()));
    // Another company may have it then.
    assert_eq!(store.add_domain(&t.other_scope, extra).await, Ok(()));
}

/// With a company go its domains, people and all that hangs on them; the other company keeps everything.
pub async fn a_removed_company_leaves_nothing_behind(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let friend = person(&*store, &t.company, "friend").await;
    let mut managed = friend.clone();
    managed.card.manager = Some(t.ana.id);
    store.set_person(&t.scope, managed).await.expect("a manager");
    let list = contact_list(friend.id);
    store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &list).await.expect("contacts");
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "x")]).await.expect("presence");
    let password = NewPassword { hash: "h".to_owned(), account_nt: None, previous_until: Timestamp(9) };
    store.set_password(&t.scope, t.ana.id, password, line()).await.expect("a password");
    store.append_audit(&t.scope, line()).await.expect("a line");

    store.remove_tenant(&t.scope).await.expect("removed");
    assert_eq!(store.tenant(&t.scope).await, Err(StoreError::NotFound));
    assert_eq!(store.people(&t.scope, None, 10).await, Ok(vec![]));
    assert_eq!(store.person(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.credentials(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.audit(&t.scope, 0, 10).await, Ok(vec![]));
    assert_eq!(store.tenant_by_domain(&operator(), &domain("north.example")).await, Ok(None));
    assert_eq!(store.person(&t.other_scope, t.ben.id).await, Ok(t.ben.clone()));

    // A new company under the old names inherits nothing.
    let (again, scope) = tenant(&*store, "north").await;
    assert_ne!(again.id, t.company.id);
    let ana =
        store.add_person(&scope, new_person(&again, "ana"), nothing()).await.expect("the names are free");
    assert_ne!(ana.id.user, t.ana.id.user);
    assert_eq!(store.presence_revision(&scope, ana.id).await, Ok(0));
    assert_eq!(store.contacts(&scope, ana.id).await, Ok(initial_contacts()));
}

/// The number of a removed company is not given out again, not even the last one.
pub async fn numbers_of_companies_are_not_used_again(store: Arc<dyn Store>) {
    let (first, scope) = tenant(&*store, "first").await;
    store.remove_tenant(&scope).await.expect("removed");
    let (second, _) = tenant(&*store, "first").await;
    assert_ne!(first.id, second.id);
    assert_eq!(store.remove_tenant(&Scope::service(first.id, "again")).await, Err(StoreError::NotFound));
}
