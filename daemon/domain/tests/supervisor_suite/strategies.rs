//! Groups `restart_one_for_one`, `restart_one_for_all`, `restart_rest_for_one`, `restart_simple_one_for_one`; and what is left
//! down here instead of escalating.

use cardmint_domain::supervision::{Exhausted, Exit, Policy, Restart, Standing, Strategy};

use super::world::*;

const ALL: [&str; 3] = ["a", "b", "c"];

/// What happens when `b` of three fails.
fn when_b_fails(strategy: Strategy) -> (String, World) {
    let mut world = World::of(policy(strategy), &ALL);
    world.ends("b", Exit::Failed);
    (world.said(), world)
}

#[test]
fn one_for_one_restarts_the_child_alone() {
    let (said, world) = when_b_fails(Strategy::OneForOne);
    assert_eq!(said, "+b");
    assert_eq!(ALL.map(|name| world.life(name)), [Some(1), Some(4), Some(3)]);
}

#[test]
fn rest_for_one_restarts_the_later_ones_and_keeps_the_earlier() {
    let (said, world) = when_b_fails(Strategy::RestForOne);
    assert_eq!(said, "-c +b +c");
    assert_eq!(world.life("a"), Some(1));
}

#[test]
fn one_for_all_restarts_everybody() {
    assert_eq!(when_b_fails(Strategy::OneForAll).0, "-c -a +a +b +c");
}

#[test]
fn escalation_stops_everybody_in_reverse_with_each_strategy() {
    for (strategy, last) in
        [(Strategy::OneForOne, "-c -a"), (Strategy::RestForOne, "-c -a"), (Strategy::OneForAll, "-c -a")]
    {
        let mut world = World::of(policy(strategy), &ALL);
        for _ in 0..POLICY.max_restarts {
            world.ends("b", Exit::Failed);
        }
        world.said();
        world.ends("b", Exit::Failed);
        assert_eq!((world.said().as_str(), world.end), (last, Some(End::Failed)), "{strategy:?}");
    }
}

#[test]
fn failed_starts_count_while_restarting() {
    let mut world = World::of(POLICY, &ALL);
    world.breaks("b", u32::MAX);
    world.ends("b", Exit::Failed);
    assert_eq!((world.said().as_str(), world.end), ("!b !b -c -a", Some(End::Failed)));
}

#[test]
fn other_child_fails_restart_and_everybody_is_tried_again() {
    for (strategy, said) in [
        (Strategy::OneForAll, "-c -b +a !b -a +a +b +c"),
        // Those before the one that cannot start go on living.
        (Strategy::RestForOne, "-c -b +a !b +b +c"),
    ] {
        let mut world = World::of(policy(strategy), &ALL);
        world.breaks("b", 1);
        world.ends("a", Exit::Failed);
        assert_eq!(world.said(), said, "{strategy:?}");
        assert_eq!(world.end, None);
    }
}

#[test]
fn nobody_behind_a_child_in_backoff_is_started_before_it() {
    let mut world = World::of(policy(Strategy::RestForOne), &ALL);
    world.ends_at_once("a", Exit::Failed);
    assert_eq!(world.said(), "-c -b");
    assert!(ALL.iter().all(|name| matches!(world.standing(name), Some(Standing::Due { .. }))));
    world.run();
    assert_eq!(world.said(), "+a +b +c");
}

/// Dynamic children are what OTP's `simple_one_for_one` is for; here they are children that come and go.
#[test]
fn simple_one_for_one_children_come_go_and_keep_nothing() {
    let mut world = World::new(POLICY);
    for _ in 0..10_000 {
        world.add("job", Restart::Temporary, false).unwrap();
        world.run();
        world.ends("job", Exit::Returned);
    }
    assert_eq!((world.count(), world.end), (0, None));
    world.add("job", Restart::Permanent, false).unwrap();
    world.run();
    (0..=POLICY.max_restarts).for_each(|_| world.ends("job", Exit::Failed));
    assert_eq!(world.end, Some(End::Failed));
}

#[test]
fn a_child_left_down_leaves_its_siblings_and_their_restarts_alone() {
    let alone = Policy { exhausted: Exhausted::LeaveDown, ..POLICY };
    let mut world = World::of(alone, &["a", "b"]);
    (0..=POLICY.max_restarts).for_each(|_| world.ends("a", Exit::Failed));
    assert_eq!(world.standing("a"), Some(Standing::GivenUp));
    for _ in 0..POLICY.max_restarts {
        world.ends("b", Exit::Failed);
    }
    assert!(world.life("b").is_some() && world.end.is_none());
}
