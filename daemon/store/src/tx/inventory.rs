//! Changes by a person to what is in stock.

use cardmint_domain::{Condition, Edition, Finish, PrintingId, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::audit::Change;
use crate::error::not_found;
use crate::names::{Name, check_text};
use crate::rows::{ItemRow, PrintingRow};
use crate::schema::{captures, inventory_items, printings, scans};
use crate::views::ItemState;
use crate::{ItemId, StoreError, Tx};

/// What to change about an item; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemChange {
    /// It is another printing.
    pub printing: Option<PrintingId>,
    /// It has another finish.
    pub finish: Option<Finish>,
    /// It is of another edition.
    pub edition: Option<Edition>,
    /// It is in another condition.
    pub condition: Option<Condition>,
    /// It lies elsewhere; an empty text means nowhere in particular.
    pub location: Option<String>,
    /// Another remark.
    pub note: Option<String>,
    /// It is gone ([`ItemState::Removed`]) or back ([`ItemState::InStock`]); nothing else is accepted.
    pub state: Option<ItemState>,
}

impl Tx<'_> {
    /// Changes an item. A change of what it is leaves it with the newest price that was found for exactly that, if there
    /// is one, until the next refresh.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a printing that the catalogue does not have; [`StoreError::WrongState`] when its
    /// review was taken back or the new state is not one a person sets; [`StoreError::Unstorable`].
    pub fn adjust_item(
        &mut self,
        item: ItemId,
        change: &ItemChange,
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let before = self.item_row(item)?.ok_or_else(|| not_found("item", item))?;
        let refuse = |state: &str, refused| {
            let (what, id, state) = ("item", item.to_string(), state.to_owned());
            Err(StoreError::WrongState { what, id, state, refused })
        };
        if before.state == ItemState::Undone.name() {
            return refuse(&before.state, "its review was taken back");
        }
        if change.state == Some(ItemState::Undone) {
            return refuse(&before.state, "only taking its review back undoes an item");
        }
        if let Some(printing) = &change.printing {
            self.require_printing(printing)?;
        }
        let mut after = changed(&before, change);
        check_text("the note", &item.to_string(), &after.note)?;
        check_text("the location", &item.to_string(), after.location.as_deref().unwrap_or_default())?;
        if after == before {
            return Ok(());
        }
        after.revision += 1;
        self.run("cannot change item", &item.to_string(), |conn| {
            diesel::update(inventory_items::table.find(item.0)).set(&after).execute(conn)
        })?;
        self.choose_price(&before.scan_id)?;
        self.note_item("item.adjust", Some(&before), &after, who, at)
    }

    pub(crate) fn item_row(&mut self, item: ItemId) -> Result<Option<ItemRow>, StoreError> {
        self.run("cannot read item", &item.to_string(), |conn| {
            inventory_items::table.find(item.0).first(conn).optional()
        })
    }

    /// A printing that the catalogue does not have would be booked under a name that means nothing.
    pub(crate) fn require_printing(&mut self, printing: &PrintingId) -> Result<(), StoreError> {
        match self.printing_row(printing)? {
            Some(_) => Ok(()),
            None => Err(not_found("printing", printing)),
        }
    }

    pub(crate) fn printing_row(&mut self, printing: &PrintingId) -> Result<Option<PrintingRow>, StoreError> {
        self.run("cannot look for printing", printing.as_str(), |conn| {
            printings::table.find(printing.as_str()).select(PrintingRow::as_select()).first(conn).optional()
        })
    }

    pub(crate) fn note_item(
        &mut self,
        action: &'static str,
        before: Option<&ItemRow>,
        after: &ItemRow,
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let correlation = self.run("cannot read the capture of scan", &after.scan_id, |conn| {
            let capture = scans::table.inner_join(captures::table).filter(scans::id.eq(&after.scan_id));
            capture.select(captures::correlation).first::<String>(conn)
        })?;
        self.audit(&Change {
            at,
            actor: who,
            action,
            subject: &format!("item {}", after.id),
            before: before.map_or(Value::Null, description),
            after: description(after),
            correlation: Some(&correlation),
        })
    }
}

fn changed(before: &ItemRow, change: &ItemChange) -> ItemRow {
    let mut after = before.clone();
    if let Some(printing) = &change.printing {
        printing.as_str().clone_into(&mut after.printing_id);
    }
    if let Some(finish) = change.finish {
        finish.name().clone_into(&mut after.finish);
    }
    if let Some(edition) = change.edition {
        edition.name().clone_into(&mut after.edition);
    }
    if let Some(condition) = change.condition {
        condition.name().clone_into(&mut after.condition);
    }
    if let Some(location) = &change.location {
        after.location = (!location.is_empty()).then(|| location.clone());
    }
    if let Some(note) = &change.note {
        after.note.clone_from(note);
    }
    if let Some(state) = change.state {
        state.name().clone_into(&mut after.state);
    }
    after.search = ItemRow::search_text(after.location.as_deref(), &after.note);
    after
}

fn description(item: &ItemRow) -> Value {
    json!({
        "scan": item.scan_id, "printing": item.printing_id, "finish": item.finish, "edition": item.edition,
        "condition": item.condition, "location": item.location, "note": item.note, "state": item.state,
    })
}
