//! Groups `normal_termination`, `shutdown_termination`, `abnormal_termination`, `temporary_bystander`, `multiple_restarts`.

use cardmint_domain::supervision::{Exit, Policy, Restart, Standing, Strategy};

use super::world::*;

const EXITS: [Exit; 5] = [Exit::Asked, Exit::Returned, Exit::Failed, Exit::Panicked, Exit::Hung];

/// What is left of a child of this kind after it ended so: `Some(None)` where it is down.
fn after(restart: Restart, exit: Exit) -> Option<Option<u32>> {
    let mut world = World::new(POLICY);
    world.add("bystander", Restart::Permanent, false).unwrap();
    world.add("child", restart, false).unwrap();
    world.run();
    world.ends("child", exit);
    assert_eq!((world.life("bystander"), world.end), (Some(1), None), "{restart:?} {exit:?}");
    world.standing("child").map(|_| world.life("child"))
}

#[test]
fn permanent_children_come_back_however_they_end() {
    for exit in EXITS {
        assert_eq!(after(Restart::Permanent, exit), Some(Some(3)), "{exit:?}");
    }
}

#[test]
fn transient_children_come_back_unless_they_end_normally_or_are_shut_down() {
    for exit in EXITS {
        let is_clean = matches!(exit, Exit::Asked | Exit::Returned);
        assert_eq!(after(Restart::Transient, exit), Some((!is_clean).then_some(3)), "{exit:?}");
    }
}

#[test]
fn temporary_children_are_forgotten_however_they_end() {
    for exit in EXITS {
        assert_eq!(after(Restart::Temporary, exit), None, "{exit:?}");
    }
}

#[test]
fn temporary_bystander_is_stopped_and_forgotten_when_others_are_restarted() {
    for (strategy, said) in [(Strategy::OneForAll, "-late -b -early +a +b"), (Strategy::RestForOne, "-late -b +a +b")] {
        let mut world = World::new(policy(strategy));
        for (name, restart) in [
            ("early", Restart::Temporary),
            ("a", Restart::Permanent),
            ("b", Restart::Permanent),
            ("late", Restart::Temporary),
        ] {
            world.add(name, restart, false).unwrap();
        }
        world.run();
        world.said();
        world.ends("a", Exit::Panicked);
        assert_eq!(world.said(), said, "{strategy:?}");
        assert_eq!(world.standing("late"), None);
        assert_eq!(world.standing("early").is_some(), strategy == Strategy::RestForOne);
    }
}

/// As in OTP: whatever is known to the supervisor is started when everybody is, though it had ended normally.
#[test]
fn a_transient_child_that_had_ended_is_started_again_with_the_others() {
    let mut world = World::new(policy(Strategy::OneForAll));
    world.add("done", Restart::Transient, false).unwrap();
    world.add("a", Restart::Permanent, false).unwrap();
    world.run();
    world.ends("done", Exit::Returned);
    assert_eq!(world.standing("done"), Some(Standing::Down));
    world.said();
    world.ends("a", Exit::Failed);
    assert_eq!(world.said(), "+done +a");
}

#[test]
fn multiple_restarts_go_on_for_ever_where_they_are_slow_enough() {
    let one = Policy { max_restarts: 1, ..POLICY };
    let mut world = World::of(one, &["a"]);
    for _ in 0..50 {
        world.ends("a", Exit::Failed);
        world.pass(2_100);
    }
    assert_eq!(world.end, None);
}

#[test]
fn multiple_restarts_within_the_period_are_too_many_and_its_boundary_counts() {
    for (wait, end) in [(999, Some(End::Failed)), (998, Some(End::Failed)), (1_000, None)] {
        // The restart itself comes a millisecond after the end; restarts are counted when a child ends.
        let mut world = World::of(Policy { max_restarts: 1, ..POLICY }, &["a"]);
        world.ends("a", Exit::Failed);
        world.pass(wait);
        world.ends("a", Exit::Failed);
        assert_eq!(world.end, end, "{wait} ms");
    }
}

#[test]
fn a_failure_is_not_counted_for_children_that_are_not_restarted() {
    let none = Policy { max_restarts: 0, ..POLICY };
    let mut world = World::new(none);
    for (name, restart) in [("t", Restart::Temporary), ("n", Restart::Transient), ("a", Restart::Permanent)] {
        world.add(name, restart, false).unwrap();
    }
    world.run();
    world.ends("t", Exit::Panicked);
    world.ends("n", Exit::Returned);
    assert_eq!(world.end, None);
    world.ends("a", Exit::Returned);
    assert_eq!(world.end, Some(End::Failed));
}
