//! What is asked: five files per language.

use cardmint_plugin_api::HttpRequest;

/// The only host.
pub(crate) const HOST: &str = "tcgcsv.com";
/// Who makes the prices.
pub(crate) const UPSTREAM: &str = "tcgplayer";
/// All prices are in this currency, which has two digits after the point.
pub(crate) const CURRENCY: &str = "USD";
/// Digits after the point of [`CURRENCY`].
pub(crate) const EXPONENT: u32 = 2;

/// The file is a few bytes and says whether everything else has moved.
const LAST_UPDATED_CACHE_SECS: u64 = 600;

/// A category of the site: one game in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Category {
    /// The site's number for it.
    pub(crate) id: u32,
    /// BCP 47 language of its printings.
    pub(crate) language: &'static str,
}

/// The categories that this plugin reads.
pub(crate) const CATEGORIES: [Category; 2] = [Category { id: 3, language: "en" }, Category { id: 85, language: "ja" }];

/// When the files were made.
pub(crate) fn last_updated(id: u32) -> HttpRequest {
    HttpRequest {
        cache_secs: Some(LAST_UPDATED_CACHE_SECS),
        ..HttpRequest::get(id, format!("https://{HOST}/last-updated.txt"))
    }
}

/// The sets of a category.
pub(crate) fn groups(id: u32, category: Category) -> HttpRequest {
    HttpRequest::get(id, format!("https://{HOST}/tcgplayer/{}/groups", category.id))
}

/// The products of a set.
pub(crate) fn products(id: u32, category: Category, group: u64) -> HttpRequest {
    HttpRequest::get(id, format!("https://{HOST}/tcgplayer/{}/{group}/products", category.id))
}

/// The prices of a set.
pub(crate) fn prices(id: u32, category: Category, group: u64) -> HttpRequest {
    HttpRequest::get(id, format!("https://{HOST}/tcgplayer/{}/{group}/prices", category.id))
}
