//! With a real store, a real tree, and the catalogue of the importer's own tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardmint_domain::PrintingId;

use super::*;
use crate::actors::testing::{PATIENCE, Running, Scratch, group, timing};
use crate::catalogue::testing::{FDR, SETS, TMI, catalogue, files, write_directory, zip};
use crate::current::CurrentMatcher;
use crate::gate::Gate;
use crate::supervisor::ChildSpec;

struct Place {
    scratch: Scratch,
    tools: Tools,
    reloads: Arc<AtomicUsize>,
    _running: Running,
}

impl Place {
    fn new() -> Self {
        let scratch = Scratch::new();
        let (storage, matcher) = (Ref::new("storage"), Ref::new("matcher"));
        let reloads = Arc::new(AtomicUsize::new(0));
        let (counted, gate) = (reloads.clone(), Arc::new(Gate::default()));
        let loads = ChildSpec::actor(&matcher, timing(), move |child| {
            let counted = counted.clone();
            let load: crate::actors::matcher::LoadMatcher = Arc::new(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                Ok(None)
            });
            Ok(MatcherActor::new(child, load, gate.clone(), CurrentMatcher::default()))
        });
        let running = Running::start(group().child(scratch.storage(&storage)).child(loads));
        let tools = Tools {
            reader: scratch.reader.clone(),
            storage,
            matcher,
            references_dir: scratch.folder("references"),
            index_file: scratch.dir.path().join("pictures.index"),
            temporary_dir: scratch.folder("tmp"),
            fetch: FetchParams::default(),
            user_agent: "cardmint/test".to_owned(),
            clock: Clock::Fixed(cardmint_domain::Timestamp(7)),
        };
        Self { scratch, tools, reloads, _running: running }
    }

    async fn import(&self, request: ImportRequest) -> anyhow::Result<ImportStatus> {
        run(&self.tools, request, "uid:1".to_owned(), &|_, _, _| {}).await
    }

    fn printings(&self) -> Vec<String> {
        let printings = self.scratch.reader.printings().unwrap();
        printings.into_iter().map(|printing| printing.id.as_str().to_owned()).collect()
    }

    /// Times that the matcher was told, after the one at its start.
    fn reloads(&self) -> usize {
        self.reloads.load(Ordering::SeqCst) - 1
    }
}

fn request(source: &Path) -> ImportRequest {
    ImportRequest { source: source.display().to_string(), force: false, references: None, fetch_images: false }
}

#[tokio::test]
async fn an_import_brings_rows_pictures_and_an_index_and_tells_the_matcher() {
    let place = Place::new();
    let source = place.scratch.folder("source");
    write_directory(&source, &catalogue());
    let pictures = place.scratch.folder("pictures");
    for name in ["tmi-7.png", "fdr-4.png", "unknown-1.png"] {
        image::RgbImage::new(63, 88).save(pictures.join(name)).unwrap();
    }
    std::fs::write(pictures.join("tmi-!.png"), b"broken").unwrap();
    let status = place.import(ImportRequest { references: Some(pictures), ..request(&source) }).await.unwrap();
    let ImportStatus::Done { change, references, indexed, warnings } = status else { panic!("{status:?}") };
    assert_eq!((change.printings_before, change.printings_after, change.sets_after), (0, 4, 2));
    assert_eq!((references, indexed), (4, 2));
    assert!(warnings.len() == 1 && warnings[0].contains("tmi-!.png"), "{warnings:?}");
    assert_eq!(place.printings().len(), 4);
    assert_eq!(place.reloads(), 1);
    let (index, _) = index::open(&place.tools.index_file).unwrap().unwrap();
    assert!(index.slot(&PrintingId::new("tmi-7")).is_some());
    let import = place.scratch.reader.catalogue_status().unwrap().last_import.unwrap();
    assert_eq!((import.printings, import.digest), (4, change.digest));
}

#[tokio::test]
async fn an_import_that_loses_cards_is_refused_unless_forced() {
    let place = Place::new();
    let source = place.scratch.folder("source");
    write_directory(&source, &catalogue());
    place.import(request(&source)).await.unwrap();
    let archive = place.scratch.dir.path().join("less.zip");
    std::fs::write(&archive, zip(&files(&[("sets/en.json", SETS), ("cards/en/fdr.json", FDR)]))).unwrap();
    let refused = place.import(request(&archive)).await.unwrap_err();
    assert!(chain(refused.as_ref()).contains("fewer than 98 %"), "{refused:#}");
    assert_eq!(place.printings().len(), 4);
    assert_eq!(place.reloads(), 1);
    place.import(ImportRequest { force: true, ..request(&archive) }).await.unwrap();
    assert_eq!(place.printings(), ["fdr-4"]);
}

#[tokio::test]
async fn a_broken_source_leaves_everything_as_it_was() {
    let place = Place::new();
    let source = place.scratch.folder("source");
    write_directory(&source, &catalogue());
    place.import(request(&source)).await.unwrap();
    let broken = TMI.replace(r#""number":"TG14","#, "");
    write_directory(&source, &files(&[("cards/en/tmi.json", &broken)]));
    let error = place.import(request(&source)).await.unwrap_err();
    assert!(chain(error.as_ref()).contains("tmi-TG14"), "{error:#}");
    assert_eq!(place.printings().len(), 4);
    let missing = place.scratch.dir.path().join("nowhere");
    assert!(place.import(request(&missing)).await.is_err());
}

#[tokio::test]
async fn a_reader_that_panics_or_does_not_end_brings_nothing() {
    let panicked = gather(|| panic!("on purpose"), PATIENCE).await.unwrap_err();
    assert!(chain(panicked.as_ref()).contains("reading the files"), "{panicked:#}");
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let endless = move || {
        held.recv().ok();
        Ok(Vec::new())
    };
    let late = gather(endless, Duration::from_millis(20)).await.unwrap_err();
    assert!(late.to_string().contains("not read within"), "{late:#}");
    drop(hold);
}

#[tokio::test]
async fn an_index_that_cannot_be_used_is_made_anew_and_a_good_one_is_left_alone() {
    let place = Place::new();
    let source = place.scratch.folder("source");
    write_directory(&source, &catalogue());
    place.import(request(&source)).await.unwrap();
    image::RgbImage::new(63, 88).save(place.tools.references_dir.join("tmi-7.png")).unwrap();
    mend_index(&place.tools).await.unwrap();
    assert_eq!(place.reloads(), 1);
    std::fs::write(&place.tools.index_file, b"of another version").unwrap();
    mend_index(&place.tools).await.unwrap();
    assert_eq!(place.reloads(), 2);
    assert_eq!(index::open(&place.tools.index_file).unwrap().unwrap().0.len(), 1);
}

/// The whole real catalogue, through the writer into the database.
#[tokio::test]
async fn the_real_catalogue_is_stored_whole() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA") else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let place = Place::new();
    let source = Path::new(&root).join("catalog/pokemon-tcg-data");
    let ImportStatus::Done { change, .. } = place.import(request(&source)).await.unwrap() else {
        panic!("the import is not done");
    };
    assert_eq!((change.sets_after, change.printings_after), (172, 20_202));
    assert_eq!(place.scratch.reader.printings().unwrap().len(), 20_202);
}
