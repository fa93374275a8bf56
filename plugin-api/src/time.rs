//! The times that sources write, as milliseconds since 1970-01-01T00:00:00Z.

/// Reads `2026-10-06`, `2026-10-06T20:05:57Z`, `…+0000`, `…+02:00`, `….123`, a space for the `T`; a time without a zone is
/// UTC. `None` for anything else.
#[must_use]
pub fn parse_iso8601(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let days = parse_date(date)?;
    if rest.is_empty() {
        return Some(days * 86_400_000);
    }
    let rest = rest.strip_prefix(['T', ' '])?;
    let (clock, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let parts: Vec<i64> = clock.split(':').map(|part| digits(part, 2)).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - parse_zone(zone)?;
    Some(seconds * 1000 + parse_millis(fraction)?)
}

/// `YYYY-MM-DD` as days since 1970-01-01.
fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days_from_civil(year, month, day))
}

/// Days since 1970-01-01 of a day in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`).
#[must_use]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Seconds east of UTC.
fn parse_zone(text: &str) -> Option<i64> {
    if text.is_empty() || text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let plain: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = plain.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { digits(minutes, 2)? };
    Some(sign * (digits(hours, 2)? * 3600 + minutes * 60))
}

fn parse_millis(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let three: String = fraction.chars().chain("000".chars()).take(3).collect();
    three.parse().ok()
}

/// A number of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_sources_write_is_read() {
        for (text, millis) in [
            ("1970-01-01", 0),
            ("2026-10-06T20:05:57+0000", 1_791_317_157_000),
            ("2026-10-06T20:05:57Z\n", 1_791_317_157_000),
            ("2026-10-06T22:05:57+02:00", 1_791_317_157_000),
            ("2026-10-06T15:05:57-0500", 1_791_317_157_000),
            ("2026-10-06 20:05:57.25", 1_791_317_157_250),
            ("2024-02-29", 1_709_164_800_000),
            ("1969-12-31T23:59:59Z", -1000),
        ] {
            assert_eq!(parse_iso8601(text), Some(millis), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_time() {
        for text in [
            "",
            "0000-00-00",
            "2026-13-01",
            "2025-02-29",
            "2026-1-1",
            "<html>",
            "2026-10-06T25:00:00Z",
            "2026-10-06X",
            "2026-10-06T20:05:57+",
            "é026-10-06é",
        ] {
            assert_eq!(parse_iso8601(text), None, "{text}");
        }
    }
}
