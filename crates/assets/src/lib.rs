//! The pages of the web client, as bytes in the program.
//!
//! It owns the table of files that the build script makes of `target/web`; a face serves them. Where nothing has been
//! built there is one page, which says what builds it, so that `cargo build` alone works without Node.js.
#![warn(missing_docs)]

/// A file of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The path below `/im/`, without a slash at its start.
    pub path: &'static str,
    /// The media type.
    pub kind: &'static str,
    /// What stands for the content: a piece of its hash.
    pub tag: &'static str,
    /// Whether the name has the hash of the content in it, so that it never changes.
    pub is_immutable: bool,
    /// The content as it is.
    pub plain: &'static [u8],
    /// The content compressed by Brotli, where that is worth it.
    pub brotli: Option<&'static [u8]>,
    /// The content compressed by gzip, where that is worth it.
    pub gzip: Option<&'static [u8]>,
}

/// Every file, sorted by path.
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The page that every address of the client is served by.
pub const INDEX: &str = "index.html";

/// Returns the file of a path below `/im/`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    let at = ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok()?;
    ASSETS.get(at)
}

/// Returns every file, sorted by path.
#[must_use]
pub const fn all() -> &'static [Asset] {
    ASSETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_path_and_the_client_has_a_page() {
        for asset in all() {
            assert_eq!(find(asset.path), Some(asset));
            assert!(!asset.path.starts_with('/') && !asset.tag.is_empty(), "{}", asset.path);
        }
        assert!(find(INDEX).is_some_and(|index| !index.is_immutable && index.kind.starts_with("text/html")));
        assert_eq!(find("../index.html"), None);
    }
}
