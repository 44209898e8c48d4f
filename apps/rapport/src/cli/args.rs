//! The verbs and their options.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// An instant-messaging and presence server for clients of the Office Communicator family.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run the server
    Serve(Place),
    /// Explain what a configuration file amounts to, or say what is wrong with it
    CheckConfig {
        /// The configuration file
        file: PathBuf,
        /// The data directory, as `serve` would be given it
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Print what a shell needs to complete this command line
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each verb and one for the configuration file
    Manual {
        /// The directory that they are written to
        directory: PathBuf,
    },
    /// Print the annotated example of a configuration file
    ConfigExample,
    /// Print the description of an API
    Openapi {
        /// Which: what administrators ask, what browsers ask, or what browsers are told
        #[arg(value_enum, default_value = "management")]
        of: DescriptionOf,
    },
    /// Print the table of metrics
    MetricsReference,
    /// Run the server with a demonstration company, on this machine alone
    Demo(DemoArgs),
    /// Make a backup in one file, whether the server runs or not
    Backup(BackupArgs),
    /// Restore a backup in a scratch place and see that everything in it is right
    Verify(VerifyArgs),
    /// Restore everything (no server may run), one company, or one person's contacts and access lists
    Restore(RestoreArgs),
    /// Look at everything that the service needs around it, and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Print the DNS records by which clients find the server, in the form of a zone file
    Dns(DnsArgs),
    /// Show what the server does right now: endpoints, messages, notifications, the slowest requests, per company
    Status {
        #[command(flatten)]
        asked: StatusArgs,
        #[command(flatten)]
        at: At,
    },
    /// Companies
    Tenant {
        #[command(subcommand)]
        verb: TenantVerb,
        #[command(flatten)]
        at: At,
    },
    /// People and their accounts
    User {
        #[command(subcommand)]
        verb: Box<UserVerb>,
        #[command(flatten)]
        at: At,
    },
    /// The audit log of a company
    Audit {
        #[command(subcommand)]
        verb: AuditVerb,
        #[command(flatten)]
        at: At,
    },
    /// The service key, under which the hashes are sealed that sign-in by NTLM needs
    Key {
        #[command(subcommand)]
        verb: KeyVerb,
        #[command(flatten)]
        at: At,
    },
    /// SIP domains of a company
    Domain {
        #[command(subcommand)]
        verb: DomainVerb,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct Place {
    /// The configuration file; RAPPORT_CONFIG names it too
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

/// How it is shown what was done, and how far it is.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Shown {
    /// Print what was done as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Write how far it is to standard error, a line of JSON each time
    #[arg(long)]
    pub(super) progress: bool,
}

/// The service key and its passphrase.
#[derive(Clone, Debug, Args)]
pub(super) struct KeyArgs {
    /// A file of mode 0600 whose first line is the passphrase for the service key
    #[arg(long, value_name = "FILE", conflicts_with = "without_key")]
    pub(super) passphrase_file: Option<PathBuf>,
    /// Leave the service key out of it
    #[arg(long)]
    pub(super) without_key: bool,
}

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// A directory for the backup, or its file; backup.directory unless given
    #[arg(long, value_name = "PATH")]
    pub(super) to: Option<PathBuf>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) shown: Shown,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The backup
    pub(super) backup: PathBuf,
    /// Where there is room for the database in it; the system's place for temporary files unless given
    #[arg(long, value_name = "DIR")]
    pub(super) scratch: Option<PathBuf>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) shown: Shown,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup, or a directory of them; backup.directory unless given
    pub(super) backup: Option<PathBuf>,
    /// Restore this company alone
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(super) tenant: Option<String>,
    /// Restore this person's contact list and access lists alone
    #[arg(long, value_name = "ADDRESS")]
    pub(super) user: Option<String>,
    /// Take the newest backup of that moment or before, such as 2026-11-26T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(super) as_of: Option<String>,
    /// Move what is in the data directory aside; it is never deleted
    #[arg(long, conflicts_with_all = ["tenant", "user"])]
    pub(super) replace: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) at: Server,
    #[command(flatten)]
    pub(super) shown: Shown,
}

/// Which server something is restored in.
#[derive(Debug, Args)]
pub(super) struct Server {
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The management socket of the server
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,
}

