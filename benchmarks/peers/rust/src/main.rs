//! The Rust original of Infinitree at the work of the other peers: `infinitree-peer WORKLOAD TREE SECRET RECORDS`.
//! Prints one line of JSON: what the timed part took, and what it stored or read, for the caller to compare.

mod records;
mod usage;

use infinitree::{
    anyhow::{bail, Result},
    backends::Directory,
    crypto::UsernamePassword,
    fields::{QueryAction, VersionedMap},
    Infinitree, Key,
};
use records::{Digest, Entry, Measurement};
use std::{env, path::Path};
use usage::{Clock, Usage};

type Tree = Infinitree<VersionedMap<u32, Measurement>>;

/// Milliseconds of parts of the timed part.
type Parts = Vec<(&'static str, f64)>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [workload, tree, secret, records] = arguments.as_slice() else {
        bail!("usage: infinitree-peer WORKLOAD TREE SECRET RECORDS");
    };
    let tree = Path::new(tree);
    // Argon2 is in here, which is timed for nobody.
    let key: Key = UsernamePassword::with_credentials("benchmark".to_string(), secret.clone())?.into();
    let (usage, parts, found) = match workload.as_str() {
        "bulk" => bulk(tree, key, records::read(Path::new(records))?)?,
        "load" => load(tree, key)?,
        "iterate" => iterate(tree, key)?,
        "one" => one(tree, key, records::read(Path::new(records))?)?,
        _ => bail!("there is no workload {workload}"),
    };
    print(&usage, &parts, &found);
    Ok(())
}

fn bulk(path: &Path, key: Key, entries: Vec<Entry>) -> Result<(Usage, Parts, Digest)> {
    let tree = Tree::empty(Directory::new(path)?, key)?;
    let clock = Clock::start();
    for (key, value) in entries {
        tree.index().insert(key, value);
    }
    let staging = clock.elapsed_ms();
    tree.commit("bulk")?;
    let commit = clock.elapsed_ms() - staging;
    // Of what was stored nothing has been read: the next workload does.
    Ok((
        clock.stop(),
        vec![("staging", staging), ("commit", commit)],
        Digest::default(),
    ))
}

fn load(path: &Path, key: Key) -> Result<(Usage, Parts, Digest)> {
    let clock = Clock::start();
    let tree = Tree::open(Directory::new(path)?, key)?;
    let open = clock.elapsed_ms();
    tree.load_all()?;
    let load = clock.elapsed_ms() - open;
    let usage = clock.stop();
    let mut found = Digest::default();
    tree.index().for_each(|key, value| found.add(*key, value));
    Ok((usage, vec![("open", open), ("load", load)], found))
}

fn iterate(path: &Path, key: Key) -> Result<(Usage, Parts, Digest)> {
    let tree = Tree::open(Directory::new(path)?, key)?;
    let mut found = Digest::default();
    let clock = Clock::start();
    for (key, value) in tree.iter(tree.root_intent(), |_| QueryAction::Take)? {
        if let Some(value) = value {
            found.add(key, &value);
        }
    }
    Ok((clock.stop(), Vec::new(), found))
}

/// One commit for each entry. Nothing is loaded before: what is new is all that a commit writes, beside the log.
fn one(path: &Path, key: Key, entries: Vec<Entry>) -> Result<(Usage, Parts, Digest)> {
    let tree = Tree::open(Directory::new(path)?, key)?;
    let clock = Clock::start();
    for (key, value) in entries {
        tree.index().insert(key, value);
        tree.commit(None)?;
    }
    Ok((clock.stop(), Vec::new(), Digest::default()))
}

fn print(usage: &Usage, parts: &Parts, found: &Digest) {
    let Usage {
        elapsed_ms,
        cpu_ms,
        peak_rss_mb,
    } = usage;
    let parts: Vec<String> = parts.iter().map(|(name, ms)| format!("\"{name}\":{ms}")).collect();
    println!(
        "{{\"elapsedMs\":{elapsed_ms},\"cpuMs\":{cpu_ms},\"peakRssMb\":{peak_rss_mb},\"parts\":{{{}}},\"count\":{},\"sum\":{}}}",
        parts.join(","),
        found.count,
        found.sum
    );
}
