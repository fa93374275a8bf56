//! Group `significant`: supervisors that end with the children that matter.

use cardmint_domain::supervision::{AutoShutdown, Exit, Policy, Restart, Strategy};

use super::world::*;

const ANY: Policy = Policy { auto_shutdown: AutoShutdown::AnySignificant, ..POLICY };
const ALL: Policy = Policy { auto_shutdown: AutoShutdown::AllSignificant, ..POLICY };

/// Children by name, all up.
fn world(policy: Policy, children: &[(&'static str, Restart, bool)]) -> World {
    let mut world = World::new(policy);
    for (name, restart, significant) in children {
        world.add(name, *restart, *significant).unwrap();
    }
    world.run();
    world.said();
    world
}

#[test]
fn nonsignificant_children_never_trigger() {
    for policy in [ANY, ALL] {
        for restart in [Restart::Temporary, Restart::Transient] {
            let mut world = world(policy, &[("a", restart, false), ("b", Restart::Permanent, false)]);
            world.ends("a", Exit::Returned);
            assert_eq!(world.end, None);
        }
    }
}

#[test]
fn significant_temporary_triggers_however_it_ends() {
    for exit in [Exit::Returned, Exit::Asked, Exit::Failed, Exit::Panicked, Exit::Hung] {
        let mut world = world(ANY, &[("s", Restart::Temporary, true), ("b", Restart::Permanent, false)]);
        world.ends("s", exit);
        assert_eq!((world.said().as_str(), world.end), ("-b", Some(End::Clean)), "{exit:?}");
    }
}

#[test]
fn significant_transient_triggers_by_a_normal_end_and_is_restarted_after_a_crash() {
    let mut world = world(ANY, &[("s", Restart::Transient, true)]);
    world.ends("s", Exit::Panicked);
    assert_eq!((world.said().as_str(), world.end), ("+s", None));
    world.ends("s", Exit::Returned);
    assert_eq!(world.end, Some(End::Clean));
}

#[test]
fn all_significant_waits_for_the_last_of_them() {
    let children = [("s", Restart::Transient, true), ("t", Restart::Temporary, true), ("b", Restart::Permanent, false)];
    let mut world = world(ALL, &children);
    world.ends("t", Exit::Failed);
    assert_eq!(world.end, None);
    world.ends("s", Exit::Returned);
    assert_eq!((world.said().as_str(), world.end), ("-b", Some(End::Clean)));
}

#[test]
fn all_significant_counts_a_child_in_its_backoff_as_living() {
    let mut world = world(ALL, &[("s", Restart::Transient, true), ("t", Restart::Transient, true)]);
    world.ends_at_once("s", Exit::Failed);
    world.ends_at_once("t", Exit::Returned);
    assert_eq!(world.end, None);
}

#[test]
fn significant_bystander_of_a_restart_does_not_trigger() {
    for policy in [ANY, ALL] {
        let policy = Policy { strategy: Strategy::OneForAll, ..policy };
        let mut world = world(policy, &[("s", Restart::Temporary, true), ("b", Restart::Permanent, false)]);
        world.ends("b", Exit::Failed);
        assert_eq!((world.said().as_str(), world.end), ("-s +b", None));
    }
}

#[test]
fn significant_escalation_is_a_failure_and_no_shutdown() {
    let none = Policy { max_restarts: 0, ..ANY };
    let mut world = world(none, &[("s", Restart::Transient, true)]);
    world.ends("s", Exit::Failed);
    assert_eq!(world.end, Some(End::Failed));
}

#[test]
fn an_operators_stop_and_a_child_with_nothing_to_do_never_trigger() {
    for policy in [ANY, ALL] {
        let mut world = world(policy, &[("s", Restart::Transient, true)]);
        world.remove("s");
        assert_eq!(world.end, None);
        world.idles("i");
        world.add("i", Restart::Temporary, true).unwrap();
        world.run();
        assert_eq!((world.said().as_str(), world.end), ("-s ~i", None));
    }
}
