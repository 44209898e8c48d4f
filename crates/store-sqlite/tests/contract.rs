//! The port's contract, on a database in a directory of its own for each case.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rapport_store::Store;
use rapport_store::contract::Fixture;
use rapport_store_sqlite::SqliteStore;

struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rapport-contract-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }
}

impl Fixture for Dir {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.0.join("rapport.db")).expect("the store"))
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

rapport_store::store_contract!(Dir::new());
rapport_store::durable_store_contract!(Dir::new());
