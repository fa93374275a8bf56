//! The report as a part of a Markdown document: what `docs/ACCURACY.md` is made of.

use super::rates::Rate;
use super::report::{Report, Tally};

impl Report {
    /// Tables under the heading `## TITLE`. Shares stand with their 95 % Wilson interval.
    #[must_use]
    pub fn to_markdown(&self, title: &str) -> String {
        let all = &self.all;
        let rate = |count: u64| Rate::new(count, all.positives).to_string();
        let mut out = format!(
            "## {title}\n\n{} cards, {} to be named and {} to be refused.\n\n| | |\n|---|---|\n",
            all.n, all.positives, all.negatives
        );
        let wrongly = format!("{} of {}", all.accepted_wrong + all.negatives_accepted, all.accepted);
        let ms = &self.latency_ms;
        let rows = [
            ("accepted without a person", self.coverage.to_string()),
            ("**of these wrong**", format!("**{wrongly}**")),
            ("of these right", self.precision_accepted.to_string()),
            ("to be refused, and accepted", Rate::new(all.negatives_accepted, all.negatives).to_string()),
            ("best candidate is the printing", self.top1_printing_rate.to_string()),
            ("best candidate is the card, in any printing", rate(all.top1_card)),
            ("printing among five candidates", rate(all.top5_printing)),
            ("no card found, photo unreadable", format!("{}, {}", self.no_card_found, self.unreadable)),
            ("milliseconds a card", format!("{:.0} (p50), {:.0} (p95), {:.0} (p99)", ms.p50, ms.p95, ms.p99)),
            ("cards a second", format!("{:.2} with {} readers", self.cards_per_second, self.workers)),
        ];
        let found = self.finding.iter().flat_map(|finding| {
            [
                ("labelled cards found, overlap at least 0.5", finding.found_50.to_string()),
                ("overlap at least 0.8", finding.found_80.to_string()),
                ("overlap at least 0.9", finding.found_90.to_string()),
                ("found where no label is", format!("{}; accepted {}", finding.surplus, finding.surplus_accepted)),
            ]
        });
        for (what, value) in rows.into_iter().chain(found) {
            line(&mut out, &format!("| {what} | {value} |"));
        }
        self.tables(&mut out);
        let versions = &self.versions;
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        line(
            &mut out,
            &format!(
                "\nPolicy `{}`, catalogue `{}`, references `{}`.",
                versions.policy,
                short(&versions.catalogue),
                short(&versions.index)
            ),
        );
        out
    }

    fn tables(&self, out: &mut String) {
        line(out, "\n| step | p50 ms | p95 ms |\n|---|---:|---:|");
        for (step, ms) in &self.stages_ms {
            line(out, &format!("| {step} | {:.0} | {:.0} |", ms.p50, ms.p95));
        }
        line(out, "\n| if all were accepted from | answered | of these wrong |\n|---:|---|---|");
        for point in &self.risk_coverage {
            line(out, &format!("| {:.3} | {} | {} |", point.from, point.coverage, point.risk));
        }
        line(out, "\n| claimed | claimed on average | right |\n|---|---:|---|");
        for band in self.calibration.iter().filter(|band| band.right.of > 0) {
            line(
                out,
                &format!("| {:.3} to {:.3} | {:.1} % | {} |", band.from, band.to, band.claimed * 100.0, band.right),
            );
        }
        line(out, "\n| condition | n | right | accepted | wrongly |\n|---|---:|---:|---:|---:|");
        for (tag, tally) in &self.by_tag {
            let Tally { n, top1_printing, accepted, .. } = tally;
            let wrongly = tally.accepted_wrong + tally.negatives_accepted;
            line(out, &format!("| {} | {n} | {top1_printing} | {accepted} | {wrongly} |", tag.replace('|', "/")));
        }
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
