//! Everything a market says, by path.

use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, bail};

use super::generated;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Page {
    /// A JSON answer.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "application/json", body: body.into() }
    }

    /// A plain text answer.
    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "text/plain", body: body.into() }
    }
}

/// All answers of a market. A path that is not there is refused the way a bucket refuses a missing file: 403 with XML.
#[derive(Debug, Clone, Default)]
pub struct World {
    pages: HashMap<String, Page>,
}

/// Where the time of the last build stands.
const LAST_UPDATED: &str = "/last-updated.txt";

impl World {
    /// The hand-written fixtures of this crate.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn hand_written() -> anyhow::Result<Self> {
        Self::fixtures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/prices/tcgcsv"))
    }

    /// A folder of fixtures: `last-updated.txt`, `categories.json`, `groups.json`, and for each group of category 3
    /// `ID_products.json`, `ID_prices*.json` and perhaps `ID_ProductsAndPrices.csv`. Other files are not served.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or there are no groups.
    pub fn fixtures(folder: &Path) -> anyhow::Result<Self> {
        let mut world = Self::default();
        for child in std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
            let path = child?.path();
            let Some((address, content_type)) = path.file_name().and_then(|name| name.to_str()).and_then(address)
            else {
                continue;
            };
            let body = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            world.put(&address, Page { content_type, body });
        }
        if world.page("/tcgplayer/3/groups").is_none() {
            bail!("{} holds no groups.json", folder.display());
        }
        Ok(world)
    }

    /// Invented products and prices for a catalogue in the pokemon-tcg-data layout, as if built at `built`.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn generated(catalogue: &Path, built: SystemTime) -> anyhow::Result<Self> {
        generated::world(catalogue, built)
    }

    /// Adds or replaces an answer.
    pub fn put(&mut self, path: &str, page: Page) {
        self.pages.insert(path.to_owned(), page);
    }

    /// The answer at `path`, where there is one.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages.get(path)
    }

    /// Says that everything was built at `built`.
    pub fn set_built(&mut self, built: SystemTime) {
        self.put(LAST_UPDATED, Page::text(generated::stamp(built)));
    }
}

fn address(file: &str) -> Option<(String, &'static str)> {
    let json = "application/json";
    match file {
        "last-updated.txt" => return Some((LAST_UPDATED.to_owned(), "text/plain")),
        "categories.json" => return Some(("/tcgplayer/categories".to_owned(), json)),
        "groups.json" => return Some(("/tcgplayer/3/groups".to_owned(), json)),
        _ => {}
    }
    let (group, rest) = file.split_once('_')?;
    let group = group.bytes().all(|b| b.is_ascii_digit()).then_some(group)?;
    match rest {
        "products.json" => Some((format!("/tcgplayer/3/{group}/products"), json)),
        "ProductsAndPrices.csv" => Some((format!("/tcgplayer/3/{group}/ProductsAndPrices.csv"), "text/csv")),
        _ if rest.starts_with("prices") && rest.ends_with(".json") => {
            Some((format!("/tcgplayer/3/{group}/prices"), json))
        }
        _ => None,
    }
}