impl Server {
    pub(super) fn place(&self) -> Place {
        Place { config: self.config.clone(), data: self.data.clone() }
    }
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where the demonstration is kept
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub(super) data: PathBuf,
    /// The port that plays 443: SIP over TLS and HTTPS
    #[arg(long, default_value_t = 8443)]
    pub(super) port: u16,
    /// A port for SIP without TLS, for tools on this machine
    #[arg(long, value_name = "PORT")]
    pub(super) tcp_port: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// A SIP domain that clients should find by the DNS
    pub(super) domain: Option<String>,
    /// Sign in as this SIP address, and out again; the password is asked for
    #[arg(long, value_name = "ADDRESS")]
    pub(super) user: Option<String>,
    /// Read the password from standard input
    #[arg(long, requires = "user")]
    pub(super) password_stdin: bool,
    /// Ask this name server instead of the machine's
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) resolver: Option<SocketAddr>,
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Print what was found as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct DnsArgs {
    /// The SIP domain
    pub(super) domain: String,
    /// An address of the server; those of its own name unless given
    #[arg(long = "address", value_name = "IP")]
    pub(super) addresses: Vec<IpAddr>,
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

/// Which server a management verb speaks to, and how it answers.
#[derive(Debug, Args)]
pub(super) struct At {
    /// The configuration file of the server
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data directory of the server
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The management socket of the server
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,
    /// Print the server's answer as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl At {
    pub(super) fn place(&self) -> Place {
        Place { config: self.config.clone(), data: self.data.clone() }
    }
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Show it again and again, until it is stopped
    #[arg(long)]
    pub(super) watch: bool,
    /// Seconds over which rates are taken, and after which it is shown again
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    pub(super) every: f64,
    /// Stop after so many times
    #[arg(long, value_name = "N", requires = "watch")]
    pub(super) count: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantVerb {
    /// Add a company
    Add {
        /// Its short name: lower-case letters, digits and hyphens
        name: String,
        /// A SIP domain of the company; the first is the default
        #[arg(long = "domain", required = true)]
        domains: Vec<String>,
        /// What it is called on screen
        #[arg(long)]
        display_name: Option<String>,
        /// The name before the backslash in DOMAIN\user
        #[arg(long)]
        netbios_name: Option<String>,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// List all companies
    List {
        /// Those that were deleted and can be restored
        #[arg(long)]
        deleted: bool,
    },
    /// Show a company
    Show {
        /// Its short name
        name: String,
    },
    /// Change a company
    Set {
        /// Its short name
        name: String,
        /// What it is called on screen
        #[arg(long)]
        display_name: Option<String>,
        /// The name before the backslash in DOMAIN\user
        #[arg(long)]
        netbios_name: Option<String>,
        /// Whether the service is switched on for it
        #[arg(long)]
        enabled: Option<bool>,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Delete a company; it can be restored for as long as its policy says
    #[command(visible_alias = "remove")]
    Delete {
        /// Its short name
        name: String,
        /// At once, so that it can't be restored
        #[arg(long)]
        for_good: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Restore a deleted company with everything that is in it
    Restore {
        /// Its short name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditVerb {
    /// List who did what, oldest first
    List {
        /// The company's short name
        company: String,
        /// Begin behind the line of that number
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
        /// How many lines at most
        #[arg(long, default_value_t = 1000, value_name = "N")]
        limit: usize,
    },
    /// See that no line was changed, taken out or put in
    Verify {
        /// The company's short name
        company: String,
        /// A file of signed heads: the log must have each of its lines of this company
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
        /// The public key that signed them; the one of this server's data directory unless given
        #[arg(long, value_name = "HEX", requires = "heads")]
        key: Option<String>,
    },
    /// Print the public key that signs the heads of audit logs
    Key,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum KeyVerb {
    /// Show which keys there are, how old they are and how much is sealed under each; never the keys
    Show,
    /// Replace the key: a new one seals from now on, and what the old one sealed is sealed anew; nobody is signed out
    Rotate,
}

#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    /// Whether the account's own password signs in to SIP, beside app passwords
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(super) account_passwords: Option<bool>,
    /// Contacts on one list
    #[arg(long, value_name = "N")]
    pub(super) max_contacts: Option<u32>,
    /// Distinct people who watch one person
    #[arg(long, value_name = "N")]
    pub(super) max_watchers: Option<u32>,
    /// Contact groups on one list
    #[arg(long, value_name = "N")]
    pub(super) max_groups: Option<u32>,
    /// Programs of one person signed in at once
    #[arg(long, value_name = "N")]
    pub(super) max_endpoints: Option<u32>,
    /// For how many days an address that a person had still reaches them
    #[arg(long, value_name = "DAYS")]
    pub(super) address_grace_days: Option<u32>,
    /// For how many days a deleted person, or the whole company, can be restored
    #[arg(long, value_name = "DAYS")]
    pub(super) keep_deleted_days: Option<u32>,
    /// For how many days what people say is kept in their history; 0 for not at all
    #[arg(long, value_name = "DAYS")]
    pub(super) history_days: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(super) enum UserVerb {
    /// Add a person; the password is asked for
    Add {
        /// The company's short name
        company: String,
        /// The SIP address
        address: String,
        #[command(flatten)]
        fields: UserArgs,
        #[command(flatten)]
        password: PasswordArgs,
        /// Set no password: only app passwords will sign in
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
    },
    /// List the people of a company
    List {
        /// The company's short name
        company: String,
        /// Those who were deleted and can be restored
        #[arg(long)]
        deleted: bool,
    },
    /// Show a person
    Show(Who),
    /// Change a person
    Set {
        #[command(flatten)]
        who: Who,
        /// Another SIP address
        #[arg(long)]
        address: Option<String>,
        #[command(flatten)]
        fields: UserArgs,
    },
    /// Set the account's password, which is asked for
    Password {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Let the account sign in
    Enable(Who),
    /// Keep the account from signing in, and end its sessions
    Disable(Who),
    /// Let the person try again after too many wrong passwords
    Unlock(Who),
    /// Write the person's SIP messages to the server's log: headers only, without proofs and without words
    Trace {
        #[command(flatten)]
        who: Who,
        /// For how many minutes, an hour at most; 0 ends it
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=60))]
        minutes: u16,
    },
    /// Delete a person, who can be restored for as long as the company's policy says
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        who: Who,
        /// At once, so that the person can't be restored
        #[arg(long)]
        for_good: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Restore a deleted person with contacts, access levels and passwords
    Restore(Who),
    /// Let go of an address that a person had, so that somebody else can have it
    Release {
        /// The company's short name
        company: String,
        /// The former address
        address: String,
    },
    /// Passwords of single devices
    AppPassword {
        #[command(subcommand)]
        verb: AppPasswordVerb,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct Who {
    /// The company's short name
    pub(super) company: String,
    /// The person's SIP address or sign-in name
    pub(super) user: String,
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct PasswordArgs {
    /// Read the password from standard input instead of asking
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct UserArgs {
    /// The name that signs in
    #[arg(long)]
    pub(super) sign_in_name: Option<String>,
    /// A further SIP address; replaces those there are, `none` for none
    #[arg(long = "alias", value_name = "ADDRESS")]
    pub(super) aliases: Vec<String>,
    /// Whether the account may sign in
    #[arg(long)]
    pub(super) enabled: Option<bool>,
    /// Whether the person has a licence
    #[arg(long)]
    pub(super) licensed: Option<bool>,
    /// The whole name as it is shown
    #[arg(long)]
    pub(super) display_name: Option<String>,
    /// Given name
    #[arg(long)]
    pub(super) given_name: Option<String>,
    /// Family name
    #[arg(long)]
    pub(super) surname: Option<String>,
    /// Job title
    #[arg(long)]
    pub(super) title: Option<String>,
    /// Department
    #[arg(long)]
    pub(super) department: Option<String>,
    /// Company name on the card
    #[arg(long = "company-name")]
    pub(super) company_name: Option<String>,
    /// Office
    #[arg(long)]
    pub(super) office: Option<String>,
    /// Web page, an `http` or `https` address
    #[arg(long)]
    pub(super) web_page: Option<String>,
    /// E-mail address
    #[arg(long)]
    pub(super) mail: Option<String>,
    /// A telephone number as work=…, mobile=…, home=… or other=…; replaces those there are, `none` for none
    #[arg(long = "phone", value_name = "KIND=NUMBER")]
    pub(super) phones: Vec<String>,
    /// The manager's SIP address or sign-in name, `none` for none
    #[arg(long)]
    pub(super) manager: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AppPasswordVerb {
    /// Issue an app password, which is printed once
    Add {
        #[command(flatten)]
        who: Who,
        /// What it is for, such as the device
        #[arg(long)]
        name: String,
    },
    /// List a person's app passwords
    List(Who),
    /// Revoke an app password
    Remove {
        #[command(flatten)]
        who: Who,
        /// Its number
        id: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DomainVerb {
    /// Add a SIP domain to a company
    Add {
        /// The company's short name
        company: String,
        /// The SIP domain
        domain: String,
    },
    /// List the SIP domains of a company
    List {
        /// The company's short name
        company: String,
    },
    /// Move everybody's addresses from one SIP domain to another; the old ones answer for the grace period
    Rename {
        /// The company's short name
        company: String,
        /// The SIP domain that the addresses leave
        old: String,
        /// The SIP domain to which they go
        new: String,
    },
    /// Remove a SIP domain that no address uses
    Remove {
        /// The company's short name
        company: String,
        /// The SIP domain
        domain: String,
    },
}

/// What is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DescriptionOf {
    /// What is asked by the management socket (OpenAPI)
    Management,
    /// What browsers ask (OpenAPI)
    Web,
    /// What browsers are told by WebSocket (AsyncAPI)
    Events,
}
