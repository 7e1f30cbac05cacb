mod calls;
mod opening;
mod setting_up;

use telephony::{CallId, CallerId, Cause, LineId, Text};

use crate::{Cdr, CdrLeg, Opened, Party, Store, UnixMillis};

/// A store in a folder that goes away with it.
fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let (store, opened) = Store::open(folder.path()).unwrap();
    assert!(opened.fresh && opened.set_aside.is_none(), "{opened}");
    (folder, store)
}

fn reopen(folder: &tempfile::TempDir) -> (Store, Opened) {
    Store::open(folder.path()).unwrap()
}

/// A call of phone 101 to SIP user anna that lasted `id` seconds.
fn call(id: u64) -> Cdr {
    let started = UnixMillis(1_700_000_000_000 + id as i64);
    let answered = Some(UnixMillis(started.0 + 4_000));
    let ended = UnixMillis(started.0 + 4_000 + 1_000 * id as i64);
    let leg = |party, cause| CdrLeg {
        party,
        started,
        answered,
        ended,
        cause,
        figures: None,
    };
    Cdr {
        id: CallId(id),
        started,
        answered,
        ended,
        caller: CallerId::new("101", "Küche"),
        dialled: Text::new("201"),
        cause: Cause::NormalClearing,
        legs: vec![
            leg(Party::Fxs(LineId(0)), Cause::NormalClearing),
            leg(Party::Sip("anna".to_owned()), Cause::NormalUnspecified),
        ],
    }
}
