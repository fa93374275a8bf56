use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn problems(sources: &Sources) -> Vec<Problem> {
    load(sources).unwrap_err().problems
}

#[test]
fn the_defaults_and_every_profile_are_fine() {
    load(&Sources::default()).unwrap();
    for profile in [Profile::Development, Profile::Staging, Profile::Production] {
        let config = load(&Sources { profile: Some(profile), ..Sources::default() }).unwrap();
        assert_ne!(config, load(&Sources::default()).unwrap(), "{profile:?} changes nothing");
    }
}

#[test]
fn later_layers_win_key_by_key() {
    let (_folder, file) = written("[watch]\nstable_ms = 1\nopen_ms = 2\nrescan_secs = 3\n[log]\nformat = \"text\"\n");
    let sources = Sources {
        profile: Some(Profile::Production),
        file: Some(file),
        environment: environment(&[
            ("CARDMINT__WATCH__OPEN_MS", "20"),
            ("CARDMINT__WATCH__RESCAN_SECS", "30"),
            ("CARDMINT_PROFILE", "none of our business"),
            ("PATH", "/bin"),
        ]),
        flags: vec!["watch.rescan_secs=300".to_owned()],
    };
    let config = load(&sources).unwrap();
    assert_eq!((config.watch.stable_ms, config.watch.open_ms, config.watch.rescan_secs), (1, 20, 300));
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.watch.max_known_files, 200_000);
}

#[test]
fn the_variables_that_the_tests_of_the_whole_daemon_set_arrive() {
    let sources = Sources {
        environment: environment(&[
            ("CARDMINT__STATE_DIR", "/tmp/x/state"),
            ("CARDMINT__WATCH__FOLDER", "/tmp/x/watch"),
            ("CARDMINT__WATCH__STABLE_MS", "200"),
            ("CARDMINT__PRICING__PLUGIN_DIR", "/tmp/x/plugins"),
            ("CARDMINT__PRICING__BASE_URLS__TCGCSV", "http://127.0.0.1:9798"),
            ("CARDMINT__CONTROL__SOCKET_PATH", "/tmp/x/control.sock"),
            ("CARDMINT__WEB__LISTEN", ""),
            ("CARDMINT__PRICING__CONTACT", "5551234"),
        ]),
        ..Sources::default()
    };
    let config = load(&sources).unwrap();
    assert_eq!(config.database_url(), "sqlite:/tmp/x/state/cardmint.db");
    assert_eq!(config.pricing.base_urls["tcgcsv"], "http://127.0.0.1:9798");
    assert_eq!(config.web.listen, "");
    assert_eq!(config.pricing.contact, "5551234");
    assert_eq!(config.socket_mode(), 0o660);
}

#[test]
fn everything_wrong_is_said_at_once_with_layer_key_and_reason() {
    let text = "stat_dir = \"/x\"\n[watch]\nstable_ms = \"soon\"\nafter_admission = \"burn\"\n[weather]\nrain = 1\n";
    let (_folder, file) = written(text);
    let sources = Sources {
        file: Some(file.clone()),
        environment: environment(&[
            ("CARDMINT__PIPELINE__MAX_ATTEMPTS", "many"),
            ("CARDMINT__PIPELINE__LEASE_SECS", "10"),
        ]),
        flags: vec!["web.listen=0.0.0.0:80".to_owned(), "nonsense".to_owned()],
        ..Sources::default()
    };
    let found = problems(&sources);
    let file = file.display().to_string();
    let expected = [
        (file.as_str(), "stat_dir", "there is no such setting"),
        (file.as_str(), "watch.stable_ms", "expected"),
        (file.as_str(), "watch.after_admission", "burn"),
        (file.as_str(), "weather", "there is no such setting"),
        ("environment", "pipeline.max_attempts", "many"),
        ("environment", "pipeline.lease_secs", "must be longer"),
        ("flags", "web.listen", "loopback"),
        ("flags", "nonsense", "section.key=value"),
    ];
    for (layer, key, reason) in expected {
        let is_it = |problem: &&Problem| problem.layer == layer && problem.key == key;
        let problem = found.iter().find(is_it).unwrap_or_else(|| panic!("no problem with {key}: {found:#?}"));
        assert!(problem.reason.contains(reason), "{problem}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let sources = Sources { file: Some("/nonexistent/station.toml".into()), ..Sources::default() };
    assert!(problems(&sources)[0].to_string().contains("/nonexistent/station.toml: cannot be read"));
    let (_folder, file) = written("[watch\n");
    let found = problems(&Sources { file: Some(file.clone()), ..Sources::default() });
    assert_eq!((found.len(), found[0].layer.clone()), (1, file.display().to_string()));
}

#[test]
fn every_rule_of_the_check_can_fail() {
    for (flag, key) in [
        ("database.url=mysql://x", "database.url"),
        ("database.reader_connections=0", "database.reader_connections"),
        ("pipeline.workers=1000", "pipeline.workers"),
        ("ocr.deadline_secs=10000", "ocr.deadline_secs"),
        ("ocr.memory_bytes=1", "ocr.memory_bytes"),
        ("catalogue.fetch_per_second=0.0", "catalogue.fetch_per_second"),
        ("control.socket_mode=rw", "control.socket_mode"),
        ("supervision.backoff_cap_ms=1", "supervision.backoff_cap_ms"),
        ("log.filter=cardmintd=loud", "log.filter"),
        ("web.listen=192.168.0.1:80", "web.listen"),
        ("web.listen=localhost", "web.listen"),
        ("pricing.home_region=MARS", "pricing.home_region"),
        ("pricing.output_currency=dollars", "pricing.output_currency"),
        ("pricing.base_urls.tcgcsv=ftp://x", "pricing.base_urls.tcgcsv"),
        ("state_dir=", "state_dir"),
        ("defaults.finish=matte", "defaults.finish"),
    ] {
        let found = problems(&Sources { flags: vec![flag.to_owned()], ..Sources::default() });
        let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys, [key], "{flag}: {found:?}");
        assert_eq!(found[0].layer, "flags", "{flag}");
    }
}

#[test]
fn what_differs_is_named() {
    let one = load(&Sources::default()).unwrap();
    let flags = vec!["web.listen=".to_owned(), "pricing.settings.tcgcsv.page=5".to_owned()];
    let other = load(&Sources { flags, ..Sources::default() }).unwrap();
    assert_eq!(differences(&one, &other), ["pricing.settings.tcgcsv", "web.listen"]);
    assert!(differences(&one, &one.clone()).is_empty());
}

/// `config/schema.json` is what an editor checks a settings file against. Run with `CARDMINT_WRITE_SCHEMA=1` to make it anew.
#[test]
fn the_schema_beside_the_defaults_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/schema.json");
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
    if std::env::var_os("CARDMINT_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, schema, "config/schema.json is out of date; run this test with CARDMINT_WRITE_SCHEMA=1");
}
