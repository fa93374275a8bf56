//! A PostgreSQL cluster of the tests' own: made in a temporary directory, reached through a Unix socket in it, and gone
//! when the test program is, however that ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A running cluster.
pub(crate) struct Cluster {
    dir: PathBuf,
    /// Waits for the end of its standard input, which is the end of this process.
    _keeper: Child,
}

/// The one cluster of this test program.
pub(crate) fn shared() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

/// Sorts unlike the bytes do, so that an order that was left to the database would show. Synchronises with the disk as a
/// real server does: the writer refuses one that does not.
const KEEPER: &str = r#"
set -eu
trap '' INT
finish() { "$1/pg_ctl" -D "$2/data" -m immediate stop >"$2/stop.log" 2>&1 || true; cd /; rm -rf "$2"; }
trap 'finish "$1" "$2"' EXIT
cd "$2"
"$1/initdb" -D "$2/data" -U cardmint -A trust -E UTF8 --no-sync \
    --locale-provider=icu --icu-locale=en-US --locale=C.UTF-8 >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log" >&2; exit 1; }
"$1/pg_ctl" -D "$2/data" -w -l "$2/server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$2'" start >"$2/start.log" 2>&1 \
    || { cat "$2/start.log" "$2/server.log" >&2; exit 1; }
echo ready
read -r _ || true
"#;

impl Cluster {
    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        let host = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://cardmint@{host}/{database}")
    }

    /// Makes a database of this name and gives its address.
    pub(crate) fn own(&self, database: &str) -> String {
        self.run("createdb", &[database]);
        self.url(database)
    }

    /// Cuts every connection to one of its databases.
    #[allow(dead_code, reason = "for the tests of the daemon, which share this file")]
    pub(crate) fn hang_up(&self, database: &str) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = ";
        self.run("psql", &["--quiet", "--dbname=postgres", "--command", &format!("{cut}'{database}'")]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(programs().unwrap().join(program));
        command.arg("--username=cardmint").arg("--host").arg(&self.dir).args(arguments).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{program} {arguments:?}");
    }

    fn start() -> Self {
        let bin = programs().expect("PostgreSQL's initdb is needed for these tests: run `make setup`");
        let dir = tempfile::Builder::new().prefix("cardmint-pg-").tempdir().unwrap().keep();
        let mut keeper = as_somebody(&dir);
        keeper.args(["sh", "-c", KEEPER, "keeper"]).arg(&bin).arg(&dir);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "the PostgreSQL cluster in {} did not start", dir.display());
        Self { dir, _keeper: keeper }
    }
}

/// The newest installed version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let bins = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let version = |bin: &PathBuf| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    bins.filter(|bin| fs::metadata(bin.join("initdb")).is_ok()).max_by_key(version)
}

/// The beginning of a command that runs as somebody who is not root, because PostgreSQL refuses to serve for root.
fn as_somebody(dir: &Path) -> Command {
    if fs::metadata(dir).unwrap().uid() != 0 {
        return Command::new("env");
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let user = ["postgres", "nobody"].into_iter().find(|user| passwd.contains(&format!("\n{user}:")));
    let user = user.expect("neither a user postgres nor a user nobody");
    let owned = Command::new("chown").arg(user).arg(dir).status().unwrap();
    assert!(owned.success());
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--clear-groups"]);
    let group = passwd.lines().find(|line| line.starts_with(&format!("{user}:"))).unwrap().split(':').nth(3).unwrap();
    command.arg(format!("--regid={group}"));
    command
}
