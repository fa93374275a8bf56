use super::*;

const TIMING: Timing = Timing { stable_ms: 100, open_ms: 1_000, retry_first_ms: 10, retry_most_ms: 35 };

fn at(ms: i64) -> Timestamp {
    Timestamp(ms)
}

fn stamp(inode: u64, size_bytes: u64) -> Stamp {
    Stamp { device: 1, inode, size_bytes, modified_ns: i128::from(size_bytes) }
}

fn watcher() -> Watcher {
    Watcher::new(TIMING, 1_000)
}

/// Everything that is due.
fn all_due(watcher: &mut Watcher, now: Timestamp) -> Vec<Due> {
    std::iter::from_fn(|| watcher.due(now)).collect()
}

fn names(due: &[Due]) -> Vec<String> {
    due.iter().map(|due| due.path.to_string()).collect()
}

#[test]
fn a_file_is_due_once_it_has_stood_still() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
    assert_eq!(watcher.next_due(at(0)), Some(at(100)));
    assert!(all_due(&mut watcher, at(99)).is_empty());
    assert_eq!(names(&all_due(&mut watcher, at(100))), ["a"]);
    assert!(all_due(&mut watcher, at(5_000)).is_empty(), "in hand until it is settled");
}

#[test]
fn every_change_starts_the_wait_again() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    for (ms, size) in [(0, 1), (90, 2), (180, 3)] {
        watcher.on_event(&a, Sign::There, Some(stamp(1, size)), at(ms));
        assert!(all_due(&mut watcher, at(ms + 99)).is_empty());
    }
    assert_eq!(all_due(&mut watcher, at(280)).len(), 1);
}

#[test]
fn a_file_open_for_writing_waits_for_its_close_but_not_for_ever() {
    let (a, b) = (FilePath::top("a"), FilePath::top("b"));
    let mut watcher = watcher();
    watcher.on_event(&a, Sign::Writing, Some(stamp(1, 5)), at(0));
    watcher.on_event(&b, Sign::Writing, Some(stamp(2, 6)), at(0));
    assert!(all_due(&mut watcher, at(500)).is_empty());
    watcher.on_event(&a, Sign::Closed, Some(stamp(1, 5)), at(500));
    assert_eq!(names(&all_due(&mut watcher, at(500))), ["a"]);
    assert_eq!(names(&all_due(&mut watcher, at(1_000))), ["b"]);
}

#[test]
fn a_resumed_copy_closed_twice_is_due_once_and_whole() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    for (ms, size) in [(0, 5), (60, 9)] {
        watcher.on_event(&a, Sign::Writing, Some(stamp(1, size)), at(ms));
        watcher.on_event(&a, Sign::Closed, Some(stamp(1, size)), at(ms));
    }
    assert!(all_due(&mut watcher, at(159)).is_empty());
    let due = all_due(&mut watcher, at(160));
    assert_eq!(due.first().map(|due| due.stamp.size_bytes), Some(9));
    assert_eq!(due.len(), 1);
}

#[test]
fn a_kept_file_comes_back_only_when_it_changes() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
    let due = all_due(&mut watcher, at(100)).remove(0);
    watcher.settle(&due, Settled::Kept, at(100));
    watcher.on_rescan([(a.clone(), stamp(1, 5))], at(200));
    watcher.on_event(&a, Sign::Closed, Some(stamp(1, 5)), at(250));
    assert!(all_due(&mut watcher, at(9_000)).is_empty());
    assert_eq!(watcher.len(), 1);
    watcher.on_rescan([(a, stamp(1, 6))], at(9_000));
    assert_eq!(all_due(&mut watcher, at(9_100)).len(), 1);
}

#[test]
fn a_file_that_failed_comes_back_later_and_later() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
    let mut now = 100;
    for wait in [10, 20, 35, 35] {
        let due = all_due(&mut watcher, at(now)).remove(0);
        watcher.settle(&due, Settled::Failed, at(now));
        assert!(all_due(&mut watcher, at(now + wait - 1)).is_empty());
        now += wait;
    }
    assert_eq!(all_due(&mut watcher, at(now)).len(), 1);
}

#[test]
fn a_file_replaced_while_in_hand_is_not_lost_with_the_old_one() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
    let due = all_due(&mut watcher, at(100)).remove(0);
    watcher.on_event(&a, Sign::There, Some(stamp(2, 7)), at(110));
    watcher.settle(&due, Settled::Gone, at(120));
    assert_eq!(all_due(&mut watcher, at(210)).first().map(|due| due.stamp), Some(stamp(2, 7)));
}

#[test]
fn what_turned_out_changed_waits_again() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
    let due = all_due(&mut watcher, at(100)).remove(0);
    watcher.settle(&due, Settled::Changed(stamp(1, 8)), at(100));
    assert!(all_due(&mut watcher, at(199)).is_empty());
    assert_eq!(all_due(&mut watcher, at(200)).first().map(|due| due.stamp.size_bytes), Some(8));
}

#[test]
fn a_rescan_forgets_what_is_gone_and_finds_what_was_missed() {
    let mut watcher = watcher();
    watcher.on_event(&FilePath::top("gone"), Sign::There, Some(stamp(1, 5)), at(0));
    watcher.on_rescan([(FilePath::within("box", "missed"), stamp(2, 5))], at(50));
    assert_eq!(names(&all_due(&mut watcher, at(1_000))), ["box/missed"]);
    watcher.on_event(&FilePath::top("b"), Sign::There, None, at(1_000));
    assert_eq!(watcher.len(), 1);
}

