//! Which passwords are kept, and which of those that are prove anything: each of the two is so without the other.

use std::sync::Arc;

use rapport_core::directory::TenantPatch;
use rapport_core::policy::Policy;
use rapport_core::refusal::Refusal;
use rapport_model::Timestamp;
use rapport_service::Error;
use rapport_store::{Credentials, NewAppPassword, NewPassword, Sealed, Store as _};
use rapport_store_mem::MemStore;
use rapport_testkit::client::Profile;

use crate::world::{World, profile};
use rapport_testkit::counted::Counted;

async fn kept(world: &World, store: &MemStore) -> Credentials {
    store.credentials(&world.scope, world.user("ana").await).await.unwrap()
}

async fn status(world: &mut World, password: &str) -> u16 {
    let mut ana = world.client(Profile::new("ana@example.com", password, 1));
    ana.try_sign_in().await.status.as_u16()
}

/// Puts the hash of the account's own password where the policy lets none be.
async fn put_back(world: &World, store: &MemStore, account_nt: &Sealed) {
    let new = NewPassword {
        hash: "$argon2id$".to_owned(),
        account_nt: Some(account_nt.clone()),
        previous_until: Timestamp(i64::MAX / 2),
    };
    store
        .set_password(&world.scope, world.user("ana").await, new, rapport_store::contract::line())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn where_the_policy_wants_no_account_passwords_none_is_kept_and_one_that_is_proves_nothing() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let store = Arc::new(MemStore::new());
    let mut world = World::over(store.clone()).await;
    let known = kept(&world, &store).await.account_nt.expect("the policy wants it");
    let patch = TenantPatch { policy: Some(Policy::default()), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.unwrap();
    assert_eq!(kept(&world, &store).await.account_nt, None);
    // Neither does a new one leave anything.
    let user = world.user("ana").await;
    world.services.people.set_password(&world.scope, user, crate::world::PASSWORD).await.unwrap();
    assert_eq!(kept(&world, &store).await.account_nt, None);

    put_back(&world, &store, &known).await;
    assert_eq!(status(&mut world, crate::world::PASSWORD).await, 401);
    // Nor is it known as the one before.
    put_back(&world, &store, &known).await;
    put_back(&world, &store, &Sealed([0; 64].into())).await;
    assert_eq!(kept(&world, &store).await.previous_account_nt.map(|previous| previous.sealed), Some(known));
    assert_eq!(status(&mut world, crate::world::PASSWORD).await, 401);
    let refused =
        |reason: &str| counted.total(&format!("rapport_sign_ins_refused_total, [reason = {reason}]"));
    assert_eq!((refused("wrong"), refused("previous")), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_person_has_seven_app_passwords_and_no_eighth_proves_anything() {
    let store = Arc::new(MemStore::new());
    let mut world = World::over(store.clone()).await;
    let user = world.user("ana").await;
    let people = world.services.people.clone();
    let (id, password) = people.add_app_password(&world.scope, user, "laptop").await.unwrap();
    let revoked = kept(&world, &store).await.app_passwords.remove(0).sealed;
    people.remove_app_password(&world.scope, user, id).await.unwrap();
    let mut others = Vec::new();
    for number in 0..7 {
        others
            .push(people.add_app_password(&world.scope, user, &format!("device {number}")).await.unwrap().0);
    }
    let refused = people.add_app_password(&world.scope, user, "one more").await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::TooManyAppPasswords { limit: 7 }))), "{refused:?}");
    let new = NewAppPassword { label: "laptop".to_owned(), sealed: revoked, created: Timestamp(0) };
    store.add_app_password(&world.scope, user, new, rapport_store::contract::line()).await.unwrap();
    assert_eq!(status(&mut world, &password).await, 401);
    store.remove_app_password(&world.scope, user, others[0], rapport_store::contract::line()).await.unwrap();
    world.client(Profile::new("ana@example.com", &password, 2)).sign_in().await.unwrap();
    world.client(profile("ana", 3)).sign_in().await.unwrap();
}
