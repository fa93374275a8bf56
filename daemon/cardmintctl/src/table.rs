//! Plain tables: columns as wide as their widest cell, two spaces between, no lines.

/// A table under construction.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    title: &'static str,
    right: bool,
}

impl Table {
    /// Columns by title; a title that starts with `>` makes its column end at the right.
    pub(crate) fn new(titles: &[&'static str]) -> Self {
        let column = |title: &&'static str| match title.strip_prefix('>') {
            Some(title) => Column { title, right: true },
            None => Column { title, right: false },
        };
        Self { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| printable(&cell)).into());
    }

    /// The text, or `nothing` for a table without rows.
    pub(crate) fn render(&self, nothing: &str) -> String {
        if self.rows.is_empty() {
            return format!("{nothing}\n");
        }
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.chain([self.columns[at].title.chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        let mut text = self.line(&titles, &widths);
        for row in &self.rows {
            text.push_str(&self.line(&row.iter().map(String::as_str).collect::<Vec<_>>(), &widths));
        }
        text
    }

    fn line(&self, cells: &[&str], widths: &[usize]) -> String {
        let padded = cells.iter().zip(widths).zip(&self.columns).map(|((cell, width), column)| {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            if column.right { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    }
}

/// Names and values, one a line.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let shown = pairs.iter().filter(|(_, value)| !value.is_empty());
    shown.map(|(name, value)| format!("{name:<width$}  {}\n", printable(value))).collect()
}

/// Text from outside without what would move the cursor or colour the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_numbers_end_at_the_right() {
        let mut table = Table::new(&["NAME", ">PRICE", "NOTE"]);
        table.row(["Pikachu".into(), "1.20 USD".into(), String::new()]);
        table.row(["Flabébé δ".into(), "113.00 USD".into(), "x".into()]);
        assert_eq!(
            table.render("none"),
            "NAME            PRICE  NOTE\nPikachu      1.20 USD\nFlabébé δ  113.00 USD  x\n"
        );
        assert_eq!(Table::new(&["NAME"]).render("no cards"), "no cards\n");
    }

    #[test]
    fn a_file_name_cannot_drive_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(pairs(&[("file", "a\tb".into()), ("note", String::new())]), "file  a\u{fffd}b\n");
    }
}
