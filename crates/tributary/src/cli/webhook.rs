//! Commands about webhooks, as people read them.
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
