//! The description of the management API, generated from the code.

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;

use crate::code::Code;
use crate::{app_passwords, audit, deleted, domains, restore, service_key, status, tenants, users};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rapport management",
        description = "Companies, their domains and their people. Reached through the Unix socket in the server's data directory.",
        version = "1",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        status::show,
        service_key::show,
        service_key::rotate,
        tenants::list,
        tenants::add,
        tenants::show,
        tenants::set,
        tenants::remove,
        audit::list,
        audit::chain,
        restore::tenant,
        restore::user,
        deleted::tenants,
        deleted::restore_tenant,
        domains::list,
        domains::add,
        domains::remove,
        domains::rename,
        users::list,
        users::add,
        users::show,
        users::set,
        users::remove,
        users::release,
        deleted::users,
        deleted::restore_user,
        users::set_password,
        users::enable,
        users::disable,
        users::set_licence,
        users::unlock,
        users::start_trace,
        users::stop_trace,
        app_passwords::list,
        app_passwords::add,
        app_passwords::remove,
    ),
    components(schemas(Code))
)]
struct Description;

/// Returns the OpenAPI description as JSON, ending with a line end.
pub fn document() -> String {
    let mut text =
        Description::openapi().to_pretty_json().expect("a description made of strings is valid JSON");
    text.push('\n');
    text
}

/// Serves the description.
pub(crate) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}
