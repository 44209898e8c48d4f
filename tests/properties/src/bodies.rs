//! Bodies: what is read, written as plainly as can be and read again is the same, so that nothing which was read hangs
//! on how it was written; and the server's own documents hold what clients sent without breaking.

pub(crate) mod contacts;
pub(crate) mod own;
pub(crate) mod publish;
pub(crate) mod subscribe;

use std::fmt::Debug;

use rapport_msbody::xml::{Limits, Reader};
use rapport_msbody::{BodyError, Fragment};

/// What was read from `written` must be `value`, unless writing it plainly made it exceed a limit.
pub(crate) fn reads_as<T: Debug + PartialEq>(
    value: &T,
    written: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, BodyError>,
) {
    match parse(written.as_bytes()) {
        Ok(again) => assert_eq!(&again, value, "{written}"),
        Err(error) => assert!(error.is_limit(), "{error}: {written}"),
    }
}

/// A document of the server is well-formed, whatever clients put into it.
pub(crate) fn well_formed(document: &str) {
    // It may hold many things each of which was within the limits.
    let roomy = Limits {
        body: 1 << 26,
        depth: 64,
        elements: 1 << 20,
        attributes: 4096,
        namespaces: 2048,
        namespaces_in_force: 4096,
        text: 1 << 24,
    };
    let read = Reader::with_limits(document.as_bytes(), roomy).and_then(|mut reader| {
        reader.root()?;
        reader.skip()?;
        reader.finish()
    });
    assert_eq!(read, Ok(()), "{document}");
}

/// A fragment of a client read alone is the same fragment.
pub(crate) fn whole(fragment: &Fragment) {
    match Fragment::parse(fragment.as_str()) {
        Ok(again) => assert_eq!(&again, fragment),
        Err(error) => assert!(error.is_limit(), "{error}: {fragment}"),
    }
}