#[test]
fn the_oldest_files_go_first_one_at_a_time() {
    let mut watcher = watcher();
    for (name, size) in [("b", 2), ("c", 3), ("a", 1)] {
        watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(size, size)), at(0));
    }
    assert_eq!(watcher.due(at(100)).map(|due| due.path), Some(FilePath::top("a")));
    assert_eq!(names(&all_due(&mut watcher, at(100))), ["b", "c"]);
}

#[test]
fn what_finds_no_room_is_found_again_by_the_next_rescan() {
    let mut watcher = Watcher::new(TIMING, 1);
    let list = || [(FilePath::top("a"), stamp(1, 1)), (FilePath::top("b"), stamp(2, 2))];
    assert_eq!(watcher.on_rescan(list(), at(0)), 1);
    let due = all_due(&mut watcher, at(100)).remove(0);
    watcher.settle(&due, Settled::Gone, at(100));
    assert_eq!(watcher.on_rescan(list().into_iter().skip(1), at(100)), 0);
    assert_eq!(names(&all_due(&mut watcher, at(200))), ["b"]);
}

#[test]
fn an_empty_file_is_never_due_and_a_clock_set_back_delays_nothing() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 0)), at(10_000));
    assert!(all_due(&mut watcher, at(90_000)).is_empty());
    watcher.on_event(&a, Sign::There, Some(stamp(1, 4)), at(90_000));
    assert!(all_due(&mut watcher, at(0)).is_empty());
    assert_eq!(all_due(&mut watcher, at(100)).len(), 1);
}

#[test]
fn what_was_due_first_goes_first_however_old_it_is() {
    let mut watcher = watcher();
    for (name, size, ms) in [("early", 9, 0), ("between", 5, 10), ("late", 1, 20)] {
        watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(size, size)), at(ms));
    }
    assert_eq!(names(&all_due(&mut watcher, at(500))), ["early", "between", "late"]);
}

#[test]
fn a_file_still_open_is_asked_for_again_when_it_is_closed_or_when_no_close_is_heard_of() {
    let mut watcher = watcher();
    for name in ["a", "b"] {
        watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(1, 5)), at(0));
    }
    for due in all_due(&mut watcher, at(100)) {
        watcher.settle(&due, Settled::StillOpen, at(100));
    }
    assert!(all_due(&mut watcher, at(900)).is_empty());
    watcher.on_event(&FilePath::top("a"), Sign::Closed, Some(stamp(1, 5)), at(900));
    assert_eq!(names(&all_due(&mut watcher, at(900))), ["a"]);
    assert_eq!(names(&all_due(&mut watcher, at(1_100))), ["b"]);
}

#[test]
fn a_fault_of_ours_holds_all_files_for_a_second_and_blames_none() {
    let mut watcher = watcher();
    for (name, size) in [("a", 1), ("b", 2), ("c", 3)] {
        watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(size, size)), at(0));
    }
    // An hour of it: one file a second, and not always the same one.
    let mut tried = std::collections::BTreeSet::new();
    let mut now = at(100);
    for _ in 0..3_600 {
        let due = watcher.due(now).unwrap();
        tried.insert(due.path.to_string());
        watcher.settle(&due, Settled::NotNow, now);
        assert_eq!(watcher.due(now.plus_millis(HOLD_MS - 1)), None);
        now = now.plus_millis(HOLD_MS);
        assert_eq!(watcher.next_due(now), Some(now));
    }
    assert_eq!(tried.len(), 3);
    // Over: the first one that works sets all free.
    let first = watcher.due(now).unwrap();
    watcher.settle(&first, Settled::Gone, now);
    assert_eq!(all_due(&mut watcher, now).len(), 2);
}

#[test]
fn a_file_of_its_own_fault_waits_longer_while_others_go_on() {
    let mut watcher = watcher();
    for name in ["bad", "good"] {
        watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(1, 5)), at(0));
    }
    let bad = watcher.due(at(100)).unwrap();
    watcher.settle(&bad, Settled::Failed, at(100));
    assert_eq!(names(&all_due(&mut watcher, at(100))), ["good"]);
}

#[test]
fn a_clock_set_back_delays_neither_a_retry_nor_the_end_of_a_hold() {
    let (mut watcher, a) = (watcher(), FilePath::top("a"));
    watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(1_000_000));
    for settled in [Settled::Failed, Settled::NotNow] {
        let due = watcher.due(at(2_000_000)).unwrap();
        watcher.settle(&due, settled, at(2_000_000));
        assert_eq!(watcher.next_due(at(0)).map(|at| at <= Timestamp(HOLD_MS)), Some(true), "{settled:?}");
    }
}

#[test]
fn many_files_are_handed_out_one_by_one_each_exactly_once() {
    let mut watcher = Watcher::new(TIMING, usize::MAX);
    let files = 20_000;
    watcher.on_rescan((0..files).map(|n| (FilePath::top(n.to_string()), stamp(n, n + 1))), at(0));
    let mut seen = std::collections::HashSet::new();
    while let Some(due) = watcher.due(at(100)) {
        assert!(seen.insert(due.path.clone()));
        watcher.settle(&due, Settled::Gone, at(100));
    }
    assert_eq!((seen.len() as u64, watcher.len(), watcher.queue.len()), (files, 0, 0));
}
