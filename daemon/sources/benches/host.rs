//! What it costs to keep plugins in processes of their own: starting one, and asking one.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/it/built.rs"]
#[allow(unreachable_pub)]
mod built;

use cardmint_sources::{ClientParams, PluginClient, PrintingQuery, Step};
use criterion::{Criterion, criterion_group, criterion_main};

fn host(criterion: &mut Criterion) {
    let file = built::plugin("misbehaving");
    let load = || PluginClient::load(&file, &Default::default(), ClientParams::new(&built::host_program())).unwrap();
    criterion.bench_function("load a plugin in a new host", |bencher| bencher.iter(load));

    let mut client = load();
    let query = cardmint_sources::Query {
        printings: vec![PrintingQuery { printing: "p".to_owned(), ..PrintingQuery::default() }],
        ..cardmint_sources::Query::default()
    };
    criterion.bench_function("ask a plugin (begin and one step)", |bencher| {
        bencher.iter(|| {
            let session = client.begin(&query).unwrap();
            assert!(matches!(client.step(session, &[]).unwrap(), Step::Done(_)));
        });
    });
}

criterion_group!(benches, host);
criterion_main!(benches);
