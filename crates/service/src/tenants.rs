//! Companies: made, changed and removed by the operator.

use rapport_core::directory::{NewTenant, Tenant, TenantPatch};
use rapport_fabric::Fabric;
use rapport_model::{OperatorScope, Scope, SipDomain, UserId};
use rapport_store::{Deleted, TenantFields};

use crate::ports::Ports;
use crate::session::SignOutReason;
use crate::{Error, Result, Wire};

/// The operator's calls on companies.
#[derive(Clone, Debug)]
pub struct Tenants<F> {
    ports: Ports<F>,
}

impl<F: Fabric<Message = Wire>> Tenants<F> {
    pub(crate) fn new(ports: Ports<F>) -> Self {
        Self { ports }
    }

    /// Adds a company.
    ///
    /// # Errors
    /// `Refused` when a name or domain is not valid, `Taken` when one is another company's.
    pub async fn add(&self, scope: &OperatorScope, new: NewTenant) -> Result<Tenant> {
        new.validate()?;
        let row = rapport_store::NewTenant {
            fields: TenantFields {
                name: new.name,
                display_name: new.display_name,
                netbios_name: new.netbios_name,
                enabled: true,
                policy: new.policy,
            },
            domains: new.domains,
        };
        let tenant = self.ports.store.add_tenant(scope, row).await?;
        let within = scope.within(tenant.id);
        self.ports.directory.forget_tenant(tenant.id);
        self.ports.audit(&within, "tenant added", tenant.id.to_string(), tenant.name.clone()).await?;
        Ok(tenant)
    }

    /// Returns every company, the oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self, scope: &OperatorScope) -> Result<Vec<Tenant>> {
        Ok(self.ports.store.tenants(scope).await?)
    }

    /// Returns the company of that short name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn by_name(&self, scope: &OperatorScope, name: &str) -> Result<Tenant> {
        self.ports.store.tenant_by_name(scope, name).await?.ok_or(Error::NotFound("company"))
    }

    /// Changes a company. Switching the service off ends its sessions; taking `account_password_sign_in` away
    /// deletes the hashes that it needed.
    ///
    /// # Errors
    /// `Refused` when a value is not valid, `Taken` when the name is another company's.
    pub async fn set(&self, scope: &Scope, patch: TenantPatch) -> Result<Tenant> {
        let before = self.ports.store.tenant(scope).await?;
        let after = patch.apply(&before)?;
        self.ports.store.set_tenant(scope, after.clone().into()).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        if before.policy.account_password_sign_in && !after.policy.account_password_sign_in {
            self.ports.store.forget_account_nt(scope).await?;
        }
        if !after.enabled {
            self.end_sessions(scope).await?;
        }
        self.ports.audit(scope, "tenant set", scope.tenant.to_string(), changes(&before, &after)).await?;
        Ok(after)
    }

    /// Deletes a company: everybody signed out and unknown from now on, and for the time that its policy says
    /// [`restore`](Self::restore) can bring it back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, scope: &Scope) -> Result<()> {
        let tenant = self.ports.store.tenant(scope).await?;
        self.ports.audit(scope, "tenant deleted", scope.tenant.to_string(), tenant.name).await?;
        self.put_away(scope).await
    }

    async fn put_away(&self, scope: &Scope) -> Result<()> {
        let people = self.everybody(scope).await?;
        self.ports.store.delete_tenant(scope, self.ports.clock.moment().later()).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        for user in people {
            self.ports.part_with(scope, user).await?;
        }
        Ok(())
    }

    /// Restores a deleted company with everything that is in it.
    ///
    /// # Errors
    /// `NotFound` when there is no such deleted company.
    pub async fn restore(&self, scope: &Scope) -> Result<Tenant> {
        let tenant = self.ports.store.restore_tenant(scope).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        self.ports.audit(scope, "tenant restored", scope.tenant.to_string(), tenant.name.clone()).await?;
        Ok(tenant)
    }

    /// Returns the companies that were deleted and can be restored.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn deleted(&self, scope: &OperatorScope) -> Result<Vec<Deleted<Tenant>>> {
        Ok(self.ports.store.deleted_tenants(scope).await?)
    }

    /// Returns the deleted company of that short name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn deleted_by_name(&self, scope: &OperatorScope, name: &str) -> Result<Tenant> {
        let mut all = self.deleted(scope).await?.into_iter().map(|deleted| deleted.what);
        all.find(|tenant| tenant.name == name).ok_or(Error::NotFound("deleted company"))
    }

    /// Removes a company for good, deleted before or not, with everything that is in it, its audit log included.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove(&self, scope: &Scope) -> Result<()> {
        match self.put_away(scope).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        self.ports.store.remove_tenant(scope).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        Ok(())
    }

    /// Adds a SIP domain to a company.
    ///
    /// # Errors
    /// `Taken` when it is some company's already.
    pub async fn add_domain(&self, scope: &Scope, domain: SipDomain) -> Result<()> {
        self.ports.store.add_domain(scope, domain.clone()).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        self.ports.audit(scope, "domain added", domain.to_string(), String::new()).await
    }

    /// Removes a SIP domain from a company.
    ///
    /// # Errors
    /// `NotFound`; `Taken` while an address uses it.
    pub async fn remove_domain(&self, scope: &Scope, domain: &SipDomain) -> Result<()> {
        self.ports.store.remove_domain(scope, domain).await?;
        self.ports.directory.forget_tenant(scope.tenant);
        self.ports.audit(scope, "domain removed", domain.to_string(), String::new()).await
    }

    async fn end_sessions(&self, scope: &Scope) -> Result<()> {
        for user in self.everybody(scope).await? {
            self.ports.sign_out(scope, user, SignOutReason::CompanyDisabled).await?;
        }
        Ok(())
    }

    async fn everybody(&self, scope: &Scope) -> Result<Vec<UserId>> {
        let mut all: Vec<UserId> = Vec::new();
        loop {
            let page = self.ports.store.people(scope, all.last().copied(), 1000).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page.iter().map(|person| person.id));
        }
    }
}

/// Says what is different, old and new, for the audit log.
fn changes(before: &Tenant, after: &Tenant) -> String {
    let (old, new) = (&before.policy, &after.policy);
    let rows = [
        ("display name", before.display_name.clone(), after.display_name.clone()),
        ("NetBIOS name", before.netbios_name.clone(), after.netbios_name.clone()),
        ("enabled", before.enabled.to_string(), after.enabled.to_string()),
        (
            "account passwords",
            old.account_password_sign_in.to_string(),
            new.account_password_sign_in.to_string(),
        ),
        ("contacts", old.limits.contacts.to_string(), new.limits.contacts.to_string()),
        ("watchers", old.limits.watchers.to_string(), new.limits.watchers.to_string()),
        ("groups", old.limits.groups.to_string(), new.limits.groups.to_string()),
        ("address grace days", old.address_grace_days.to_string(), new.address_grace_days.to_string()),
        ("days deleted ones are kept", old.keep_deleted_days.to_string(), new.keep_deleted_days.to_string()),
        ("days of history", old.history_days.to_string(), new.history_days.to_string()),
        ("endpoints", old.limits.endpoints.to_string(), new.limits.endpoints.to_string()),
    ];
    let changes: Vec<String> = rows
        .iter()
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| format!("{what}: {old} -> {new}"))
        .collect();
    changes.join("; ")
}
