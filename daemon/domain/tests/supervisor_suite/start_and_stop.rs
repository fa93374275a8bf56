//! Groups `sup_start`, `sup_start_map`, `sup_stop`, `order_of_children`, `hanging_restart_loop`, `scale`.

use cardmint_domain::supervision::{Exit, Policy, Restart, RuleError, Standing, Strategy};

use super::world::*;

#[test]
fn sup_start_in_order_and_sup_stop_in_reverse() {
    let mut world = World::new(POLICY);
    for name in ["c", "a", "b"] {
        world.add(name, Restart::Permanent, false).unwrap();
    }
    world.run();
    world.close(End::Clean);
    assert_eq!(world.said(), "+c +a +b -b -a -c");
}

#[test]
fn sup_start_ignore_child_keeps_it_and_goes_on() {
    let mut world = World::new(POLICY);
    for (name, restart) in
        [("permanent", Restart::Permanent), ("transient", Restart::Transient), ("b", Restart::Permanent)]
    {
        world.add(name, restart, false).unwrap();
    }
    world.idles("permanent");
    world.idles("transient");
    world.run();
    assert_eq!(world.said(), "~permanent ~transient +b");
    assert_eq!(world.standing("permanent"), Some(Standing::Ignored));
    assert_eq!(world.standing("transient"), Some(Standing::Ignored));
}

#[test]
fn sup_start_ignore_temporary_child_forgets_it() {
    let mut world = World::new(POLICY);
    world.add("a", Restart::Temporary, false).unwrap();
    world.add("b", Restart::Permanent, false).unwrap();
    world.idles("a");
    world.run();
    assert_eq!(world.said(), "~a +b");
    assert_eq!((world.standing("a"), world.count()), (None, 1));
}

/// OTP's `sup_start_fail` gives up at once; here a start that fails is tried again, and gives up like any other failure.
#[test]
fn sup_start_fail_leaves_no_half_started_tree() {
    let mut world = World::new(POLICY);
    for name in ["a", "b", "c"] {
        world.add(name, Restart::Permanent, false).unwrap();
    }
    world.breaks("b", u32::MAX);
    world.run();
    assert_eq!(world.said(), "+a !b !b !b -a");
    assert_eq!(world.end, Some(End::Failed));
}

#[test]
fn sup_start_map_faulty_specs() {
    let mut world = World::new(POLICY);
    assert_eq!(world.add("a", Restart::Permanent, true), Err(RuleError::PermanentSignificant));
    assert_eq!(world.add("a", Restart::Transient, true), Err(RuleError::NoAutoShutdown));
    assert_eq!(world.add("a", Restart::Temporary, true), Err(RuleError::NoAutoShutdown));
    assert_eq!(world.count(), 0);
}

#[test]
fn hanging_restart_loop_can_be_stopped_and_children_removed() {
    for strategy in [Strategy::OneForOne, Strategy::RestForOne, Strategy::OneForAll] {
        let endless = Policy { max_restarts: u32::MAX, ..policy(strategy) };
        let mut world = World::of(endless, &["a", "b"]);
        world.breaks("b", u32::MAX);
        world.ends_at_once("b", Exit::Failed);
        assert!(matches!(world.standing("b"), Some(Standing::Due { .. })), "restarting is a state that can be seen");
        world.remove("b");
        world.run();
        assert!(world.life("a").is_some() && world.count() == 1, "{strategy:?}");
        world.close(End::Clean);
        assert!(world.said().ends_with("-a"));
    }
}

#[test]
fn order_of_children_is_that_of_adding_and_removal_keeps_it() {
    let mut world = World::of(policy(Strategy::RestForOne), &["z", "m", "a", "k"]);
    world.remove("m");
    assert_eq!(world.said(), "-m");
    world.ends("z", Exit::Failed);
    assert_eq!(world.said(), "-k -a +z +a +k");
}

#[test]
fn scale_a_thousand_children_and_ten_thousand_failures_leave_nothing_behind() {
    let names: Vec<&'static str> = (0..1_000).map(|n| &*format!("c{n}").leak()).collect();
    let mut world = World::of(Policy { max_restarts: u32::MAX, ..POLICY }, &names);
    for n in 0..10_000 {
        world.ends(names[n % names.len()], Exit::Failed);
        world.pass(POLICY.period_ms + 1);
    }
    assert_eq!((world.count(), world.end), (1_000, None));
}
