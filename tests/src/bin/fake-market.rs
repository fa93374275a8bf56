//! A marketplace with invented prices, as a program: `fake-market --listen 127.0.0.1:8088 --catalogue DIR`.
//!
//! Prints one line, `listening on URL`, when it is ready, and runs until it is killed. `POST
//! /__faults?kind=429:30&path=/prices&times=2` makes it misbehave, `DELETE /__faults` well again, `GET /__requests`
//! tells what it was asked.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use cardmint_tests::market::{Market, World};
use clap::Parser;

#[derive(Parser)]
#[command(about = "A marketplace with invented prices")]
struct Arguments {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Make up prices for this catalogue (a folder with sets/en.json and cards/en/*.json).
    #[arg(long, value_name = "DIR", conflicts_with = "fixtures")]
    catalogue: Option<PathBuf>,
    /// Serve a folder of hand-written answers instead. Without either, the built-in ones are served.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut world = match (&arguments.catalogue, &arguments.fixtures) {
        (Some(catalogue), _) => World::generated(catalogue, SystemTime::now())?,
        (None, Some(fixtures)) => World::fixtures(fixtures)?,
        (None, None) => World::hand_written()?,
    };
    // As if built just now: otherwise every price would be too old to use before long.
    world.set_built(SystemTime::now());
    let market = Market::listen(world, arguments.listen)?;
    writeln!(std::io::stdout(), "listening on {}", market.base_url())?;
    market.wait()
}
