use std::path::PathBuf;

use super::super::archive::{ArchiveError, Limits};
use super::super::load_directory;
use super::super::source::{SourceError, SourceLocation, http_client, obtain};
use super::super::testing::{self as made, Answer, Files, Server};
use super::*;
use cardmint_domain::errors::chain;
use cardmint_store::catalogue_digest;

type Loaded = (Vec<CardSet>, Vec<Printing>);

fn from_bytes(bytes: &[u8], limits: Limits) -> Result<Loaded, CatalogueError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    load(&Archive::open(file.path(), limits).map_err(CatalogueError::Archive)?)
}

fn from_files(files: &Files) -> Result<Loaded, CatalogueError> {
    let folder = tempfile::tempdir().unwrap();
    made::write_directory(folder.path(), files);
    load_directory(folder.path())
}

fn with_file(name: &str, text: &str) -> Files {
    let mut files = made::catalogue();
    files.retain(|(known, _)| known != name);
    files.push((name.to_owned(), text.as_bytes().to_vec()));
    files
}

fn refused(result: Result<Loaded, CatalogueError>) -> String {
    chain(&result.unwrap_err())
}

#[test]
fn a_card_becomes_a_printing_with_everything_that_stands_on_it() {
    let (sets, printings) = from_files(&made::catalogue()).unwrap();
    let tmi = sets.iter().find(|set| set.id.as_str() == "tmi").unwrap();
    assert_eq!((tmi.printed_total, tmi.total, tmi.code.as_deref()), (120, 3, Some("TMI")));
    assert_eq!((tmi.series.as_str(), tmi.release_date.as_str()), ("Invented", "2026-03-27"));
    let fox = printings.iter().find(|card| card.id.as_str() == "tmi-7").unwrap();
    assert_eq!((fox.set.as_str(), fox.language.as_str(), fox.number.printed()), ("tmi", "en", "7"));
    assert_eq!(fox.kinds, ["Creature", "Basic", "ex", "Fire"]);
    assert_eq!(fox.image_urls, ["http://img.example/7_hires.png", "http://img.example/7.png"]);
    assert_eq!(fox.finishes, [Finish::Holo, Finish::Reverse]);
    let blocks: Vec<_> = fox.blocks.iter().map(|block| (block.name.as_str(), block.text.as_str())).collect();
    let expected = [
        ("Old Blood", "It is old."),
        ("Warm Fur", "It keeps warm."),
        ("Ember", ""),
        ("Blaze", "It burns."),
        ("", "When it is knocked out, that is sad."),
    ];
    assert_eq!(blocks, expected);
    let pebblet = printings.iter().find(|card| card.id.as_str() == "tmi-TG14").unwrap();
    assert_eq!((pebblet.artist.as_deref(), pebblet.flavour.as_deref()), (None, Some("A small stone.")));
    assert!(pebblet.finishes.is_empty());
}

#[tokio::test]
async fn all_shapes_of_a_source_give_the_same_catalogue() {
    let files = made::catalogue();
    let direct = from_files(&files).unwrap();
    let name = catalogue_digest(&direct.0, &direct.1);
    let topped = made::in_folder("pokemon-tcg-data-master", &files);
    let reversed: Files = files.iter().rev().cloned().collect();
    let archives =
        [made::zip(&files), made::tar_gz(&files), made::zip(&topped), made::tar_gz(&topped), made::tar_gz(&reversed)];
    for bytes in &archives {
        let (sets, printings) = from_bytes(bytes, Limits::default()).unwrap();
        assert_eq!((sets.len(), printings.len()), (2, 4));
        assert_eq!(catalogue_digest(&sets, &printings), name);
    }
    assert_eq!(from_files(&topped).unwrap().1.len(), 4);
    let client = http_client("test").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for bytes in archives {
        let server = Server::start(move |_, _| Answer::ok(bytes.clone()));
        let location = SourceLocation::parse(&format!("{}/archive/main", server.url)).unwrap();
        let obtained = obtain(&location, &client, folder.path(), Limits::default()).await.unwrap();
        let (sets, printings) = load(obtained.archive()).unwrap();
        assert_eq!(catalogue_digest(&sets, &printings), name);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "downloads are deleted after use");
}

