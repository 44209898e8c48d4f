//! One program for all fuzz targets: `RAPPORT_FUZZ_TARGET` names the property that inputs are tried on.
//!
//! What must hold is in `tests/properties`, how long it is tried is the business of `cargo xtask fuzz`.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use rapport_properties::{Target, target};

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("RAPPORT_FUZZ_TARGET").unwrap_or_default();
        let found = target(&name).unwrap_or_else(|| panic!("RAPPORT_FUZZ_TARGET names no target: {name:?}"));
        TARGET.get_or_init(|| found);
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.check)(data);
        }
    }
);
