//! Somebody whose password is changed through the management API: which passwords have to sign in afterwards, and of how
//! many changes the audit log has to tell.

use rapport_testkit::driver::DriverError;
use real_clients::Server;

use crate::connect;
use crate::told::Told;

/// The password of a person of `example.com`: the one that was acknowledged last, and what else was asked for.
#[derive(Debug)]
pub struct Password {
    who: String,
    current: String,
    /// Passwords that must not sign in.
    gone: Vec<String>,
    /// The one that was asked for and not answered.
    flying: Option<String>,
    count: u64,
    /// How many changes were acknowledged since it was looked last.
    made: usize,
    told: Told,
}

impl Password {
    /// The password that somebody was added with.
    pub fn of(who: &str) -> Self {
        let current = real_clients::server::password(who);
        Self {
            who: who.to_owned(),
            current,
            gone: Vec::new(),
            flying: None,
            count: 0,
            made: 0,
            told: Told::default(),
        }
    }

    /// Changes the password.
    ///
    /// # Errors
    /// What was said instead. The change may have been made or not: [`Password::refused`] says it was not.
    pub fn change(&mut self, server: &Server) -> Result<(), String> {
        self.count += 1;
        let next = format!("violet umbrella {:04} sings", self.count);
        self.flying = Some(next.clone());
        let who = format!("{}@example.com", self.who);
        server.try_manage(&["user", "password", "example", &who, "--password-stdin"], &next)?;
        self.flying = None;
        self.gone = vec![std::mem::replace(&mut self.current, next)];
        self.made += 1;
        Ok(())
    }

    /// The change that was asked for last was refused: that password must not sign in.
    pub fn refused(&mut self) {
        self.gone.extend(self.flying.take());
    }

    /// Sees that exactly the last acknowledged password signs in, or the one that was in flight; and that the audit log
    /// tells of every change that was made, and of no other.
    ///
    /// # Errors
    /// What signs in or doesn't, or what the log tells.
    pub async fn compare(&mut self, server: &Server, seed: u64) -> Result<(), String> {
        let signs_in = async |password: &str| -> Result<bool, String> {
            let mut client = connect(server, &self.who, password, seed).await.map_err(|e| e.to_string())?;
            match client.sign_in().await {
                Ok(_) => Ok(true),
                Err(DriverError::Refused { status: 401, .. }) => Ok(false),
                Err(error) => Err(format!("sign-in ended otherwise: {error}")),
            }
        };
        for gone in &self.gone {
            if signs_in(gone).await? {
                return Err(format!("{gone} signs in, which was changed or refused"));
            }
        }
        let is_new = match &self.flying {
            Some(flying) => signs_in(flying).await?,
            None => false,
        };
        if signs_in(&self.current).await? == is_new {
            let how = if is_new { "both the old and the new password sign" } else { "no password signs" };
            return Err(format!("{how} in, of {} and {:?}", self.current, self.flying));
        }
        self.gone.clear();
        let made = std::mem::take(&mut self.made) + usize::from(is_new);
        let told = self.told.new_lines(server, "password set")?;
        if told != vec![format!("{}@example.com", self.who); made] {
            return Err(format!("the password was set {made} times, and the log tells of {told:?}"));
        }
        if let Some(flying) = self.flying.take().filter(|_| is_new) {
            self.current = flying;
        }
        Ok(())
    }
}
