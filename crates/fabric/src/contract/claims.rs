//! Cases: claims.

use rapport_model::{Scope, TenantId};

use super::{Harness, all, on, scope};
use crate::{Claim, Epoch, Fabric};

/// However many nodes ask at once, one of them owns it, and all know the same.
pub async fn a_claim_has_one_owner<H: Harness>(h: H) {
    let claims = all((0..h.nodes()).map(|node| {
        let fabric = on(&h, node);
        async move { fabric.claim(&scope(), "conference/1").await.expect("answered") }
    }))
    .await;
    let owners: Vec<usize> =
        (0..claims.len()).filter(|node| matches!(claims[*node], Claim::Owned { .. })).collect();
    assert_eq!(owners.len(), 1, "{claims:?}");
    let Claim::Owned { epoch: owned } = claims[owners[0]] else { unreachable!("just found") };
    let mut holders = Vec::new();
    for claim in claims {
        if let Claim::Held { by, epoch } = claim {
            assert_eq!(epoch, owned);
            holders.push(by);
        }
    }
    holders.dedup();
    assert!(holders.len() <= 1, "all know the same holder");
    let again = on(&h, owners[0]).claim(&scope(), "conference/1").await;
    assert_eq!(again, Ok(Claim::Owned { epoch: owned }), "asking again changes nothing");
}

/// Whoever owns it next has a higher epoch, and what the earlier owner still says is too low.
pub async fn a_released_claim_gets_a_later_epoch<H: Harness>(h: H) {
    let Ok(Claim::Owned { epoch: first }) = on(&h, 0).claim(&scope(), "timer").await else {
        panic!("nobody else claims")
    };
    on(&h, 0).release(&scope(), "timer", first).await.expect("released");
    let Ok(Claim::Owned { epoch: second }) = on(&h, 1).claim(&scope(), "timer").await else {
        panic!("it was released")
    };
    assert!(second > first);
    for stale in [first, Epoch(second.0 + 1)] {
        on(&h, 0).release(&scope(), "timer", stale).await.expect("does nothing");
        on(&h, 1).release(&scope(), "timer", stale).await.expect("does nothing");
    }
    let still = on(&h, 1).claim(&scope(), "timer").await;
    assert_eq!(still, Ok(Claim::Owned { epoch: second }));
}

/// A key is a company's own.
pub async fn claims_of_two_companies_are_two<H: Harness>(h: H) {
    let other = Scope::service(TenantId(2), "contract case");
    assert!(matches!(on(&h, 0).claim(&scope(), "timer").await, Ok(Claim::Owned { .. })));
    assert!(matches!(on(&h, 1).claim(&other, "timer").await, Ok(Claim::Owned { .. })));
}
