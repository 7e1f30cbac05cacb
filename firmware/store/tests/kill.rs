//! A process that is killed without warning loses no call it acknowledged, and its folder is free again.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use store::{Cdr, CdrLeg, Party, Store, StoreError, UnixMillis};
use telephony::{CallId, CallerId, Cause, LineFigures, LineId, Text};

const FOLDER: &str = "TIPRING_KILL_FOLDER";

fn call(id: u64) -> Cdr {
    let started = UnixMillis(id as i64);
    let party = Party::Fxs(LineId(0));
    let cause = Cause::NormalClearing;
    let leg = CdrLeg {
        party,
        started,
        answered: None,
        ended: started,
        cause,
        figures: Some(LineFigures::default()),
    };
    Cdr {
        id: CallId(id),
        started,
        answered: None,
        ended: started,
        caller: CallerId::new("101", ""),
        dialled: Text::new("102"),
        cause,
        legs: vec![leg; 2],
    }
}

/// The victim: stores calls and says of each that it is stored, until it is killed or 5,000 are done.
#[test]
#[ignore = "run by the other test, as the process to kill"]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let (mut store, _) = Store::open(Path::new(&folder)).unwrap();
    let first = store.reserve_call_ids(5_000).unwrap().start;
    for id in first..first + 5_000 {
        store.insert_cdr(&call(id)).unwrap();
        println!("stored {id}");
    }
    assert!(store.cdr(CallId(first)).unwrap().is_some());
}

fn start_victim(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["victim", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the victim after `acks` acknowledgements; returns the calls it acknowledged.
fn kill_after(acks: usize, folder: &Path) -> Vec<u64> {
    let mut victim = start_victim(folder);
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut stored = Vec::new();
    for line in lines.map_while(Result::ok) {
        // The test harness writes its own words before the first line.
        let Some((_, id)) = line.split_once("stored ") else {
            continue;
        };
        // A line cut off by the kill would be a wrong number: only ids that follow count.
        let Ok(id) = id.parse() else { continue };
        stored.push(id);
        if stored.len() == 1 {
            let error = Store::open(folder).expect_err("the victim has the folder");
            let StoreError::InUse { pid, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(pid, Some(victim.id()));
        }
        if stored.len() == acks {
            victim.kill().unwrap();
        }
    }
    let status = victim.wait().unwrap();
    assert!(!status.success(), "it was killed, not done");
    stored
}

#[test]
fn every_acknowledged_call_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for acks in [1, 40, 150] {
        let stored = kill_after(acks, folder.path());
        assert!(stored.len() >= acks);
        acknowledged.extend(stored);
        let (store, opened) = Store::open(folder.path()).unwrap();
        assert_eq!(opened.set_aside, None);
        for &id in &acknowledged {
            assert_eq!(store.cdr(CallId(id)).unwrap(), Some(call(id)));
        }
    }
    let count = acknowledged.len();
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert_eq!(
        acknowledged.len(),
        count,
        "no call id was used by two victims"
    );
}
