//! The command line as people read it.
mod operator;

pub(crate) use operator::{InstitutionsCommand, JobCommand, JobListArgs, MemberCommand, MemberListArgs};

use crate::settings::Layers;
use clap::{Args, Parser, Subcommand};
use domain::time::{Date, Timestamp};
use std::path::PathBuf;

/// A self-hosted server for personal financial data that speaks the Nexus, SSO and Real Time APIs.
#[derive(Parser)]
#[command(name = "tributary", version, max_term_width = 100, after_long_help = AFTER)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
First steps:
  tributary demo                         see the whole round of work, on made-up data
  tributary serve --sandbox              a server with test institutions; prints an API key
  tributary serve                        a server; then, in another terminal:
  tributary client create acme           makes a client and prints its API key
  tributary import --user jane a.ofx     puts a bank statement into the store
  tributary doctor                       what is set, what is wrong, and how to mend it

Settings: every option is a setting, and most settings have no option. A setting is taken from the command line
(--data-dir DIR, or --set data_dir=DIR), else from the environment (TRIBUTARY_DATA_DIR=DIR), else from the file
(data_dir = \"DIR\" in tributary.toml, or the file named by --config or TRIBUTARY_CONFIG), else it has its default.
`tributary doctor --settings` lists all of them with their meaning, as a file to begin with.

Exit codes: 0 done, 1 failed (the last line says why and what to do), 2 the command line or a setting is wrong.";

/// Options of every command.
#[derive(Args)]
pub(crate) struct Common {
    /// Settings file (TOML); default: tributary.toml, if it is there [env: TRIBUTARY_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the database, the master key and the lock; default: ./tributary-data [env: TRIBUTARY_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// PostgreSQL database, postgres://user:password@host/name; default: SQLite in the data folder
    /// [env: TRIBUTARY_DATABASE, better, because others can see command lines]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Answers in JSON, for machines [env: TRIBUTARY_JSON]
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_name = "BOOL", hide_possible_values = true)]
    pub(crate) json: Option<bool>,
    /// Least level that is logged: error, warn, info, debug [env: TRIBUTARY_LOG_LEVEL]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// Any setting by name; can be repeated. `tributary doctor --settings` lists them
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
}