#[tokio::test]
async fn a_download_that_fails_says_why_and_tells_no_secret() {
    let server = Server::start(|path, _| match path {
        "/gone?key=SECRET" => Answer::status("404 Not Found"),
        "/page" => Answer::ok("<html>log in first</html>"),
        _ => Answer::ok(vec![0; 5000]),
    });
    let client = http_client("test").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { archive_bytes: 1000, ..Limits::default() };
    let mut messages = Vec::new();
    for path in ["/gone?key=SECRET", "/page", "/large"] {
        let location = SourceLocation::parse(&format!("{}{path}", server.url)).unwrap();
        messages.push(obtain(&location, &client, folder.path(), limits).await.unwrap_err());
    }
    assert!(matches!(messages[0], SourceError::Status { status: 404, .. }));
    assert!(!chain(&messages[0]).contains("SECRET"), "{}", chain(&messages[0]));
    assert!(matches!(messages[1], SourceError::Open(ArchiveError::Kind { .. })));
    assert!(matches!(messages[2], SourceError::TooLarge { limit: 1000, .. }));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(SourceLocation::parse("http://").is_err());
    assert_eq!(SourceLocation::parse("./data").unwrap(), SourceLocation::Path(PathBuf::from("./data")));
}

#[test]
fn a_refusal_names_the_file_the_card_and_the_field() {
    let card = |body: &str| with_file("cards/en/tmi.json", body);
    let set = |body: &str| with_file("sets/en.json", body);
    let cases: [(Files, &[&str]); 16] = [
        (
            card(r#"[{"id":"tmi-1","name":"A","supertype":"C"}]"#),
            &["cards/en/tmi.json", "tmi-1", "\"number\"", "missing"],
        ),
        (card(r#"[{"id":"tmi-1","name":5,"supertype":"C","number":"1"}]"#), &["tmi-1", "\"name\"", "not a text"]),
        (card(r#"[{"id":"tmi-1","name":" ","supertype":"C","number":"1"}]"#), &["tmi-1", "\"name\"", "empty"]),
        (card(r#"[{"id":"tmi-1","name":"A","supertype":"C","number":"1-2"}]"#), &["tmi-1", "\"number\"", "1-2"]),
        (card(r#"[{"id":"tmi-1","name":"A","supertype":"C","number":1}]"#), &["tmi-1", "\"number\"", "not a text"]),
        (
            card(r#"[{"id":"tmi-1","name":"A","supertype":"C","number":"1","attacks":[{"name":"X"},{}]}]"#),
            &["tmi-1", "attacks[1].name"],
        ),
        (
            card(r#"[{"id":"tmi-1","name":"A","supertype":"C","number":"1","rules":"no"}]"#),
            &["tmi-1", "\"rules\"", "not a list"],
        ),
        (card(r#"[{"id":"tmi-1","name":"A","supertype":"C","number":"1","images":{"large":1}}]"#), &["images.large"]),
        (card(r#"[{"name":"A","supertype":"C","number":"1"}]"#), &["cards/en/tmi.json", "card number 1", "\"id\""]),
        (card(r#"[{"id":"../../etc","name":"A","supertype":"C","number":"1"}]"#), &["card number 1", "../../etc"]),
        (card(r#"[{"id":"tmi-1","name":"A"},"#), &["cards/en/tmi.json", "line 1"]),
        (card(r#"{"id":"tmi-1"}"#), &["cards/en/tmi.json", "not a JSON list"]),
        (card("\u{feff}[]"), &["cards/en/tmi.json"]),
        (set(r#"[{"id":"tmi","name":"A","total":1}]"#), &["sets/en.json", "set \"tmi\"", "printedTotal", "missing"]),
        (set(r#"[{"id":"tmi","name":"A","total":1,"printedTotal":-1}]"#), &["printedTotal", "whole number"]),
        (
            set(r#"[{"id":"tmi","name":"A","total":1,"printedTotal":1,"releaseDate":"27.3.2026"}]"#),
            &["releaseDate", "27.3.2026"],
        ),
    ];
    for (files, words) in cases {
        let message = refused(from_files(&files));
        for word in words {
            assert!(message.contains(word), "{word:?} is not in: {message}");
        }
    }
}

#[test]
fn doubles_and_strays_are_refused() {
    let twice = r#"[{"id":"fdr-4","name":"Old Drake","supertype":"C","number":"4"}]"#;
    let message = refused(from_files(&with_file("cards/en/tmi.json", twice)));
    assert!(
        message.contains("cards/en/tmi.json") && message.contains("fdr-4") && message.contains("twice"),
        "{message}"
    );
    let message = refused(from_files(&with_file("sets/ja.json", made::SETS)));
    assert!(message.contains("sets/ja.json") && message.contains("tmi"), "{message}");
    let message = refused(from_files(&with_file("cards/en/xyz.json", "[]")));
    assert!(message.contains("cards/en/xyz.json") && message.contains("\"xyz\""), "{message}");
    let mut two = made::catalogue();
    two.extend(made::in_folder("copy", &made::catalogue()));
    assert!(matches!(from_files(&two).unwrap_err(), CatalogueError::TwoRoots { .. }));
    assert!(matches!(from_files(&made::files(&[("a.txt", "")])).unwrap_err(), CatalogueError::NoSets));
    assert!(matches!(from_files(&made::files(&[("sets/en.json", "[]")])).unwrap_err(), CatalogueError::NoSets));
    assert!(matches!(from_files(&made::files(&[("sets/en.json", made::SETS)])).unwrap_err(), CatalogueError::NoCards));
}

#[test]
fn hostile_archives_end_at_the_limits() {
    let limits = Limits { entries: 20, entry_bytes: 10_000, total_bytes: 50_000, ..Limits::default() };
    let bomb = |size: usize| {
        let mut files = made::catalogue();
        files.push(("cards/en/zzz.json".to_owned(), vec![b' '; size]));
        files
    };
    let many: Files = (0..30).map(|n| (format!("x/{n}"), vec![])).chain(made::catalogue()).collect();
    let unwanted: Files = vec![("huge.bin".to_owned(), vec![0; 60_000])];
    for (files, what) in [(bomb(20_000), "one file"), (bomb(200_000), "bytes"), (many, "entries")] {
        for bytes in [made::zip(&files), made::tar_gz(&files)] {
            let message = refused(from_bytes(&bytes, limits));
            assert!(message.contains("more than") || message.contains("limit"), "{what}: {message}");
        }
    }
    assert!(refused(from_bytes(&made::tar_gz(&unwanted), limits)).contains("limit"));
    // Names that point outside are no part of the layout, and nothing is ever written.
    let mut climbing = made::catalogue();
    climbing.push(("../../etc/passwd".to_owned(), b"x".to_vec()));
    climbing.push(("/sets/en.json.sh".to_owned(), b"x".to_vec()));
    for bytes in [made::zip(&climbing), made::tar_gz(&climbing)] {
        assert_eq!(from_bytes(&bytes, Limits::default()).unwrap().1.len(), 4);
    }
}

#[test]
fn damaged_archives_are_errors() {
    for bytes in [made::zip(&made::catalogue()), made::tar_gz(&made::catalogue())] {
        for cut in [5, bytes.len() / 2, bytes.len() - 30, bytes.len() - 1] {
            assert!(from_bytes(&bytes[..cut], Limits::default()).is_err(), "cut at {cut} of {}", bytes.len());
        }
        for position in (0..bytes.len()).step_by(7) {
            let mut broken = bytes.clone();
            broken[position] ^= 0x55;
            // Either refused, or the damage was in a part that does not matter; never a panic.
            let _outcome = from_bytes(&broken, Limits::default());
        }
    }
    let mut wrong_sum = made::tar_gz(&made::catalogue());
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    assert!(refused(from_bytes(&wrong_sum, Limits::default())).contains("damaged"));
    assert!(from_bytes(b"", Limits::default()).is_err());
    assert!(load_directory(std::path::Path::new("/nonexistent/catalogue")).is_err());
}

#[test]
fn the_real_catalogue_imports_whole() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA") else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let path = PathBuf::from(root).join("catalog/pokemon-tcg-data");
    let (sets, printings) = load_directory(&path).unwrap();
    assert_eq!((sets.len(), printings.len()), (172, 20_202));
    assert!(printings.iter().all(|card| !card.image_urls.is_empty()));
    assert!(sets.iter().all(|set| set.release_date.len() == 10));
}
