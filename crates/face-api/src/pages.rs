//! The web client's pages: files of the program, served below `/im`.
//!
//! A file is served as it was compressed when it was built. What has its hash in its name may be kept for ever, all else
//! is asked for again by its tag. Every other address below `/im` is the client's own and gets its one page. The policy
//! of the pages allows no inline script and no inline style but the empty one (ADR 0018).
//!
//! Source: RFC 9110 §12.5.3 and §13.1.2, CSP Level 3.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rapport_assets::{Asset, INDEX};

use crate::problem::Problem;

/// What the pages may load: themselves, and nothing of others. The hash is that of the empty text: a style sheet that a
/// script makes starts empty and gets its rules one by one, while one that came in with a message has text and is
/// ignored.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
                      style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
                      img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      worker-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types rapport";

/// Returns the router of the pages.
pub(crate) fn pages() -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/im/") }))
        // With the slash, so that every address of the client is below the one of its service worker.
        .route("/im", get(|| async { Redirect::permanent("/im/") }))
        .route("/im/", get(index))
        .route("/im/{*path}", get(file))
}

async fn index(headers: HeaderMap) -> Response {
    serve(rapport_assets::find(INDEX), &headers)
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match rapport_assets::find(&path) {
        Some(asset) => serve(Some(asset), &headers),
        // A file that is gone must not be answered by a page: a browser would take it for the script that it asked for.
        None if path.starts_with("assets/") => serve(None, &headers),
        None => serve(rapport_assets::find(INDEX), &headers),
    }
}

fn serve(asset: Option<&'static Asset>, asked: &HeaderMap) -> Response {
    let Some(asset) = asset else { return Problem::not_found("file").into_response() };
    let (bytes, encoding) = chosen(asset, asked);
    let tag = format!("\"{}{}\"", asset.tag, encoding.map_or(String::new(), |name| format!("-{name}")));
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(bytes)) };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, &tag);
    set(header::VARY, "accept-encoding");
    set(
        header::CACHE_CONTROL,
        if asset.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" },
    );
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    if !is_known {
        set(header::CONTENT_TYPE, asset.kind);
        if let Some(encoding) = encoding {
            set(header::CONTENT_ENCODING, encoding);
        }
    }
    response
}

/// The shortest form of a file that the browser takes, and the name of its encoding.
fn chosen(asset: &'static Asset, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let forms = [(asset.brotli, "br"), (asset.gzip, "gzip")];
    let taken =
        forms.into_iter().find_map(|(bytes, name)| Some((bytes?, name)).filter(|_| takes(asked, name)));
    taken.map_or((asset.plain, None), |(bytes, name)| (bytes, Some(name)))
}

/// Whether an encoding is named, and not refused by a weight of zero.
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING);
    let mut words = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    words.any(|word| {
        let (name, weight) = word.split_once(';').unwrap_or((word, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_some_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSET: Asset = Asset {
        path: "assets/x.js",
        kind: "text/javascript",
        tag: "abc",
        is_immutable: true,
        plain: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    };

    fn asked(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_shortest_form_that_the_browser_takes_is_chosen() {
        let form = |value| chosen(&ASSET, &asked(header::ACCEPT_ENCODING, value)).1;
        assert_eq!(form("gzip, deflate, br, zstd"), Some("br"));
        assert_eq!(form("gzip;q=0.5, br;q=0"), Some("gzip"));
        assert_eq!(form("identity"), None);
        assert_eq!(chosen(&ASSET, &HeaderMap::new()), (&b"plain"[..], None));
    }

    #[test]
    fn what_a_browser_has_already_is_not_sent_again() {
        let response = serve(Some(&ASSET), &asked(header::IF_NONE_MATCH, "\"other\", W/\"abc\""));
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()[header::ETAG], "\"abc\"");
        // Another form of it is another representation.
        let response = serve(Some(&ASSET), &asked(header::IF_NONE_MATCH, "\"abc-br\""));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    }

    #[tokio::test]
    async fn an_address_of_the_client_gets_its_page_and_a_lost_file_none() {
        let page = file(Path("c/somebody".to_owned()), HeaderMap::new()).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        for rule in ["default-src 'none'", "script-src 'self';", "base-uri 'none'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(rule), "{rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe"));
        let lost = file(Path("assets/gone.js".to_owned()), HeaderMap::new()).await;
        assert_eq!(lost.status(), StatusCode::NOT_FOUND);
    }
}
