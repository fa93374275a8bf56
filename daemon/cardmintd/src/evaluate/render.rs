//! The report as text for people and as JSON for programs.

use std::fmt;

use super::rates::Rate;
use super::report::{Band, Confusion, Report, Tally};

impl Report {
    /// One JSON document, indented.
    ///
    /// # Errors
    /// None in practice: every part of a report has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.count, self.of)?;
        match self.value {
            None => f.write_str(" (nothing to measure)"),
            Some(value) => {
                write!(f, " = {:.1} % [{:.1}, {:.1}]", value * 100.0, self.low * 100.0, self.high * 100.0)
            }
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, claimed, right } = self;
        write!(f, "{from:.3} to {to:.3}       {right} (claimed {:.1} %)", claimed * 100.0)
    }
}

/// Percentages stand with their 95 % Wilson interval.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = &self.all;
        let rate = |count: u64| Rate::new(count, all.positives);
        writeln!(f, "cards                {} ({} to be named, {} to be refused)", all.n, all.positives, all.negatives)?;
        writeln!(f, "right printing       {}", self.top1_printing_rate)?;
        writeln!(f, "right card           {}", rate(all.top1_card))?;
        writeln!(f, "printing in top 5    {}", rate(all.top5_printing))?;
        writeln!(f, "accepted             {}", self.coverage)?;
        writeln!(f, "accepted and right   {}", self.precision_accepted)?;
        writeln!(f, "accepted wrongly     {} printings, {} to be refused", all.accepted_wrong, all.negatives_accepted)?;
        writeln!(f, "accepted unread      {} without reading their text", self.accepted_without_text)?;
        writeln!(f, "no card found        {}, unreadable {}", self.no_card_found, self.unreadable)?;
        if let Some(finding) = &self.finding {
            let at_least = |overlap: &str, rate: Rate| format!("found, overlap {overlap:<5} {rate}");
            writeln!(f, "{}", at_least("0.5", finding.found_50))?;
            writeln!(f, "{}", at_least("0.8", finding.found_80))?;
            writeln!(f, "{}", at_least("0.9", finding.found_90))?;
            writeln!(f, "found, no label      {}, {} accepted", finding.surplus, finding.surplus_accepted)?;
        }
        let ms = &self.latency_ms;
        writeln!(
            f,
            "milliseconds a card  {:.0} (p50), {:.0} (p95), {:.0} (p99), {:.0} (max)",
            ms.p50, ms.p95, ms.p99, ms.max
        )?;
        writeln!(f, "cards a second       {:.2} with {} readers", self.cards_per_second, self.workers)?;
        for (step, ms) in &self.stages_ms {
            writeln!(f, "  {step:<18} {:.0} (p50), {:.0} (p95)", ms.p50, ms.p95)?;
        }
        writeln!(f, "\nfrom posterior       answered, of these wrong")?;
        for point in &self.risk_coverage {
            writeln!(f, "{:.3}                {}; {}", point.from, point.coverage, point.risk)?;
        }
        writeln!(f, "\nclaimed posterior    right")?;
        self.calibration.iter().filter(|band| band.right.of > 0).try_for_each(|band| writeln!(f, "{band}"))?;
        writeln!(f, "\ntag                                          n  right  accepted  wrongly")?;
        self.by_tag.iter().try_for_each(|(tag, tally)| tag_line(f, tag, tally))?;
        tell(f, "answers that are not the label", &self.confusions)?;
        tell(f, "right answers that were left to a person", &self.right_but_reviewed)
    }
}

fn tell(f: &mut fmt::Formatter<'_>, what: &str, answers: &[Confusion]) -> fmt::Result {
    if !answers.is_empty() {
        writeln!(f, "\n{what}")?;
    }
    answers.iter().try_for_each(|told| {
        let or_nothing = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        let answer = or_nothing(&told.answer);
        let named =
            if told.answer == told.truth { answer } else { format!("{answer} instead of {}", or_nothing(&told.truth)) };
        let place = if told.bbox.is_empty() { String::new() } else { format!(" [{}]", told.bbox) };
        writeln!(f, "{}{place}: {named} ({:.2}): {}", told.image, told.posterior, told.reason)
    })
}

fn tag_line(f: &mut fmt::Formatter<'_>, tag: &str, tally: &Tally) -> fmt::Result {
    let wrongly = tally.accepted_wrong + tally.negatives_accepted;
    writeln!(f, "{tag:<42} {:>4} {:>6} {:>9} {wrongly:>8}", tally.n, tally.top1_printing, tally.accepted)
}
