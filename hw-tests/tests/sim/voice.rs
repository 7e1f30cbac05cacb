//! How each line's sound is set: echo canceller, gains, country.

use hw_tests::scenarios::{Party, bad_pair, describe, on_phone, steps};
use hw_tests::{Bench, Setup};
use line_sim::{EchoPath, PairSetup};
use store::{Store, Voice};
use telephony::Decibels;

use crate::Told;

/// Changes how the sound of phone 101 is treated.
fn set(store: &mut Store, change: impl FnOnce(&mut Voice)) {
    let mut line = store.lines().expect("lines").swap_remove(0);
    change(&mut line.voice);
    store.put_line(&line).expect("a line in order");
}

/// A bench with this office, and how loud 111 hears itself over `pair`.
fn returned(office: fn(&mut Store), pair: PairSetup) -> (Told, f32) {
    let mut bench = Told::new(Setup {
        office,
        ..Setup::default()
    });
    let returned = on_phone(&mut *bench, pair, false);
    (bench, returned)
}

#[test]
fn an_echo_is_left_alone_where_the_line_is_set_so() {
    let (mut bench, returned) = returned(
        |store| set(store, |voice| voice.echo_cancel = false),
        bad_pair(),
    );
    assert!((-27.0..-23.0).contains(&returned), "{returned}");
    let figures = bench.records()[0].legs[0].figures.expect("measured");
    assert_eq!((figures.erl_db, figures.echo_tail_ms), (None, None));
    assert!(figures.rx_dbm0.is_some() && figures.tx_dbm0.is_some());
    bench.finish();
}

/// The canceller's reference is never later than its echo, not even when the echo comes in the very sample.
#[test]
fn an_echo_without_any_delay_is_cancelled() {
    let pair = PairSetup {
        echo_return_loss_db: 6.0,
        echo_path: EchoPath::flat(0),
        ..PairSetup::default()
    };
    let (bench, returned) = returned(|_| {}, pair);
    assert!(returned < -50.0, "{returned}");
    bench.finish();
}

#[test]
fn an_echo_path_as_long_as_the_lines_tail_is_cancelled() {
    let pair = PairSetup {
        echo_path: EchoPath::default().and_again(60, 6.0),
        ..bad_pair()
    };
    let office = |store: &mut Store| {
        set(store, |voice| {
            voice.echo_tail_ms = 96;
            voice.nlp = false;
        });
    };
    let (bench, returned) = returned(office, pair);
    assert!(returned < -45.0, "{returned}");
    bench.finish();
}

/// 101 calls 111, and both say a tone of -20 dBm0.
#[test]
fn gains_of_a_line_make_it_louder_and_quieter_each_way() {
    let office = |store: &mut Store| {
        set(store, |voice| {
            voice.rx_gain_db = Decibels::from_tenths(60);
            voice.tx_gain_db = Decibels::from_tenths(-35);
        });
    };
    let mut bench = Told::new(Setup {
        office,
        ..Setup::default()
    });
    let known = bench.sip(0).call_count();
    bench.phone(0).lift();
    bench.run_ms(1_000);
    steps::dial(&mut *bench, 0, "111");
    let sip = steps::sip_rings(&mut *bench, 0, known, "101");
    steps::sip_answers(&mut *bench, sip);
    for (mouth, ear, hz, dbm0) in [
        (Party::Phone(0), sip, 1_270.0, -14.0),
        (sip, Party::Phone(0), 1_555.0, -23.5),
    ] {
        mouth.say(&mut *bench, Some((hz, -20.0)));
        bench.run_ms(1_500);
        let heard = ear.heard_last(&mut *bench, 1_000);
        let level = heard.tone_dbm0(hz);
        assert!((level - dbm0).abs() < 0.5, "{}", describe(&heard));
        mouth.say(&mut *bench, None);
        bench.run_ms(300);
    }
    steps::hang_up(&mut *bench, 0);
    bench.finish();
}

#[test]
fn a_line_has_the_tones_of_its_own_country() {
    let office = |store: &mut Store| set(store, |voice| voice.country = Some("de".to_owned()));
    let mut bench = Told::new(Setup {
        office,
        ..Setup::default()
    });
    for n in 0..2 {
        bench.phone(n).lift();
    }
    bench.run_ms(1_500);
    let hears = |bench: &Told, n, hz| bench.phone(n).heard_last(1_000).tone_dbm0(hz);
    assert!(hears(&bench, 0, 425.0) > -14.0 && hears(&bench, 0, 350.0) < -50.0);
    assert!(hears(&bench, 1, 425.0) < -40.0 && hears(&bench, 1, 350.0) > -17.0);
    bench.finish();
}
