//! The migrations are part of the program: a changed one makes it anew.

#![allow(clippy::print_stdout)] // this is how a build script speaks to cargo

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