/// Options of a server.
#[derive(Args, Default)]
pub(crate) struct ServerArgs {
    /// Address and port to listen on; port 0 takes a free one; default: 127.0.0.1:8080 [env: TRIBUTARY_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Offers the sandbox: test institutions, a movable clock [env: TRIBUTARY_SANDBOX]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL",
        hide_possible_values = true)]
    pub(crate) sandbox: Option<bool>,
    /// How browsers and partners reach this server; default: the listening address [env: TRIBUTARY_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Host name under which Nexus is reached without a prefix [env: TRIBUTARY_NEXUS_HOST]
    #[arg(long, value_name = "NAME")]
    pub(crate) nexus_host: Option<String>,
    /// Host name under which SSO is reached without its prefix [env: TRIBUTARY_SSO_HOST]
    #[arg(long, value_name = "NAME")]
    pub(crate) sso_host: Option<String>,
    /// Host name under which Real Time is reached without its prefix [env: TRIBUTARY_LIVE_HOST]
    #[arg(long, value_name = "NAME")]
    pub(crate) live_host: Option<String>,
    /// Host name under which Platform is reached without its prefix [env: TRIBUTARY_PLATFORM_HOST]
    #[arg(long, value_name = "NAME")]
    pub(crate) platform_host: Option<String>,
    /// A listener of its own for /metrics [env: TRIBUTARY_METRICS_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics_listen: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, separated by commas [env: TRIBUTARY_PROXIES]
    #[arg(long, value_name = "NETWORKS")]
    pub(crate) proxies: Option<String>,
    /// Log lines for people (text) or machines (json) [env: TRIBUTARY_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Runs the server
    ///
    /// Says `listening on http://ADDRESS` on standard error when it is ready. SIGTERM and SIGINT let open requests
    /// finish and end it; a second signal ends it at once. The first start with --sandbox on an empty store makes
    /// the client `sandbox`; its API key is TRIBUTARY_SANDBOX_API_KEY or a random one, is printed once and kept in
    /// DATA_DIR/sandbox.json.
    Serve(ServerArgs),
    /// Shows the whole round of work on made-up data, step by step, and goes on serving
    ///
    /// Starts a server with the sandbox (in a temporary folder and on a free port unless they are given), and is its
    /// client over HTTP: makes a user, opens a session, connects a bank that asks a question, reads accounts and
    /// transactions, imports a statement file.
    Demo {
        #[command(flatten)]
        server: ServerArgs,
        /// Ends after the last step
        #[arg(long)]
        exit: bool,
    },
    /// Clients: those who own users and call with an API key
    #[command(subcommand)]
    Client(ClientCommand),
    /// Users of the clients
    #[command(subcommand)]
    User(UserCommand),
    /// Microdeposits: at which banks none are made
    #[command(subcommand)]
    Microdeposit(MicrodepositCommand),
    /// The sandbox: its clock, and faults of its banks
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Webhooks of a client: one URL for each type of events
    ///
    /// Types are the resources user, member, account, transaction, holding, budget, category, goal, tag, tagging,
    /// spending_plan, beat, micro_deposit and the flat events aggregation, history, balance, verification,
    /// identification, connection_status, job_status, notification. docs/webhooks.md tells what receivers get.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Puts bank statements (OFX, QFX) into the store
    ///
    /// All files are read first; where one is damaged, it is said where, and nothing of any file is stored. Importing
    /// the same or an overlapping file again changes nothing.
    Import {
        /// The statement files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Whose statements they are: the partner's id of the user, or a USR- guid
        #[arg(long, value_name = "ID")]
        user: String,
        /// The client the user belongs to; not needed where there is only one
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// Makes the user where there is none with this id
        #[arg(long)]
        create_user: bool,
        /// Shows what would be stored, and stores nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// The catalogue of institutions
    #[command(subcommand)]
    Institutions(InstitutionsCommand),
    /// Members: the connections of users to institutions
    #[command(subcommand)]
    Member(MemberCommand),
    /// Jobs of members
    #[command(subcommand)]
    Job(JobCommand),
    /// Brings the schema of the store up to date (`serve` does that too)
    Migrate,
    /// Shows settings with where each came from, and looks for what is wrong: files, keys, database, audit trail
    Doctor {
        /// Prints all settings as a settings file, and checks nothing
        #[arg(long)]
        settings: bool,
    },
    /// Prints the OpenAPI document of the faces
    Openapi,
    /// Prints the completions of a shell: `source <(tributary completions bash)`
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Commands about clients.
#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Makes a client with its first API key, which is shown this once
    Create {
        /// Its id in paths: letters, digits, '-', '_', '.'
        client_id: String,
        /// Its name, for people; default: its id
        #[arg(long)]
        name: Option<String>,
        /// File with the API key to use in place of a random one ('-': standard input)
        #[arg(long, value_name = "FILE")]
        key_from: Option<PathBuf>,
        /// A setting of the client, such as shows_account_numbers=true; can be repeated
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        with: Vec<(String, String)>,
    },
    /// Changes settings of a client, such as source_addresses=10.0.0.1,10.0.0.2
    Set {
        /// Its id
        client_id: String,
        /// What to change; a wrong name lists the right ones
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = pair)]
        settings: Vec<(String, String)>,
    },
    /// Lists all clients
    List,
    /// Makes a further API key, lists the keys, or ends one; a client has two at most, so that one can be replaced
    Key {
        /// The client's id
        client_id: String,
        /// What the new key is called
        #[arg(long, default_value = "further", value_name = "TEXT")]
        label: String,
        /// Lists the live keys by the first digits of their SHA-256
        #[arg(long, conflicts_with = "revoke")]
        list: bool,
        /// Ends the key whose SHA-256 begins so
        #[arg(long, value_name = "HASH")]
        revoke: Option<String>,
    },
}

/// Commands about users.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Lists users, oldest first
    List {
        /// Only those of this client
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// Only those after this one: a USR- guid from the list before
        #[arg(long, value_name = "GUID")]
        after: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Shows a user with members and accounts
    Show {
        /// The partner's id of the user, or a USR- guid
        user: String,
        /// The client the user belongs to; not needed where there is only one
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
    },
}

/// Commands about microdeposits.
#[derive(Subcommand)]
pub(crate) enum MicrodepositCommand {
    /// Refuses microdeposits at a bank, for all clients (a client's own list is its setting blocked_routing_numbers)
    Block {
        /// Nine digits
        routing_number: String,
        /// Why, for people
        #[arg(long, default_value = "", value_name = "TEXT", hide_default_value = true)]
        note: String,
    },
    /// Lets microdeposits be made there again
    Unblock {
        /// Nine digits
        routing_number: String,
    },
    /// Lists the banks that are blocked
    Blocked,
}

