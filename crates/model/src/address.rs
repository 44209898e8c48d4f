//! Addresses: SIP domains and addresses-of-record, kept in the one form in which they are compared.

use std::fmt;
use std::sync::Arc;

/// A SIP domain of a company as lower-case A-labels, such as `example.com` or `xn--mller-kva.example`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SipDomain(Arc<str>);

/// An address-of-record without its scheme, such as `ana.lind@example.com`.
///
/// The whole is lower case (RFC 3261 lets a server treat its own users so, and every client of this family
/// compares addresses without case); the domain is in A-labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aor {
    text: Arc<str>,
    at: u16,
}

/// Says why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@` between a user part and a domain.
    #[error("an address has the form name@domain")]
    Form,
    /// The user part is empty, too long or has a character that an address can't have.
    #[error("the part before the @ has 1 to 128 letters, digits and any of . _ - + ' ! # $ & ~ =")]
    User,
    /// The domain is not a name in the Domain Name System.
    #[error("the domain is not a valid DNS name")]
    Domain,
}

impl SipDomain {
    /// Parses a domain name, of any case and script, into its A-labels.
    ///
    /// # Errors
    /// [`AddressError::Domain`] when the text is not a valid DNS name of at most 253 octets.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() || text.len() > 253 {
            return Err(AddressError::Domain);
        }
        let ascii = idna::domain_to_ascii_strict(text).map_err(|_| AddressError::Domain)?;
        let valid = !ascii.is_empty()
            && ascii.len() <= 253
            && ascii.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if valid { Ok(Self(ascii.into())) } else { Err(AddressError::Domain) }
    }

    /// Returns the A-label form, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the domain as people write it, in its own script.
    pub fn to_unicode(&self) -> String {
        let (text, valid) = idna::domain_to_unicode(&self.0);
        if valid.is_ok() { text } else { self.0.to_string() }
    }
}

impl Aor {
    /// Parses `name@domain`, or the same behind a `sip:` or `sips:` scheme, into its canonical form.
    ///
    /// # Errors
    /// [`AddressError`] says which part is not valid. URI parameters and ports are refused.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let bare = strip_scheme(text);
        let (user, domain) = bare.rsplit_once('@').ok_or(AddressError::Form)?;
        let lower = user.to_lowercase();
        let allowed = |c: char| c.is_alphanumeric() || "._-+'!#$&~=".contains(c);
        if lower.is_empty() || lower.len() > 128 || !lower.chars().all(allowed) {
            return Err(AddressError::User);
        }
        let domain = SipDomain::parse(domain)?;
        let at = u16::try_from(lower.len()).map_err(|_| AddressError::User)?;
        Ok(Self { text: format!("{lower}@{}", domain.as_str()).into(), at })
    }

    /// Returns `name@domain`, lower case, without a scheme.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the part before the `@`.
    pub fn user(&self) -> &str {
        self.text.split_at_checked(usize::from(self.at)).map_or("", |(user, _)| user)
    }

    /// Returns the part after the `@`, in A-labels.
    pub fn domain(&self) -> &str {
        self.text.split_at_checked(usize::from(self.at) + 1).map_or("", |(_, domain)| domain)
    }

    /// Returns the part after the `@` as a SIP domain.
    pub fn sip_domain(&self) -> SipDomain {
        SipDomain(self.domain().into())
    }

    /// Returns the address with the same part before the `@` in another domain.
    #[must_use]
    pub fn in_domain(&self, domain: &SipDomain) -> Self {
        Self { text: format!("{}@{}", self.user(), domain.as_str()).into(), at: self.at }
    }

    /// Returns the address as people write it: with the domain in its own script.
    pub fn to_unicode(&self) -> String {
        format!("{}@{}", self.user(), self.sip_domain().to_unicode())
    }

    /// Returns the `sip:` URI of this address.
    pub fn to_uri(&self) -> String {
        format!("sip:{}", self.text)
    }
}

fn strip_scheme(text: &str) -> &str {
    for scheme in ["sip:", "sips:"] {
        if let Some((head, rest)) = text.split_at_checked(scheme.len())
            && head.eq_ignore_ascii_case(scheme)
        {
            return rest;
        }
    }
    text
}

impl fmt::Display for SipDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SipDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_the_form_in_which_they_are_compared() {
        let check = |text: &str, want: Result<&str, AddressError>| {
            assert_eq!(Aor::parse(text).as_ref().map(Aor::as_str).map_err(|e| *e), want, "{text}");
        };
        check("sip:Ana.Lind@Example.COM", Ok("ana.lind@example.com"));
        check("SIPS:ana@example.com", Ok("ana@example.com"));
        check("ana@müller.example", Ok("ana@xn--mller-kva.example"));
        check("ana", Err(AddressError::Form));
        check("@example.com", Err(AddressError::User));
        check("a b@example.com", Err(AddressError::User));
        check("a\"b@example.com", Err(AddressError::User));
        check("ana@example..com", Err(AddressError::Domain));
        check("ana@example.com;gruu", Err(AddressError::Domain));
        check("ana@example.com:5061", Err(AddressError::Domain));
    }

    #[test]
    fn both_spellings_of_a_domain_are_one_address_and_people_see_its_own_script() {
        let written = Aor::parse("Kim@MÜLLER.example").expect("an address");
        assert_eq!(written, Aor::parse("kim@xn--mller-kva.example").expect("an address"));
        assert_eq!(written.to_unicode(), "kim@müller.example");
        let moved = written.in_domain(&SipDomain::parse("bücher.example").expect("a domain"));
        assert_eq!((moved.as_str(), moved.user()), ("kim@xn--bcher-kva.example", "kim"));
    }

    #[test]
    fn an_address_gives_its_parts() {
        let aor = Aor::parse("ana@example.com").expect("a valid address");
        assert_eq!(
            (aor.user(), aor.domain(), aor.to_uri().as_str()),
            ("ana", "example.com", "sip:ana@example.com")
        );
    }
}
