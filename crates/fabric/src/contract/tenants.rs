//! Cases: a scope reaches its own company and no other.

use std::sync::Arc;

use rapport_core::presence::{Document, Live};
use rapport_model::{Scope, TenantId};

use super::{Harness, LONG, bind, endpoint, note, on, scope, user};
use crate::{CasError, Delivery, Description, Fabric, FabricError, Gone, Inbox, WatchRefused};

/// Every call refuses another company's people, and leaves no trace with them.
pub async fn another_companys_scope_does_nothing<H: Harness>(h: H) {
    let (binding, mut inbox) = bind(&on(&h, 0), endpoint(1, 1)).await;
    let foreign = Scope::service(TenantId(2), "contract case");
    let refused = FabricError::WrongTenant;
    for node in 0..h.nodes() {
        let fabric = on(&h, node);
        let bound = fabric.bind(&foreign, endpoint(1, 1), Description::default()).await;
        assert_eq!(bound.map(|(binding, _)| binding), Err(refused));
        assert_eq!(fabric.unbind(&foreign, binding).await, Err(refused));
        assert_eq!(fabric.endpoints(&foreign, user(1)).await, Err(refused));
        assert_eq!(fabric.deliver(&foreign, endpoint(1, 1), note(1, 1)).await, Delivery::Gone);
        assert!(matches!(fabric.call(&foreign, endpoint(1, 1), note(1, 1), LONG).await, Err(Gone)));
        assert_eq!(fabric.live(&foreign, user(1)).await, Err(refused));
        let (_, revision) = fabric.live(&scope(), user(1)).await.expect("read");
        let new = Arc::new(Live { current: Arc::new(Document::default()), pending: None });
        let set = fabric.compare_and_set(&foreign, user(1), revision, Some(new)).await;
        assert_eq!(set, Err(CasError::WrongTenant));
        let watched = fabric.watch(&foreign, user(1), binding, 250).await;
        assert_eq!(watched, Err(WatchRefused::WrongTenant));
        assert_eq!(fabric.unwatch(&foreign, user(1), binding).await, Err(refused));
        assert_eq!(fabric.watcher_count(&foreign, user(1)).await, Err(refused));
    }
    assert!(inbox.try_next().is_none());
    let bound = on(&h, 0).endpoints(&scope(), user(1)).await.expect("known");
    assert_eq!(bound.iter().map(|b| b.binding).collect::<Vec<_>>(), [binding]);
    assert!(on(&h, 0).live(&scope(), user(1)).await.is_ok_and(|(live, _)| live.is_none()));
}