/// Commands about the sandbox.
#[derive(Subcommand)]
pub(crate) enum SandboxCommand {
    /// Shows service time, or sets how it runs; it never goes backwards
    Clock {
        /// It stands still
        #[arg(long, conflicts_with_all = ["offset", "real"])]
        freeze: bool,
        /// It runs on, from now or from --at
        #[arg(long, conflicts_with = "real")]
        offset: bool,
        /// It is the machine's time again
        #[arg(long, conflicts_with = "at")]
        real: bool,
        /// The time it shall show, such as 2026-01-05T12:00:00Z or 2026-01-05
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Option<Timestamp>,
    },
    /// Moves service time forward; what falls due on the way is done in the order of its times
    Advance {
        /// How far: 90s, 15m, 12h, 3d, or several of them together, such as 1d12h
        #[arg(value_name = "DURATION", required_unless_present = "days", value_parser = seconds)]
        by: Option<i64>,
        /// So many days (more)
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1_830))]
        days: Option<i64>,
    },
    /// Waits until nothing is due, for a minute at most; fails where something still is
    Settle,
    /// Faults of the sandbox's banks
    #[command(subcommand)]
    Faults(FaultsCommand),
}

/// Commands about faults.
#[derive(Subcommand)]
pub(crate) enum FaultsCommand {
    /// Lists the faults that are in force; one that has struck its last time is gone
    List,
    /// Replaces all faults by those of a file, as GET /sandbox/faults writes them
    Set {
        /// The file ('-': standard input)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Adds a fault behind those that are there
    Add(FaultArgs),
    /// Deletes all faults
    Clear,
}

/// A fault.
#[derive(Args)]
pub(crate) struct FaultArgs {
    /// latency (with --ms), error (--status), rate_limited (--retry-after), timeout, drop, malformed, empty,
    /// missing_account (--name) or changed_ids
    pub(crate) kind: String,
    /// Only at this institution, such as mxbank
    #[arg(long, value_name = "CODE")]
    pub(crate) institution: Option<String>,
    /// Only for this member
    #[arg(long, value_name = "GUID")]
    pub(crate) member: Option<String>,
    /// login, accounts, transactions, holdings, numbers, owners; default: any of them
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Strikes so often, then is gone; default: until it is deleted
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<i64>,
    /// From 0 to 1; default: 1
    #[arg(long, value_name = "P")]
    pub(crate) probability: Option<String>,
    /// Milliseconds that each answer comes late
    #[arg(long, value_name = "N")]
    pub(crate) ms: Option<i64>,
    /// HTTP status of the bank's answer
    #[arg(long, value_name = "N")]
    pub(crate) status: Option<i64>,
    /// Seconds that the bank asks to wait
    #[arg(long, value_name = "SECONDS")]
    pub(crate) retry_after: Option<i64>,
    /// Name of the account that is missing
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// A moment, or a day, which begins at midnight UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok().map(Date::midnight);
    let time = Timestamp::parse_rfc3339(text).ok().or_else(day);
    time.ok_or_else(|| "write a time such as 2026-01-05T12:00:00Z, or a day such as 2026-01-05".to_owned())
}

/// Seconds of a duration such as `1d12h`.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "write a duration such as 90s, 15m, 12h, 3d or 1d12h".to_owned();
    let mut rest = text;
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at(end);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let of_unit = match unit.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        sum = number.checked_mul(of_unit).and_then(|n| sum.checked_add(n)).ok_or_else(wrong)?;
        rest = unit.get(1..).unwrap_or_default();
    }
    if sum > 0 { Ok(sum) } else { Err(wrong()) }
}

