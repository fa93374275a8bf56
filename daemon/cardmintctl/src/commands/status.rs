//! `status`, `tree`, `health`.

use serde_json::Value;

use super::Session;
use crate::failure::Failure;
use crate::table::pairs;
use crate::words::{items, number, text, time};

pub(super) async fn status(session: &Session) -> Result<(), Failure> {
    let status = session.api.get(&["v1", "status"], &[]).await?;
    session.output.show(&status, status_in_words)
}

fn status_in_words(status: &Value) -> String {
    let count = |pointer: &str| number(status, pointer);
    let catalogue = match number(status, "/catalogue/printings") {
        0 => "empty; see `cardmintctl catalogue import`".to_owned(),
        printings => format!("{printings} printings in {} sets", count("/catalogue/sets")),
    };
    let plugins = status.get("plugins").map(items).unwrap_or_default();
    let running = plugins.iter().filter(|plugin| text(plugin, "/status") == "running").count();
    pairs(&[
        ("version", text(status, "/version")),
        ("paused", text(status, "/paused")),
        (
            "photos",
            format!(
                "{} waiting, {} under way, {} done, {} given up",
                count("/counts/captures/admitted"),
                count("/counts/captures/in_progress"),
                count("/counts/captures/done"),
                count("/counts/captures/dead")
            ),
        ),
        (
            "cards",
            format!(
                "{} booked, {} to review, {} rejected",
                count("/counts/scans/booked"),
                count("/counts/scans/review"),
                count("/counts/scans/rejected")
            ),
        ),
        ("in stock", count("/counts/items").to_string()),
        ("open reviews", count("/counts/open_reviews").to_string()),
        ("dead letters", count("/counts/dead_letters").to_string()),
        ("oldest waiting", time(status, "/counts/oldest_waiting_at")),
        ("catalogue", catalogue),
        ("price sources", format!("{running} running of {}", plugins.len())),
    ])
}

pub(super) async fn tree(session: &Session) -> Result<(), Failure> {
    let tree = session.api.get(&["v1", "tree"], &[]).await?;
    session.output.show(&tree, |tree| {
        let mut lines = String::new();
        draw(tree, "", "", &mut lines);
        lines
    })
}

/// A node with everything below it. `lead` stands before its own line, `below` before those of its children.
fn draw(node: &Value, lead: &str, below: &str, lines: &mut String) {
    let mut line = format!("{lead}{}  {}", text(node, "/name"), text(node, "/state"));
    let strategy = text(node, "/strategy");
    if !strategy.is_empty() {
        line.push_str(&format!("  {strategy}"));
    }
    if number(node, "/restarts") > 0 {
        line.push_str(&format!("  {} restarts", number(node, "/restarts")));
    }
    if number(node, "/mailbox") > 0 {
        line.push_str(&format!("  {} messages", number(node, "/mailbox")));
    }
    if node.get("last_exit").is_some_and(Value::is_object) {
        line.push_str(&format!("  last: {} ({})", text(node, "/last_exit/reason"), time(node, "/last_exit/at")));
    }
    lines.push_str(&crate::table::printable(&line));
    lines.push('\n');
    let children = node.get("children").map(items).unwrap_or_default();
    for (index, child) in children.iter().enumerate() {
        let (own, deeper) = if index + 1 == children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        draw(child, &format!("{below}{own}"), &format!("{below}{deeper}"), lines);
    }
}

pub(super) async fn health(session: &Session) -> Result<(), Failure> {
    let answer = session.api.look(&["readyz"]).await?;
    if !answer.body.is_object() {
        return Err(Failure::failed(format!("the daemon answers {} to a question about its health", answer.status)));
    }
    session.output.show(&answer.body, health_in_words)?;
    if answer.status.is_success() { Ok(()) } else { Err(Failure::Shown) }
}

fn health_in_words(health: &Value) -> String {
    let problems = health.get("problems").map(items).unwrap_or_default();
    let mut lines = if problems.is_empty() { "ready".to_owned() } else { "not ready".to_owned() };
    for problem in problems {
        lines.push_str(&format!("\n  {}", crate::table::printable(&text(problem, ""))));
    }
    if text(health, "/paused") == "yes" {
        lines.push_str("\npaused");
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_is_drawn_with_its_troubles() {
        let leaf =
            |name: &str| json!({ "name": name, "state": "running", "restarts": 0, "mailbox": 0, "children": [] });
        let mut hurt = leaf("ocr-1");
        hurt["restarts"] = 3.into();
        hurt["last_exit"] = json!({ "exit": "panic", "reason": "index out of bounds", "at": 0 });
        let tree = json!({ "name": "root", "state": "running", "strategy": "one_for_one", "children": [
            { "name": "recognition", "state": "running", "children": [hurt, leaf("matcher")] }, leaf("faces"),
        ]});
        let mut lines = String::new();
        draw(&tree, "", "", &mut lines);
        assert_eq!(
            lines,
            "root  running  one_for_one\n\
             ├─ recognition  running\n\
             │  ├─ ocr-1  running  3 restarts  last: index out of bounds (1970-01-01 00:00:00Z)\n\
             │  └─ matcher  running\n\
             └─ faces  running\n"
        );
    }

    #[test]
    fn problems_are_listed() {
        let ill = json!({ "ready": false, "problems": ["no catalogue is loaded"], "paused": true });
        assert_eq!(health_in_words(&ill), "not ready\n  no catalogue is loaded\npaused");
        assert_eq!(health_in_words(&json!({ "ready": true, "problems": [], "paused": false })), "ready");
    }
}
