//! Children that start, stop and are restarted together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cardmint_domain::supervision::{Exit, Restart, RuleError};

use super::*;

/// Children that note their starts and ends and end when told to.
#[derive(Clone, Default)]
struct Crowd {
    log: Arc<Mutex<Vec<String>>>,
    orders: Arc<Mutex<BTreeMap<String, Order>>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Return,
    Fail,
    /// Fails before it is up, so many times.
    FailToStart(u32),
    /// Does not end when asked to.
    Deaf,
    /// Finds nothing to do.
    Decline,
}

impl Crowd {
    fn child(&self, name: &str) -> ChildSpec {
        let (crowd, name) = (self.clone(), name.to_owned());
        // None of them hangs; a busy machine must not make it look so.
        let timing = Timing { hang_after: PATIENCE, ..TIMING };
        ChildSpec::task(name.clone(), timing, move |child| crowd.clone().live(name.clone(), child))
    }

    async fn live(self, name: String, child: ChildContext) -> anyhow::Result<()> {
        if let Some(Order::FailToStart(left)) = self.order(&name) {
            let next = (left > 1).then_some(Order::FailToStart(left - 1));
            self.set(&name, next);
            self.note(format!("!{name}"));
            anyhow::bail!("cannot start");
        }
        if self.order(&name) == Some(Order::Decline) {
            child.decline();
            return Ok(());
        }
        self.note(format!("+{name}"));
        child.mark_started();
        loop {
            match self.order(&name) {
                Some(Order::Return) => {
                    self.set(&name, None);
                    return Ok(());
                }
                Some(Order::Fail) => {
                    self.set(&name, None);
                    anyhow::bail!("was told to");
                }
                Some(Order::Deaf) if child.is_asked_to_stop() => std::future::pending().await,
                _ if child.is_asked_to_stop() => {
                    self.note(format!("-{name}"));
                    return Ok(());
                }
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn order(&self, name: &str) -> Option<Order> {
        self.orders.lock().unwrap().get(name).copied()
    }

    fn set(&self, name: &str, order: Option<Order>) {
        let mut orders = self.orders.lock().unwrap();
        match order {
            Some(order) => drop(orders.insert(name.to_owned(), order)),
            None => drop(orders.remove(name)),
        }
    }

    /// What was noted since the last time.
    fn taken(&self) -> String {
        std::mem::take(&mut *self.log.lock().unwrap()).join(" ")
    }

    fn noted(&self, lines: usize) -> String {
        until("the children's notes", || (self.log.lock().unwrap().len() >= lines).then_some(()));
        self.taken()
    }

    fn group(&self, policy: Policy, names: &[&str]) -> Group {
        Group::new("root", policy).with_children(names.iter().map(|name| self.child(name)))
    }
}

#[test]
fn children_start_in_order_and_stop_in_reverse() {
    let crowd = Crowd::default();
    let root = crowd.group(policy(Strategy::OneForOne), &["a", "b", "c"]).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    assert_eq!(crowd.taken(), "+a +b +c");
    root.ask_to_stop();
    root.join().unwrap();
    assert_eq!(crowd.taken(), "-c -b -a");
}

#[test]
fn strategies_restart_whom_they_name_in_order() {
    for (strategy, after) in
        [(Strategy::OneForOne, "+b"), (Strategy::RestForOne, "-c +b +c"), (Strategy::OneForAll, "-c -a +a +b +c")]
    {
        let crowd = Crowd::default();
        let root = crowd.group(policy(strategy), &["a", "b", "c"]).start().unwrap();
        assert!(root.wait_until_up(PATIENCE));
        crowd.taken();
        crowd.set("b", Some(Order::Fail));
        assert_eq!(crowd.noted(after.split(' ').count()), after, "{strategy:?}");
        root.ask_to_stop();
        root.join().unwrap();
    }
}

#[test]
fn a_child_that_cannot_start_holds_the_later_ones_up_until_it_can() {
    let crowd = Crowd::default();
    crowd.set("b", Some(Order::FailToStart(3)));
    let root = crowd.group(policy(Strategy::OneForOne), &["a", "b", "c"]).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    let log = crowd.taken();
    assert_eq!(log, "+a !b !b !b +b +c");
    root.ask_to_stop();
    root.join().unwrap();
}

#[test]
fn a_restart_of_all_starts_over_when_one_of_them_cannot_start() {
    let crowd = Crowd::default();
    let root = crowd.group(policy(Strategy::OneForAll), &["a", "b"]).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    crowd.taken();
    crowd.set("b", Some(Order::FailToStart(1)));
    crowd.set("a", Some(Order::Fail));
    assert_eq!(crowd.noted(6), "-b +a !b -a +a +b");
    root.ask_to_stop();
    root.join().unwrap();
}

#[test]
fn restart_types_are_kept() {
    let crowd = Crowd::default();
    let root = Group::new("root", policy(Strategy::OneForOne))
        .child(crowd.child("transient").restarted(Restart::Transient))
        .child(crowd.child("temporary").restarted(Restart::Temporary))
        .start()
        .unwrap();
    assert!(root.wait_until_up(PATIENCE));
    let tree = root.tree();
    crowd.taken();
    crowd.set("transient", Some(Order::Fail));
    assert_eq!(crowd.noted(1), "+transient");
    crowd.set("transient", Some(Order::Return));
    let down = || node(&tree, "root/transient").filter(|node| node.state == ChildState::Down);
    assert_eq!(until("the end", down).restarts, 1);
    crowd.set("temporary", Some(Order::Fail));
    until("it to be forgotten", || node(&tree, "root/temporary").is_none().then_some(()));
    assert_eq!(crowd.taken(), "");
    root.ask_to_stop();
    root.join().unwrap();
}

#[test]
fn a_child_with_nothing_to_do_is_left_alone_and_holds_nobody_up() {
    let crowd = Crowd::default();
    crowd.set("a", Some(Order::Decline));
    let root = crowd.group(policy(Strategy::OneForOne), &["a", "b"]).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    assert_eq!(crowd.taken(), "+b");
    let idle = node(&root.tree(), "root/a").unwrap();
    assert_eq!((idle.state, idle.last_exit.unwrap().exit), (ChildState::Ignored, Exit::Ignored));
    root.ask_to_stop();
    root.join().unwrap();
}

#[test]
fn a_supervisor_ends_without_failure_when_what_matters_is_done() {
    let crowd = Crowd::default();
    let root = Group::new("root", policy(Strategy::OneForOne))
        .ending_with(AutoShutdown::AllSignificant)
        .child(crowd.child("server"))
        .child(crowd.child("job").restarted(Restart::Transient).significant())
        .start()
        .unwrap();
    assert!(root.wait_until_up(PATIENCE));
    crowd.set("job", Some(Order::Fail));
    assert_eq!(crowd.noted(3), "+server +job +job", "a crash is no end");
    crowd.set("job", Some(Order::Return));
    until("the root to end", || root.has_ended().then_some(()));
    root.join().unwrap();
    assert_eq!(crowd.taken(), "-server");
}

#[test]
fn children_whose_rules_do_not_go_with_the_supervisor_are_refused() {
    let crowd = Crowd::default();
    let group = Group::new("root", policy(Strategy::OneForOne));
    let children = group.children();
    let root = group.child(crowd.child("a")).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    let significant = crowd.child("x").restarted(Restart::Transient).significant();
    assert_eq!(children.add(significant), Err(AddError::Rule(RuleError::NoAutoShutdown)));
    root.ask_to_stop();
    root.join().unwrap();
    let faulty =
        Group::new("root", policy(Strategy::OneForOne)).child(crowd.child("a")).child(crowd.child("b").significant());
    let gave_up = faulty.start().unwrap().join().unwrap_err();
    assert_eq!((gave_up.child.as_str(), gave_up.reason), ("b", RuleError::PermanentSignificant.to_string()));
    assert_eq!(crowd.taken(), "+a -a", "nobody of a tree that cannot be is started");
}

/// A supervisor that hangs is replaced, and so are its children: nobody of the life before counts any more.
#[test]
fn children_of_a_supervisor_that_hangs_are_late_and_end() {
    let crowd = Crowd::default();
    let stuck = Arc::new(Mutex::new(()));
    let (held, holding) = (stuck.lock().unwrap(), stuck.clone());
    let seen: Arc<Mutex<Vec<ChildContext>>> = Arc::default();
    let keep = seen.clone();
    let witness = ChildSpec::task("witness", TIMING, move |child| {
        keep.lock().unwrap().push(child.clone());
        async move {
            child.mark_started();
            child.asked_to_stop().await;
            Ok(())
        }
    });
    // Whatever a supervisor calls may block: here what takes down the address of a child that hangs.
    let mut deaf = crowd.child("deaf");
    deaf.timing = Timing { hang_after: Duration::from_millis(1), ..TIMING };
    deaf.vacate = Some(Arc::new(move |_| drop(holding.lock())));
    deaf.life = Arc::new(|child| {
        child.mark_started();
        while !child.is_asked_to_stop() {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    });
    let mut inner = Group::new("inner", policy(Strategy::OneForOne)).child(witness).child(deaf).into_child();
    inner.timing = TIMING;
    let root = Group::new("root", policy(Strategy::OneForOne)).child(inner).start().unwrap();
    until("a second life", || (seen.lock().unwrap().len() >= 2).then_some(()));
    let first = seen.lock().unwrap()[0].clone();
    assert!(!first.is_current() && first.is_asked_to_stop());
    drop(held);
    root.ask_to_stop();
    root.join().unwrap();
}

#[test]
fn too_many_restarts_escalate_to_the_root_which_gives_up() {
    let crowd = Crowd::default();
    crowd.set("b", Some(Order::FailToStart(u32::MAX)));
    let strict = |restarts| Policy { max_restarts: restarts, ..policy(Strategy::OneForOne) };
    let inner = Group::new("inner", strict(2)).child(crowd.child("a")).child(crowd.child("b"));
    let root = Group::new("root", strict(1)).child(inner.into_child()).start().unwrap();
    until("the root to give up", || root.has_ended().then_some(()));
    let gave_up = root.join().unwrap_err();
    assert_eq!((gave_up.supervisor.as_str(), gave_up.child.as_str(), gave_up.exit), ("root", "inner", Exit::Failed));
    assert!(gave_up.reason.contains("inner gave up: b failed"), "{gave_up}");
    // Two lives of the inner supervisor, three attempts each, and nobody is left behind.
    assert_eq!(crowd.taken(), "+a !b !b !b -a +a !b !b !b -a");
}

#[test]
fn a_child_that_is_given_up_alone_leaves_its_siblings_in_peace() {
    let crowd = Crowd::default();
    crowd.set("b", Some(Order::FailToStart(u32::MAX)));
    let alone = Policy { max_restarts: 2, exhausted: Exhausted::LeaveDown, ..policy(Strategy::OneForOne) };
    let root = crowd.group(alone, &["a", "b", "c"]).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    assert_eq!(crowd.taken(), "+a !b !b !b +c");
    assert_eq!(node(&root.tree(), "root/b").unwrap().state, ChildState::GivenUp);
    root.ask_to_stop();
    root.join().unwrap();
    assert_eq!(crowd.taken(), "-c -a");
}

#[test]
fn a_stop_works_in_the_middle_of_a_failing_restart_loop() {
    let crowd = Crowd::default();
    crowd.set("b", Some(Order::FailToStart(u32::MAX)));
    let endless = Policy { max_restarts: u32::MAX, ..policy(Strategy::OneForOne) };
    let root = crowd.group(endless, &["a", "b"]).start().unwrap();
    until("some failures", || (crowd.log.lock().unwrap().len() > 5).then_some(()));
    root.ask_to_stop();
    root.join().unwrap();
    assert!(crowd.taken().ends_with("-a"));
}

#[test]
fn a_deaf_child_is_left_behind_at_a_stop() {
    let crowd = Crowd::default();
    crowd.set("b", Some(Order::Deaf));
    let quick = Timing { stop_timeout: Duration::from_millis(50), ..TIMING };
    let (deaf, other) = (crowd.clone(), crowd.child("a"));
    let spec = ChildSpec::task("b", quick, move |child| deaf.clone().live("b".to_owned(), child));
    let root = Group::new("root", policy(Strategy::OneForOne)).child(other).child(spec).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    root.ask_to_stop();
    root.join().unwrap();
    assert_eq!(crowd.taken(), "+a +b -a");
}

#[test]
fn children_come_and_go_while_the_supervisor_runs() {
    let crowd = Crowd::default();
    let inner = Group::new("sources", policy(Strategy::OneForOne));
    let children = inner.children();
    assert_eq!(children.add(crowd.child("early")), Err(AddError::Down));
    let root = Group::new("root", policy(Strategy::OneForOne)).child(inner.into_child()).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    children.add(crowd.child("x")).unwrap();
    children.add(crowd.child("y")).unwrap();
    assert_eq!(children.add(crowd.child("x")), Err(AddError::NameTaken));
    assert_eq!(crowd.noted(2).len(), "+x +y".len());
    // A child notes that it lives before it says that it is up; one that is stopped in between notes nothing more.
    // After a restart the tree shows the life before for a moment.
    let is_up = |path: &str, restarts: u64| {
        let node = node(&root.tree(), path)?;
        (node.state == ChildState::Running && node.restarts == restarts).then_some(())
    };
    until("x to be up", || is_up("root/sources/x", 0));
    assert!(children.remove("x"));
    assert!(!children.remove("x"));
    assert_eq!(crowd.taken(), "-x");
    crowd.set("y", Some(Order::Fail));
    assert_eq!(crowd.noted(1), "+y");
    until("y to be up again", || is_up("root/sources/y", 1));
    children.clear();
    assert_eq!(crowd.taken(), "-y");
    assert!(node(&root.tree(), "root/sources").unwrap().children.is_empty());
    root.ask_to_stop();
    root.join().unwrap();
}
