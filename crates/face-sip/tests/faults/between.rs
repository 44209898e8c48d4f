//! What changes between a proof and the binding that it leads to, and a server that is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rapport_face_sip::Settings;
use rapport_sip::HeaderName;
use rapport_store::calls::*;
use rapport_store_mem::MemStore;

use crate::world::{World, profile};
use rapport_testkit::counted::Counted;

/// A store in which a person's password is taken away right before it is read for the `before`-th time from now, or can't
/// be read.
#[derive(Default)]
struct Changing {
    inner: MemStore,
    before: AtomicU32,
    unreadable: AtomicBool,
}

macro_rules! pass {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
            if stringify!($name) == "credentials" && self.before.load(Ordering::Relaxed) > 0 {
                return Box::pin(async move {
                    if self.before.fetch_sub(1, Ordering::Relaxed) == 1 {
                        self.take_passwords_away().await;
                    }
                    self.inner.$name($($arg),*).await
                });
            }
            if stringify!($name) == "credentials" && self.unreadable.load(Ordering::Relaxed) {
                return Box::pin(async { Err(StoreError::Unavailable { context: "it is gone".to_owned() }) });
            }
            self.inner.$name($($arg),*)
        })*
    };
}

impl Store for Changing {
    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    rapport_store::for_each_call!(pass);
    rapport_store::for_each_presence_call!(pass);
}

impl Changing {
    async fn take_passwords_away(&self) {
        let operator = OperatorScope::service("test");
        for tenant in self.inner.tenants(&operator).await.unwrap() {
            self.inner.forget_account_nt(&operator.within(tenant.id)).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whose_password_goes_between_the_proof_and_the_binding_is_not_bound_and_signs_nobody_out() {
    let store = Arc::new(Changing::default());
    let mut world = World::over(store.clone()).await;
    // As many as the company lets each have.
    let mut first = world.signed_in("ana", 1).await;
    let mut second = world.signed_in("ana", 2).await;
    store.before.store(2, Ordering::Relaxed);
    let mut late = world.client(profile("ana", 3));
    // The offer and the challenge, and then another one instead of a session.
    assert_eq!(late.try_sign_in().await.status.as_u16(), 401);
    assert_eq!(store.before.load(Ordering::Relaxed), 0, "it was proved, and then looked at once more");
    assert_eq!(world.endpoints("ana").await, 2);
    for older in [&mut first, &mut second] {
        older.serves().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_server_takes_no_new_sign_in_and_lets_those_who_are_there_renew() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    world.services.admission.limit(Some(1));
    world.services.admission.observe(2);
    let refused = world.client(profile("ben", 1)).try_sign_in().await;
    assert_eq!(refused.status.as_u16(), 503);
    assert!(refused.headers.contains(HeaderName::RetryAfter));
    assert_eq!(counted.total("rapport_sign_ins_refused_total, [reason = memory]"), 1);
    let renewal = ana.register_anew();
    ana.success(renewal).await.unwrap();
    assert_eq!(counted.total("rapport_sign_ins_refused_total, [reason = memory]"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_for_the_servers_reasons_leaves_the_session_and_can_be_tried_again() {
    let store = Arc::new(Changing::default());
    let mut world = World::over(store.clone()).await;
    let mut ana = world.signed_in("ana", 1).await;
    store.unreadable.store(true, Ordering::Relaxed);
    // The client has no association by now, and takes an answer that nothing signs.
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 503);
    assert_eq!(world.endpoints("ana").await, 1);
    store.unreadable.store(false, Ordering::Relaxed);
    let now = ana.profile().time;
    ana.profile_mut().time = now.plus(Duration::from_secs(3600));
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 403);
    assert_eq!(world.endpoints("ana").await, 1);
    ana.profile_mut().time = now;
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 200);
    ana.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_registration_lasts_as_long_as_it_is_refreshed_or_renewed() {
    for renews in [false, true] {
        let registration = Duration::from_secs(600);
        let mut world = World::with(Settings { registration, ..Settings::default() }).await;
        let mut ana = world.signed_in("ana", 1).await;
        let step = Duration::from_secs(240);
        for _ in 0..10 {
            tokio::time::sleep(step).await;
            let time = &mut ana.profile_mut().time;
            *time = time.plus(step);
            let request = if renews { ana.register_anew() } else { ana.register() };
            ana.success(request).await.unwrap();
        }
        ana.serves().await;
        assert_eq!(world.endpoints("ana").await, 1, "renews: {renews}");
    }
}
