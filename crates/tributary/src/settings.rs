//! Settings: the default, then the settings file, then `TRIBUTARY_*` of the environment, then the command line;
//! the later one wins. A setting nobody knows is refused. Each setting stands once, in the table below.
mod load;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use load::{Layers, Loaded, load};
pub(crate) use values::{Bytes, Flag, LogFormat, Networks, Number, Period, Secret, Show, Switch, Text};

use anyhow::Context as _;
use connectors::http::Filter;
use domain::settings::Settings as Core;
use faces::{
    access_log::AccessLogSettings,
    dialect::Hosts,
    limits::{Limits, Rate, Rates},
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A setting as it is told: by a running server too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Its name.
    pub(crate) name: String,
    /// Its value in force; never a secret.
    pub(crate) value: Option<String>,
    /// Where it came from.
    pub(crate) source: String,
}

/// A setting as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) help: &'static str,
    /// Its value; `None` where nothing is set.
    pub(crate) value: Option<String>,
    /// The value as the settings file spells it.
    pub(crate) in_file: Option<String>,
}

macro_rules! settings {
    ($($(#[doc = $help:literal])* $name:ident: $type:ty = $default:expr;)*) => {
        /// Every setting.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct Settings {
            $($(#[doc = $help])* pub(crate) $name: $type,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// The names of all settings.
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Settings {
            /// All settings in the order of the table.
            pub(crate) fn shown(&self) -> Vec<Shown> {
                vec![$(shown(stringify!($name), concat!($($help),*), &self.$name)),*]
            }
        }
    };
}

fn shown(name: &'static str, help: &'static str, value: &impl Show) -> Shown {
    let text = value.show();
    let in_file = text.as_ref().map(|text| {
        if value.is_bare() { text.clone() } else { toml::Value::String(text.clone()).to_string() }
    });
    Shown { name, help: help.trim(), value: text, in_file }
}

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

fn core() -> Core {
    Core::default()
}

fn limits() -> Limits {
    Limits::default()
}

fn bytes(count: usize) -> Bytes {
    Bytes(u64::try_from(count).unwrap_or(u64::MAX))
}

settings! {
    /// Address and port to listen on; port 0 takes a free one.
    listen: Text = text("127.0.0.1:8080");
    /// Folder of everything the server keeps: database, master key, lock, socket.
    data_dir: Text = text("./tributary-data");
    /// PostgreSQL: postgres://user:password@host/name. Unset: SQLite, tributary.db in the data folder.
    database: Option<Secret> = None;
    /// Connections to PostgreSQL of this process.
    database_connections: Number<usize> = Number(16);
    /// Whether the sandbox exists: test institutions, a movable clock, /sandbox.
    sandbox: Flag = Flag(false);
    /// API key of the client that the first start with the sandbox makes. Unset: a random one.
    sandbox_api_key: Option<Secret> = None;
    /// Master key, 32 bytes in base64 or hexadecimal. Unset: the file master.key in the data folder.
    master_key: Option<Secret> = None;
    /// How browsers and partners reach this server, for the addresses it hands out. Unset: the listening address.
    public_url: Option<Text> = None;
    /// Host name under which Nexus is reached without a prefix.
    nexus_host: Option<Text> = None;
    /// Host name under which SSO is reached without its prefix.
    sso_host: Option<Text> = None;
    /// Host name under which Real Time is reached without its prefix.
    live_host: Option<Text> = None;
    /// Host name under which Platform is reached without its prefix.
    platform_host: Option<Text> = None;
    /// Address of a listener of its own for /metrics. Unset: on the main one.
    metrics_listen: Option<Text> = None;
    /// Proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas.
    proxies: Networks = Networks::default();
    /// Least level that is logged: error, warn, info, debug; or a filter such as info,engine=debug.
    log_level: Text = text("info");
    /// Log lines for people (text) or machines (json).
    log_format: LogFormat = LogFormat::Text;
    /// Requests that take this long are always in the access log; failed ones are too.
    access_log_slow_from: Period = Period(AccessLogSettings::default().slow_from);
    /// Every so many-th of the other requests is in the access log; 0: none.
    access_log_sample_every: Number<u64> = Number(AccessLogSettings::default().sample_every);
    /// Whether webhooks and connectors may reach private addresses of the network.
    allow_private_addresses: Flag = Flag(false);
    /// Whether webhooks and connectors may use plain HTTP.
    allow_plain_http: Flag = Flag(false);
    /// File with PEM of certificate authorities that webhooks and connectors trust besides those of the machine.
    outgoing_ca_file: Option<Text> = None;
    /// How long the receiver of a webhook may take to answer.
    webhook_time_limit: Period = Period(core().webhook_time_limit);
    /// Commands answer in JSON, for machines.
    json: Flag = Flag(false);

    /// How long a challenge may be answered.
    challenge_lifetime: Period = Period(core().challenge_lifetime);
    /// Time after a complete aggregation in which a member is not aggregated again.
    aggregation_throttle: Period = Period(core().aggregation_throttle);
    /// Time between two background aggregations of a member.
    background_interval: Period = Period(core().background_interval);
    /// The same while a member is DISCONNECTED.
    disconnected_interval: Period = Period(core().disconnected_interval);
    /// Age at which a PENDING member is purged.
    pending_lifetime: Period = Period(core().pending_lifetime);
    /// How long an OAuth address may be visited.
    oauth_uri_lifetime: Period = Period(core().oauth_uri_lifetime);
    /// Time after which a member that is not connected yet shows DELAYED.
    delayed_after: Period = Period(core().delayed_after);
    /// Longest work of a job, without the waits for answers.
    job_time_limit: Period = Period(core().job_time_limit);
    /// Refusals in a row at which a member becomes PREVENTED.
    denied_limit: Number<u32> = Number(core().denied_limit);
    /// Failures in a row at which a member becomes DEGRADED.
    failed_limit: Number<u32> = Number(core().failed_limit);
    /// Time without success after which a DEGRADED member becomes DISCONNECTED.
    disconnected_after: Period = Period(core().disconnected_after);
    /// Jobs worked on at once at one institution; the sandbox's have no such limit.
    jobs_per_institution: Number<u32> = Number(core().jobs_per_institution);
    /// Most members of one user.
    max_members_per_user: Number<u32> = Number(core().max_members_per_user);
    /// How long deleted objects are kept before they are purged.
    soft_delete: Period = Period(core().soft_delete);
    /// How long an ended job can be read.
    job_retention: Period = Period(core().job_retention);
    /// Wrong tries at which a microdeposit becomes PREVENTED.
    microdeposit_tries: Number<u32> = Number(core().microdeposit_tries);
    /// Days of history that a first aggregation takes.
    first_history_days: Number<u32> = Number(core().first_history_days);
    /// Days of history that a later aggregation takes.
    later_history_days: Number<u32> = Number(core().later_history_days);
    /// Months of history that extend_history takes.
    extended_history_months: Number<u32> = Number(core().extended_history_months);
    /// Idle time that ends a session.
    session_idle: Period = Period(core().session_idle);
    /// Age that ends a session however busy it is, or off.
    session_max_lifetime: Switch<Period> = Switch(core().session_max_lifetime.map(Period));
    /// How long a one-time API token may be used.
    api_token_lifetime: Period = Period(core().api_token_lifetime);

    /// Largest body of a request.
    body_bytes_max: Bytes = bytes(limits().body_bytes_max);
    /// Largest body of a bulk call of Real Time.
    bulk_bytes_max: Bytes = bytes(limits().bulk_bytes_max);
    /// Largest batch file.
    upload_bytes_max: Bytes = bytes(limits().upload_bytes_max);
    /// Longest path and query of a request.
    uri_bytes_max: Bytes = bytes(limits().uri_bytes_max);
    /// Most headers of a request.
    headers_max: Number<usize> = Number(limits().headers_max);
    /// Largest sum of all headers of a request.
    headers_bytes_max: Bytes = bytes(limits().headers_bytes_max);
    /// Time for a request.
    request_time_max: Period = Period(limits().request_time_max);
    /// Time for the upload of a batch file.
    upload_time_max: Period = Period(limits().upload_time_max);
    /// Time until the headers of a request are there.
    header_time_max: Period = Period(limits().header_time_max);
    /// Time a connection may wait for its next request.
    idle_time_max: Period = Period(limits().idle_time_max);
    /// Connections at a time.
    connections_max: Number<usize> = Number(limits().connections_max);
    /// Requests at a time on one HTTP/2 connection.
    streams_max: Number<u32> = Number(limits().streams_max);
    /// Time that open requests get to finish at a shutdown.
    shutdown_time_max: Period = Period(limits().shutdown_time_max);
    /// Answers from this size on are compressed for callers that ask.
    compress_bytes_min: Bytes = Bytes(limits().compress_bytes_min);
    /// Requests a second of one session, or off. Unset: 50, with the sandbox off.
    session_rate: Option<Switch<Number<u32>>> = None;
    /// Requests of one session at once, after a pause.
    session_burst: Number<u32> = Number(200);
    /// Writes a second with one API key, or off. Unset: 750, with the sandbox off.
    key_write_rate: Option<Switch<Number<u32>>> = None;
    /// Reads a second with one API key, or off. Unset: 2000, with the sandbox off.
    key_read_rate: Option<Switch<Number<u32>>> = None;
    /// Failed POST /sessions a minute from one address, or off. Unset: 20, with the sandbox off.
    login_failures_per_minute: Option<Switch<Number<u32>>> = None;
}

impl Settings {
    /// Where requests of ours may go.
    pub(crate) fn outgoing(&self) -> anyhow::Result<Filter> {
        let authorities = match &self.outgoing_ca_file {
            Some(Text(path)) => {
                std::fs::read(path).with_context(|| format!("outgoing_ca_file: cannot read {path}"))?
            }
            None => Vec::new(),
        };
        Ok(Filter {
            allow_private: self.allow_private_addresses.0,
            allow_plain: self.allow_plain_http.0,
            admitted: Vec::new(),
            authorities,
        })
    }

    /// Durations and limits of members, jobs and sessions.
    pub(crate) fn core(&self) -> Core {
        Core {
            challenge_lifetime: self.challenge_lifetime.0,
            aggregation_throttle: self.aggregation_throttle.0,
            background_interval: self.background_interval.0,
            disconnected_interval: self.disconnected_interval.0,
            pending_lifetime: self.pending_lifetime.0,
            oauth_uri_lifetime: self.oauth_uri_lifetime.0,
            delayed_after: self.delayed_after.0,
            job_time_limit: self.job_time_limit.0,
            denied_limit: self.denied_limit.0,
            failed_limit: self.failed_limit.0,
            disconnected_after: self.disconnected_after.0,
            jobs_per_institution: self.jobs_per_institution.0,
            max_members_per_user: self.max_members_per_user.0,
            soft_delete: self.soft_delete.0,
            job_retention: self.job_retention.0,
            microdeposit_tries: self.microdeposit_tries.0,
            first_history_days: self.first_history_days.0,
            later_history_days: self.later_history_days.0,
            extended_history_months: self.extended_history_months.0,
            session_idle: self.session_idle.0,
            session_max_lifetime: self.session_max_lifetime.0.map(|period| period.0),
            api_token_lifetime: self.api_token_lifetime.0,
            webhook_time_limit: self.webhook_time_limit.0,
        }
    }

    /// Limits of requests and connections.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            body_bytes_max: self.body_bytes_max.get(),
            bulk_bytes_max: self.bulk_bytes_max.get(),
            upload_bytes_max: self.upload_bytes_max.get(),
            uri_bytes_max: self.uri_bytes_max.get(),
            headers_max: self.headers_max.0,
            headers_bytes_max: self.headers_bytes_max.get(),
            request_time_max: self.request_time_max.0,
            upload_time_max: self.upload_time_max.0,
            header_time_max: self.header_time_max.0,
            idle_time_max: self.idle_time_max.0,
            connections_max: self.connections_max.0,
            streams_max: self.streams_max.0,
            shutdown_time_max: self.shutdown_time_max.0,
            compress_bytes_min: self.compress_bytes_min.0,
            rates: self.rates(),
        }
    }

    /// Rate limits; with the sandbox they are off unless set (`spec: conventions, 8`).
    fn rates(&self) -> Rates {
        let unset = if self.sandbox.0 { Rates::OFF } else { Rates::default() };
        let rate = |set: Option<Switch<Number<u32>>>, burst: Option<u32>, unset: Option<Rate>| match set {
            Some(Switch(set)) => {
                set.map(|Number(per_second)| Rate { per_second, burst: burst.unwrap_or(per_second) })
            }
            None => unset.map(|unset| Rate { burst: burst.unwrap_or(unset.burst), ..unset }),
        };
        let failures = self.login_failures_per_minute;
        Rates {
            session: rate(self.session_rate, Some(self.session_burst.0), unset.session),
            key_writes: rate(self.key_write_rate, None, unset.key_writes),
            key_reads: rate(self.key_read_rate, None, unset.key_reads),
            login_failures_per_minute: failures
                .map_or(unset.login_failures_per_minute, |Switch(set)| set.map(|Number(max)| max)),
            keys_max: Rates::default().keys_max,
        }
    }

    /// What a rate limit that is not set comes to.
    fn unset_rate(&self, name: &str) -> Option<String> {
        let rates = self.rates();
        let rate = match name {
            "session_rate" => rates.session.map(|rate| rate.per_second),
            "key_write_rate" => rates.key_writes.map(|rate| rate.per_second),
            "key_read_rate" => rates.key_reads.map(|rate| rate.per_second),
            "login_failures_per_minute" => rates.login_failures_per_minute,
            _ => return None,
        };
        Some(rate.map_or_else(|| "off".to_owned(), |rate| rate.to_string()))
    }

    /// Faces by host name.
    pub(crate) fn hosts(&self) -> Hosts {
        let host = |host: &Option<Text>| host.as_ref().map(|Text(name)| name.to_ascii_lowercase());
        Hosts {
            nexus: host(&self.nexus_host),
            sso: host(&self.sso_host),
            live: host(&self.live_host),
            platform: host(&self.platform_host),
        }
    }

    /// Which requests the access log takes.
    pub(crate) fn access_log(&self) -> AccessLogSettings {
        AccessLogSettings {
            slow_from: self.access_log_slow_from.0,
            sample_every: self.access_log_sample_every.0,
            ..AccessLogSettings::default()
        }
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        PathBuf::from(&self.data_dir.0)
    }
}
