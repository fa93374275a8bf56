//! `price`: what a printing is worth.

use clap::Subcommand;
use serde_json::Value;

use super::{Session, scan};
use crate::failure::Failure;
use crate::table::{Table, pairs};
use crate::words::{items, price, text, time};

/// What a printing is worth.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Value a printing with the quotes at hand.
    Show {
        /// The printing.
        printing: String,
    },
    /// Ask every price source again first.
    Refresh {
        /// The printing.
        printing: String,
    },
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    let priced = match command {
        Command::Show { printing } => session.api.get(&["v1", "prices", &printing], &[]).await?,
        Command::Refresh { printing } => session.api.post(&["v1", "prices", &printing, "refresh"]).await?,
    };
    session.output.show(&priced, in_words)
}

fn in_words(priced: &Value) -> String {
    let target = ["finish", "edition", "condition"].map(|name| text(priced, &format!("/valuation/target/{name}")));
    let flags = priced.pointer("/valuation/flags").map(items).unwrap_or_default();
    let mut words = pairs(&[
        ("printing", text(priced, "/valuation/target/printing")),
        ("as", target.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")),
        ("price", price(priced, "/valuation")),
        ("confidence", text(priced, "/valuation/confidence")),
        ("remarks", flags.iter().map(|flag| text(flag, "")).collect::<Vec<_>>().join(", ")),
        ("review", text(priced, "/valuation/review")),
        ("rule", text(priced, "/valuation/policy")),
        ("decided", time(priced, "/valuation/decided_at")),
    ]);
    words.push_str(&format!("\n{}", scan::quotes(priced.get("quotes").map(items).unwrap_or_default())));
    let rejected = priced.pointer("/valuation/rejected").map(items).unwrap_or_default();
    if !rejected.is_empty() {
        let mut table = Table::new(&["NOT USED", "WHY"]);
        for quote in rejected {
            table.row([text(quote, "/quote"), text(quote, "/why")]);
        }
        words.push_str(&format!("\n{}", table.render("")));
    }
    words
}
