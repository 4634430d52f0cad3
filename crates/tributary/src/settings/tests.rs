use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn refused(layers: &Layers) -> String {
    format!("{:#}", load(layers).unwrap_err())
}

#[test]
fn the_later_layer_wins_and_is_named() {
    let (_folder, path) = file(
        "listen = \"1.1.1.1:1\"\nsession_idle = \"1h\"\nheaders_max = 7\nsandbox = true\nstreams_max = 9",
    );
    let layers = Layers {
        file: Some(path.clone()),
        environment: texts(&[
            ("TRIBUTARY_SESSION_IDLE", "2h"),
            ("TRIBUTARY_HEADERS_MAX", "8"),
            ("TRIBUTARY_DATABASE", ""),
            ("TRIBUTARY_TEST_POSTGRES", "require"),
            ("TRIBUTARY_SPEC_DIR", "spec"),
            ("HOME", "/root"),
        ]),
        arguments: texts(&[("session_idle", "3 hours")]),
    };
    let loaded = load(&layers).unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.core().session_idle, Duration::from_secs(3 * 3600));
    assert_eq!((settings.limits().headers_max, settings.limits().streams_max), (8, 9));
    assert!(settings.sandbox.0 && settings.database.is_none());
    let sources =
        ["session_idle", "headers_max", "listen", "data_dir", "database"].map(|name| loaded.source_of(name));
    let file = path.display().to_string();
    assert_eq!(sources, ["--session-idle", "TRIBUTARY_HEADERS_MAX", &file, "default", "default"]);
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = Settings::default();
    assert_eq!(settings.core(), Core::default());
    assert_eq!(settings.limits(), Limits::default());
    assert_eq!(settings.access_log(), AccessLogSettings::default());
}

#[test]
fn rate_limits_are_off_with_the_sandbox_unless_set() {
    let rates = |pairs: &[(&str, &str)]| {
        load(&Layers { arguments: texts(pairs), ..Layers::default() }).unwrap().settings.limits().rates
    };
    assert_eq!(rates(&[("sandbox", "true")]), Rates { keys_max: 200_000, ..Rates::OFF });
    let set = rates(&[("sandbox", "true"), ("session_rate", "5"), ("login_failures_per_minute", "3")]);
    assert_eq!(set.session, Some(Rate { per_second: 5, burst: 200 }));
    assert_eq!((set.key_reads, set.login_failures_per_minute), (None, Some(3)));
    let set = rates(&[("session_rate", "off"), ("key_write_rate", "9")]);
    assert_eq!((set.session, set.key_writes), (None, Some(Rate { per_second: 9, burst: 9 })));
}

#[test]
fn unknown_settings_are_refused_wherever_they_stand() {
    let (_folder, path) = file("sesion_idle = \"1h\"\n");
    let said = refused(&Layers { file: Some(path.clone()), ..Layers::default() });
    assert!(said.contains(&format!("{}: the setting sesion_idle is unknown", path.display())), "{said}");
    assert!(said.contains("did you mean") && said.contains("session_idle"), "{said}");
    let environment = texts(&[("TRIBUTARY_LISTNE", "x")]);
    let said = refused(&Layers { environment, ..Layers::default() });
    assert!(
        said.contains("TRIBUTARY_LISTNE is unknown; did you mean the variable TRIBUTARY_LISTEN?"),
        "{said}"
    );
    let said = refused(&Layers { arguments: texts(&[("colour", "red")]), ..Layers::default() });
    assert!(said.starts_with("the setting colour is unknown"), "{said}");
    let (_folder, path) = file("[limits]\nbody = 1\n");
    let said = refused(&Layers { file: Some(path), ..Layers::default() });
    assert!(said.contains("the setting limits is unknown"), "{said}");
}

#[test]
fn malformed_values_say_where_and_what_is_right() {
    for (name, value, what) in [
        ("session_idle", "soon", "session_idle (from --session-idle): \"soon\" is not a duration"),
        ("session_idle", "0", "longer than nothing"),
        ("body_bytes_max", "1 MB", "is not a size"),
        ("sandbox", "maybe", "neither true nor false"),
        ("proxies", "10.0.0.0/8,home", "\"home\" is not an address or network"),
        ("log_format", "xml", "neither text nor json"),
        ("log_level", "a=b=c", "no filter"),
        ("session_rate", "0", "write off"),
        ("session_rate", "many", "or off"),
        ("database", "mysql://x", "postgres://"),
        ("public_url", "example.com", "https://host"),
        ("connections_max", "0", "at least 1"),
    ] {
        let said = refused(&Layers { arguments: texts(&[(name, value)]), ..Layers::default() });
        assert!(said.contains(what), "{name}={value}: {said}");
    }
    let (_folder, path) = file("listen = ");
    let said = refused(&Layers { file: Some(path), ..Layers::default() });
    assert!(said.contains("cannot be read"), "{said}");
    let said = refused(&Layers { file: Some("/nowhere.toml".into()), ..Layers::default() });
    assert_eq!(said, "there is no settings file /nowhere.toml");
}

#[test]
fn secrets_are_never_shown() {
    let key = "0123456789012345678901234567890123456789012345678901234567890123";
    let layers = Layers {
        environment: texts(&[
            ("TRIBUTARY_MASTER_KEY", key),
            ("TRIBUTARY_SANDBOX_API_KEY", "1234567890123456"),
        ]),
        ..Layers::default()
    };
    let settings = load(&layers).unwrap().settings;
    assert_eq!(settings.master_key.as_ref().unwrap().0.expose(), key);
    let all = format!("{settings:?} {:?}", settings.shown());
    assert!(!all.contains("0123456789") && !all.contains("1234567890"), "{all}");
}

#[test]
fn durations_and_sizes_as_people_write_them() {
    for (text, seconds) in [
        ("90", 90),
        ("15m", 900),
        ("30 min", 1800),
        ("3h", 10_800),
        ("14d", 1_209_600),
        ("1h 30m", 5400),
        ("2 weeks", 1_209_600),
        ("1 day 1 second", 86_401),
    ] {
        assert_eq!(text.parse(), Ok(Period(Duration::from_secs(seconds))), "{text}");
    }
    for text in ["", "m", "15 fortnights", "-1s", "1.5h", "99999999999999999999s", "4000d", "5 5"] {
        assert!(text.parse::<Period>().is_err(), "{text}");
    }
    for (text, bytes) in [("512", 512), ("8 KiB", 8192), ("1MiB", 1 << 20), ("2g", 2 << 30)] {
        assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
    }
    assert_eq!(Period(Duration::from_millis(5_400_250)).to_string(), "1h 30m 250ms");
    assert_eq!(
        (Bytes(1 << 20).to_string(), Bytes(1025).to_string()),
        ("1 MiB".to_owned(), "1025".to_owned())
    );
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(millis in 0u64..300_000_000_000, bytes: u64) {
        let period = Period(Duration::from_millis(millis));
        prop_assert_eq!(period.to_string().parse(), Ok(period));
        prop_assert_eq!(Bytes(bytes).to_string().parse(), Ok(Bytes(bytes)));
    }
}
