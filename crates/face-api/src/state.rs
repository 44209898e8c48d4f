//! The router of the management API, and what every endpoint needs: the services, and an authority to call them.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use rapport_core::directory::{Person, Tenant};
use rapport_fabric::Fabric;
use rapport_model::{OperatorScope, Scope, TraceId};
use rapport_service::{Services, Wire};

use crate::code::Code;
use crate::extract::LargestBody;
use crate::operator::Operator;
use crate::problem::Problem;
use crate::record::record;
use crate::{app_passwords, audit, deleted, domains, openapi, restore, service_key, status, tenants, users};

/// Octets of a body.
const LARGEST_BODY: usize = 64 * 1024;

/// The services, as the endpoints share them.
pub(crate) struct Api<F: Fabric<Message = Wire>>(Arc<Services<F>>);

impl<F: Fabric<Message = Wire>> Clone for Api<F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F: Fabric<Message = Wire>> std::ops::Deref for Api<F> {
    type Target = Services<F>;

    fn deref(&self) -> &Services<F> {
        &self.0
    }
}

impl<F: Fabric<Message = Wire>> Api<F> {
    /// Returns the operator's authority, under a new trace.
    pub(crate) fn scope(&self, operator: &Operator) -> OperatorScope {
        let Operator { name, source } = operator.clone();
        OperatorScope::operator(name, source, "management", TraceId(self.clock().random_u64()))
    }

    /// Does something to its end, even when whoever asked for it has gone away meanwhile.
    pub(crate) async fn to_the_end<T, D>(
        &self,
        what: impl FnOnce(Arc<Services<F>>) -> D,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        D: Future<Output = rapport_service::Result<T>> + Send + 'static,
    {
        #[expect(clippy::disallowed_methods, reason = "nobody is to wait for it but whoever asked")]
        let done = tokio::spawn(what(self.0.clone()));
        match done.await {
            Ok(done) => Ok(done?),
            Err(_) => Err(rapport_service::Error::Internal("a task panicked".to_owned()).into()),
        }
    }

    /// Finds a company, and the operator's authority within it.
    pub(crate) async fn within(&self, operator: &Operator, name: &str) -> Result<(Scope, Tenant), Problem> {
        let scope = self.scope(operator);
        let tenant = self.tenants.by_name(&scope, name).await?;
        Ok((scope.within(tenant.id), tenant))
    }

    /// Finds a person of a company by address or sign-in name.
    pub(crate) async fn user(
        &self,
        operator: &Operator,
        tenant: &str,
        user: &str,
    ) -> Result<(Scope, Person), Problem> {
        let (scope, _) = self.within(operator, tenant).await?;
        let person = self.people.find(&scope, user).await?;
        Ok((scope, person))
    }
}

/// Returns the router of the management API, for a socket that names its operators.
pub fn management<F: Fabric<Message = Wire>>(services: Arc<Services<F>>) -> Router {
    Router::new()
        .route("/v1/openapi.json", get(openapi::get))
        .route("/v1/status", get(status::show::<F>))
        .route("/v1/service-key", get(service_key::show::<F>))
        .route("/v1/service-key/rotate", post(service_key::rotate::<F>))
        .route("/v1/tenants", get(tenants::list::<F>).post(tenants::add::<F>))
        .route(
            "/v1/tenants/{tenant}",
            get(tenants::show::<F>).patch(tenants::set::<F>).delete(tenants::remove::<F>),
        )
        .route("/v1/tenants/{tenant}/audit", get(audit::list::<F>))
        .route("/v1/tenants/{tenant}/audit/chain", get(audit::chain::<F>))
        .route("/v1/tenants/{tenant}/restore", post(restore::tenant::<F>))
        .route("/v1/tenants/{tenant}/users/{user}/restore", post(restore::user::<F>))
        .route("/v1/tenants/{tenant}/domains", get(domains::list::<F>).post(domains::add::<F>))
        .route("/v1/tenants/{tenant}/domains/{domain}", delete(domains::remove::<F>))
        .route("/v1/tenants/{tenant}/domains/{domain}/rename", post(domains::rename::<F>))
        .route("/v1/deleted-tenants", get(deleted::tenants::<F>))
        .route("/v1/deleted-tenants/{tenant}/restore", post(deleted::restore_tenant::<F>))
        .route("/v1/tenants/{tenant}/deleted-users", get(deleted::users::<F>))
        .route("/v1/tenants/{tenant}/deleted-users/{user}/restore", post(deleted::restore_user::<F>))
        .route("/v1/tenants/{tenant}/users/{user}/former-addresses/{address}", delete(users::release::<F>))
        .route("/v1/tenants/{tenant}/users", get(users::list::<F>).post(users::add::<F>))
        .route(
            "/v1/tenants/{tenant}/users/{user}",
            get(users::show::<F>).patch(users::set::<F>).delete(users::remove::<F>),
        )
        .route("/v1/tenants/{tenant}/users/{user}/password", put(users::set_password::<F>))
        .route("/v1/tenants/{tenant}/users/{user}/enable", post(users::enable::<F>))
        .route("/v1/tenants/{tenant}/users/{user}/disable", post(users::disable::<F>))
        .route("/v1/tenants/{tenant}/users/{user}/unlock", post(users::unlock::<F>))
        .route(
            "/v1/tenants/{tenant}/users/{user}/trace",
            put(users::start_trace::<F>).delete(users::stop_trace::<F>),
        )
        .route("/v1/tenants/{tenant}/users/{user}/licence", put(users::set_licence::<F>))
        .route(
            "/v1/tenants/{tenant}/users/{user}/app-passwords",
            get(app_passwords::list::<F>).post(app_passwords::add::<F>),
        )
        .route("/v1/tenants/{tenant}/users/{user}/app-passwords/{id}", delete(app_passwords::remove::<F>))
        .fallback(|| async { Problem::not_found("resource") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                Code::MethodNotAllowed,
                "this resource has no such method",
            )
        })
        .layer(axum::middleware::from_fn(record))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::Extension(LargestBody(LARGEST_BODY)))
        .with_state(Api(services))
}
