//! Commands about institutions, members and jobs.
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Most rows of a list.
const LIMIT_MAX: i64 = 10_000;

/// Commands about institutions.
#[derive(Subcommand)]
pub(crate) enum InstitutionsCommand {
    /// Loads a list of institutions into the catalogue: CSV with the columns of institutions.csv, or a JSON array
    ///
    /// The columns of GET /institutions and, where they are wanted: connector, credentials (a JSON array of objects with
    /// field_name, field_type, label, and guid, optional, display_order), is_hidden, is_retired, is_oauth_only, has_...
    /// What a list leaves out stays as it is. A list with a mistake changes nothing. What would change is shown first;
    /// applying goes on where it stopped when the command is repeated. Members of an institution that moves to another
    /// connector become RECONNECTED, of a retired one DISCONTINUED, and IMPAIRED where they lack a credential that is
    /// required now.
    Load {
        /// The list; its name ends with .csv or .json
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Connector of new institutions that name none
        #[arg(long, value_name = "NAME")]
        connector: Option<String>,
        /// Retires institutions that the list does not have
        #[arg(long)]
        retire_missing: bool,
        /// Shows what would change, and changes nothing
        #[arg(long)]
        dry_run: bool,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Lists institutions, most popular first
    List {
        /// Only those whose name or code has this in it
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only hidden ones
        #[arg(long)]
        hidden: bool,
        /// Only retired ones
        #[arg(long)]
        retired: bool,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=LIMIT_MAX))]
        limit: u32,
    },
    /// Shows an institution: what it is, what it asks for, how its members do
    Show {
        /// Code or INS- guid
        institution: String,
    },
    /// Takes an institution out of searches; nobody can connect to it, members go on
    Hide {
        /// Code or INS- guid
        institution: String,
    },
    /// Puts a hidden institution back into searches
    Unhide {
        /// Code or INS- guid
        institution: String,
    },
    /// Ends an institution: it stays readable, its members become DISCONTINUED
    Retire {
        /// Code or INS- guid
        institution: String,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Offers a retired institution again; its members stay DISCONTINUED unless they are reconnected
    Unretire {
        /// Code or INS- guid
        institution: String,
        /// Brings its members back as RECONNECTED, as if it had moved to another connector
        #[arg(long)]
        reconnect: bool,
    },
}

/// Commands about jobs.
#[derive(Subcommand)]
pub(crate) enum JobCommand {
    /// Lists jobs, newest first
    List(JobListArgs),
    /// Shows a job: what happened when, why it ended, what the user sees, what to do
    Show {
        /// JOB- guid
        guid: String,
    },
}

/// Which jobs.
#[derive(Args)]
pub(crate) struct JobListArgs {
    /// Only those of this member, an MBR- guid
    #[arg(long, value_name = "GUID")]
    pub(crate) member: Option<String>,
    /// Only those at this institution, a code or INS- guid
    #[arg(long, value_name = "INSTITUTION")]
    pub(crate) institution: Option<String>,
    /// Only those in this status, such as HALTED
    #[arg(long, value_name = "NAME")]
    pub(crate) status: Option<String>,
    /// Only those made in the last 45s, 15m, 3h, 14d
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=LIMIT_MAX))]
    pub(crate) limit: u32,
}

/// Commands about members.
#[derive(Subcommand)]
pub(crate) enum MemberCommand {
    /// Lists members of all users
    List(MemberListArgs),
    /// Answers on one page: why is this connection not updating?
    Show {
        /// MBR- guid
        guid: String,
    },
    /// Closes a member: its credentials are erased, its data stays
    Close {
        /// MBR- guid
        guid: String,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Pauses a member: it shows DISABLED, no job starts
    Pause {
        /// MBR- guid
        guid: String,
    },
    /// Ends the pause of a member: its former status comes back
    Resume {
        /// MBR- guid
        guid: String,
    },
}

/// Which members.
#[derive(Args)]
pub(crate) struct MemberListArgs {
    /// Only those in this status, such as DEGRADED; null: those without one
    #[arg(long, value_name = "NAME")]
    pub(crate) status: Option<String>,
    /// Only those at this institution, a code or INS- guid
    #[arg(long, value_name = "INSTITUTION")]
    pub(crate) institution: Option<String>,
    /// Only those of this user, a USR- guid
    #[arg(long, value_name = "GUID")]
    pub(crate) user: Option<String>,
    /// Only those without success for so long: 48h unless a time is given
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "48h")]
    pub(crate) stale: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=LIMIT_MAX))]
    pub(crate) limit: u32,
}