/// Commands about webhooks.
#[derive(Subcommand)]
pub(crate) enum WebhookCommand {
    /// Makes a webhook, or replaces the one of its type; its signing secret is shown this once
    Add {
        /// The client's id
        client_id: String,
        /// The type of events
        event: String,
        /// Where they go: HTTPS and a public address, unless the settings allow others
        url: String,
        #[command(flatten)]
        proof: WebhookProof,
    },
    /// Lists the webhooks of a client
    List {
        /// The client's id
        client_id: String,
    },
    /// Shows one webhook
    Show {
        /// The client's id
        client_id: String,
        /// The type of events
        event: String,
    },
    /// Removes a webhook; its events, sent or not, go with it
    Remove {
        /// The client's id
        client_id: String,
        /// The type of events
        event: String,
    },
    /// Sends an event that tells nothing, and says what the receiver answered
    Test {
        /// The client's id
        client_id: String,
        /// The type of events
        event: String,
    },
    /// Lists events that were given up, latest first; they are kept for seven days
    Failed {
        /// The client's id
        client_id: String,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Sends an event once more, or all that were given up
    Redeliver {
        /// The client's id
        client_id: String,
        /// Its webhook-id
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All that were given up
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

/// What a webhook shows its receiver besides the signature.
#[derive(Args)]
pub(crate) struct WebhookProof {
    /// Name for HTTP Basic
    #[arg(long, requires = "password_from", value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// File with the password for HTTP Basic ('-': standard input)
    #[arg(long, requires = "user", value_name = "FILE")]
    pub(crate) password_from: Option<PathBuf>,
    /// File with a client certificate: PEM of the private key and the chain
    #[arg(long, conflicts_with_all = ["user", "token_url"], value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Where OAuth2 tokens are asked for (client credentials)
    #[arg(long, conflicts_with = "user", requires_all = ["oauth_client_id", "oauth_secret_from"], value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// Id of the client there
    #[arg(long, requires = "token_url", value_name = "ID")]
    pub(crate) oauth_client_id: Option<String>,
    /// File with its secret ('-': standard input)
    #[arg(long, requires = "token_url", value_name = "FILE")]
    pub(crate) oauth_secret_from: Option<PathBuf>,
    /// What is asked for there
    #[arg(long, requires = "token_url", value_name = "SCOPE")]
    pub(crate) oauth_scope: Option<String>,
}

/// `NAME=VALUE`
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "write NAME=VALUE".to_owned())?;
    Ok((name.trim().replace('-', "_"), value.to_owned()))
}

impl Cli {
    /// What the command line and the environment say of settings.
    pub(crate) fn layers(&self, environment: impl Iterator<Item = (String, String)>) -> Layers {
        let common = &self.common;
        let mut arguments = common.set.clone();
        let flag = |value: Option<bool>| value.map(|value| value.to_string());
        let mut options = vec![
            ("data_dir", common.data_dir.clone()),
            ("database", common.database.clone()),
            ("json", flag(common.json)),
            ("log_level", common.log_level.clone()),
        ];
        if let Command::Serve(server) | Command::Demo { server, .. } = &self.command {
            options.extend([
                ("listen", server.listen.clone()),
                ("sandbox", flag(server.sandbox)),
                ("public_url", server.public_url.clone()),
                ("nexus_host", server.nexus_host.clone()),
                ("sso_host", server.sso_host.clone()),
                ("live_host", server.live_host.clone()),
                ("platform_host", server.platform_host.clone()),
                ("metrics_listen", server.metrics_listen.clone()),
                ("proxies", server.proxies.clone()),
                ("log_format", server.log_format.clone()),
            ]);
        }
        let given = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        arguments.extend(given);
        Layers { file: common.config.clone(), environment: environment.collect(), arguments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_and_moments() {
        for (text, expected) in [
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("3d", 259_200),
            ("1d12h", 129_600),
            ("1d1d", 172_800),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in
            ["", "3", "d", "3x", "0s", "-1d", "1.5d", "3 d", "99999999999999999999d", "9999999999999999d"]
        {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(moment("2026-01-05").unwrap().to_z(), "2026-01-05T00:00:00.000Z");
        assert_eq!(moment("2026-01-05T13:00:00+01:00").unwrap().to_z(), "2026-01-05T12:00:00.000Z");
        assert!(moment("tomorrow").is_err());
    }

    #[test]
    fn every_option_is_a_setting() {
        let line = "tributary serve --sandbox --listen 1.2.3.4:5 --data-dir d --set session-idle=1h --log-format json";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let loaded = crate::settings::load(&cli.layers(std::iter::empty())).unwrap();
        let settings = &loaded.settings;
        assert!(settings.sandbox.0);
        assert_eq!((settings.listen.0.as_str(), settings.data_dir.0.as_str()), ("1.2.3.4:5", "d"));
        assert_eq!(settings.core().session_idle.as_secs(), 3600);
        assert_eq!(loaded.source_of("listen"), "--listen");
    }

    #[test]
    fn the_sandbox_can_be_switched_off_again() {
        let cli = Cli::try_parse_from(["tributary", "serve", "--sandbox=false"]).unwrap();
        let environment = [("TRIBUTARY_SANDBOX".to_owned(), "true".to_owned())];
        let loaded = crate::settings::load(&cli.layers(environment.into_iter())).unwrap();
        assert!(!loaded.settings.sandbox.0);
    }
}
