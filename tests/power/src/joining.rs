//! People who are added one after the other through the management API, each with a password.

use rapport_testkit::driver::DriverError;
use real_clients::Server;

use crate::connect;
use crate::told::Told;

/// Whoever was added to `example.com` since it was looked last.
#[derive(Debug, Default)]
pub struct Joining {
    /// How many were acknowledged in all.
    pub acknowledged: u64,
    /// Who must be there.
    there: Vec<String>,
    /// Who was asked for and not answered.
    flying: Option<String>,
    /// Who must not be there.
    refused: Vec<String>,
    count: u64,
    told: Told,
}

impl Joining {
    /// Adds somebody.
    ///
    /// # Errors
    /// What was said instead. They may have been added or not: [`Joining::refused`] says they were not.
    pub fn add(&mut self, server: &Server) -> Result<(), String> {
        self.count += 1;
        let name = format!("new{}", self.count);
        self.flying = Some(name.clone());
        let address = format!("{name}@example.com");
        let password = real_clients::server::password(&name);
        server.try_manage(&["user", "add", "example", &address, "--password-stdin"], &password)?;
        self.there.extend(self.flying.take());
        self.acknowledged += 1;
        Ok(())
    }

    /// Who was asked for last was refused.
    pub fn refused(&mut self) {
        self.refused.extend(self.flying.take());
    }

    /// Sees that whoever was acknowledged is there with their password and with the line of the audit log, whoever was
    /// refused is not, and whoever was in flight is there whole or not at all.
    ///
    /// # Errors
    /// Who is there by half.
    pub async fn compare(&mut self, server: &Server, seed: u64) -> Result<(), String> {
        let told = self.told.new_lines(server, "user added")?;
        let there = self.there.drain(..).map(|name| (name, Some(true)));
        let refused = self.refused.drain(..).map(|name| (name, Some(false)));
        let flying = self.flying.take().map(|name| (name, None));
        for (name, wanted) in there.chain(refused).chain(flying) {
            let address = format!("{name}@example.com");
            let is_there = server.try_manage(&["user", "show", "example", &address], "").is_ok();
            let is_told = told.contains(&address);
            let mut client = connect(server, &name, &real_clients::server::password(&name), seed)
                .await
                .map_err(|error| error.to_string())?;
            let signs_in = match client.sign_in().await {
                Ok(_) => true,
                Err(DriverError::Refused { status: 401, .. }) => false,
                Err(error) => return Err(format!("the sign-in of {name} ended otherwise: {error}")),
            };
            let wanted = wanted.unwrap_or(is_there);
            if [is_there, is_told, signs_in] != [wanted; 3] {
                return Err(format!(
                    "{name} is there: {is_there}, told of: {is_told}, signs in: {signs_in}; each should be {wanted}"
                ));
            }
        }
        Ok(())
    }
}
