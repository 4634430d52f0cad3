//! The command line as people read it.
mod operator;
mod sandbox;
mod webhook;

pub(crate) use operator::{InstitutionsCommand, JobCommand, JobListArgs, MemberCommand, MemberListArgs};
pub(crate) use sandbox::{FaultArgs, FaultsCommand, SandboxCommand};
pub(crate) use webhook::{WebhookCommand, WebhookProof};

use crate::settings::Layers;
use clap::{Args, Parser, Subcommand};
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
  tributary enrich a.csv                 merchants, categories and flags of descriptions
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
    /// Says what descriptions in a CSV file mean: merchant, category, flags, and why
    ///
    /// The first line names the columns: description and amount (a debit is negative), mcc if there is one; others are
    /// left alone. A row is a line. Prints a row for each row: description, merchant, category, flags, reason; with
    /// --json a line of JSON. Rows that cannot be read are reported with their line and stop nothing; the exit code is
    /// then 1. Needs no store.
    Enrich {
        /// The file; '-': standard input
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Where to write in place of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
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
