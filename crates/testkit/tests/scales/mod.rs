//! Scales for memory: how many octets the whole process holds. For a test that has them as a module of its own, since a
//! program has one allocator; what is rounded up is not on them.

#![expect(unsafe_code, reason = "a counting allocator has no safe form")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

struct Counting;

static HELD: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns how many octets are held.
pub(crate) fn held() -> i64 {
    HELD.load(Ordering::Relaxed)
}

fn count(octets: usize, sign: i64) {
    HELD.fetch_add(i64::try_from(octets).unwrap_or(i64::MAX) * sign, Ordering::Relaxed);
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}
