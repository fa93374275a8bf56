//! Longer work beside the pipeline: catalogue imports, the picture index, prices that come later.
//!
//! Job: to replace the catalogue, gather reference pictures, make the picture index and have the matcher take them; to
//! look again for prices that are missing or old.
//!
//! Guarantee: each step is all or nothing; a failed import leaves the catalogue, the pictures and the index that were
//! there. One import runs at a time.
//!
//! Deliberately absent: reading the layout (`catalogue`) and the index itself (`cardmint-recognition`).

pub mod import;
pub mod index;
pub mod load;
pub mod prices;
pub mod steps;

pub use import::{ImportActor, ImportRequest, ImportStatus, Imports};
pub use load::load_matcher;
pub use prices::{PriceRefresher, RefreshSettings, RefreshTools};
