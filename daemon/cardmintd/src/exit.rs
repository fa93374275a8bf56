//! How the process ends, and what systemd makes of it.

/// Each way to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As it was asked to.
    Asked,
    /// It could not start, or not do what was asked.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The root supervisor used up its restarts.
    GaveUp,
    /// Too many threads hang: only a new process gets rid of them.
    Hung,
    /// The settings are wrong, another daemon has the state directory, or a newer program made the database.
    Settings,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Asked, Self::Failed, Self::Usage, Self::GaveUp, Self::Hung, Self::Settings];

    /// The exit status; above 64 those of `sysexits.h` that come nearest.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::GaveUp => 70,
            Self::Hung => 71,
            Self::Settings => 78,
        }
    }

    /// Whether starting the same again may help.
    #[must_use]
    pub const fn is_worth_another_start(self) -> bool {
        matches!(self, Self::Failed | Self::GaveUp | Self::Hung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of a line behind `start`, of the only line that begins so.
    fn line<'t>(text: &'t str, start: &str) -> &'t str {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(start));
        let found = lines.next().unwrap_or_else(|| panic!("no line begins with {start:?}"));
        assert_eq!(lines.next(), None, "{start:?}");
        found
    }

    #[test]
    fn the_unit_and_the_manual_know_every_way_to_end() {
        let unit = include_str!("../../../systemd/cardmintd.service");
        assert_eq!(line(unit, "Restart="), "on-failure");
        let prevented: Vec<u8> =
            line(unit, "RestartPreventExitStatus=").split(' ').map(|code| code.parse().unwrap()).collect();
        let manual = include_str!("../../../docs/DEPLOYMENT.md");
        for exit in Exit::ALL {
            let stays_down = exit != Exit::Asked && !exit.is_worth_another_start();
            assert_eq!(prevented.contains(&exit.code()), stays_down, "{exit:?}");
            let row = line(manual, &format!("| {} |", exit.code()));
            let fate = if exit.is_worth_another_start() { "| starts it again |" } else { "| stays down |" };
            assert!(row.ends_with(fate), "{exit:?}: {row}");
        }
        assert_eq!(prevented.len(), Exit::ALL.iter().filter(|exit| prevented.contains(&exit.code())).count());
    }
}
