//! Claims of the one node that there is: it owns what it asks for, under a new epoch each time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Mutex;

use rapport_fabric::{Claim, Epoch};
use rapport_model::TenantId;

use crate::lock;

/// What is claimed.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    held: Mutex<HashMap<(TenantId, Box<str>), Epoch>>,
}

impl Claims {
    pub(crate) fn claim(&self, tenant: TenantId, key: &str, epoch: impl FnOnce() -> Epoch) -> Claim {
        let epoch = *lock(&self.held).entry((tenant, key.into())).or_insert_with(epoch);
        Claim::Owned { epoch }
    }

    pub(crate) fn release(&self, tenant: TenantId, key: &str, epoch: Epoch) {
        if let Entry::Occupied(held) = lock(&self.held).entry((tenant, key.into()))
            && *held.get() == epoch
        {
            held.remove();
        }
    }
}
