//! The keys under which companies' histories are sealed, opened once and kept while they are the ones in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rapport_model::{Scope, TenantId};
use rapport_secrets::HistoryKey;
use rapport_store::{HistoryKey as Kept, Store};

use crate::clock::Clock;
use crate::secret::{Opener, Secrets};
use crate::{Error, Result};

/// Keys that are kept open.
const CAPACITY: usize = 4096;

/// A key with its number in the store.
pub(super) type Opened = (i64, Arc<HistoryKey>);

/// Keys by company.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<HashMap<TenantId, Opened>>);

impl Keys {
    /// Returns the key that the store has of a company.
    pub(super) fn opened(&self, tenant: TenantId, kept: &Kept, opener: &Opener) -> Result<Arc<HistoryKey>> {
        if let Some((_, key)) = self.known(tenant).filter(|(id, _)| *id == kept.id) {
            return Ok(key);
        }
        let key = opener.open_history_key(tenant, &kept.sealed);
        let key = key.map_err(|error| Error::Internal(format!("the key of a history: {error}")))?;
        Ok(self.keep(tenant, kept.id, key))
    }

    /// Returns the key as it was known last.
    pub(super) fn known(&self, tenant: TenantId) -> Option<Opened> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// Forgets a key that is not the one in the store any more.
    pub(super) fn forget(&self, tenant: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    fn keep(&self, tenant: TenantId, id: i64, key: HistoryKey) -> Arc<HistoryKey> {
        let key = Arc::new(key);
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= CAPACITY {
            keys.clear();
        }
        keys.insert(tenant, (id, key.clone()));
        key
    }

    /// Returns a company's key, making one where there is none.
    pub(super) async fn of_company(
        &self,
        scope: &Scope,
        store: &dyn Store,
        secrets: &Secrets,
        clock: &dyn Clock,
    ) -> Result<Opened> {
        if let Some(known) = self.known(scope.tenant) {
            return Ok(known);
        }
        let opener = secrets.opener();
        let kept = match store.history_key(scope).await? {
            Some(kept) => kept,
            None => {
                // Kept until it is stored: no service key goes meanwhile.
                let sealer = secrets.sealer()?;
                let key = HistoryKey::random().map_err(|error| Error::Internal(error.to_string()))?;
                let sealed = sealer.seal_history_key(scope.tenant, &key)?;
                let id = i64::from_le_bytes(clock.random_u64().to_le_bytes());
                store.add_history_key(scope, Kept { id, sealed }).await?
            }
        };
        Ok((kept.id, self.opened(scope.tenant, &kept, &opener)?))
    }
}
