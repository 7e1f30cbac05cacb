//! One test a story.

use hw_tests::scenarios::ALL;
use hw_tests::Setup;

use crate::{Told, bench};

fn run(name: &str) {
    let story = ALL.iter().find(|story| story.name == name).expect("a story of that name");
    let mut setup = Setup::default();
    if name == "no_answer" {
        setup.settings.no_answer_s = 5;
    }
    let mut told = Told(bench(setup));
    (story.run)(&mut told.0);
    told.0.finish();
}

macro_rules! stories {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn every_story_is_told() {
            let told = [$(stringify!($name)),*];
            let all: Vec<_> = ALL.iter().map(|story| story.name).collect();
            assert_eq!(told.as_slice(), all.as_slice());
        }
    };
}

stories! {
    phone_phone
    phone_sip
    sip_phone
    sip_sip
    phone_line
    phone_line_ringback
    sip_line
    line_phone
    line_sip
    pulse_dialling
    busy
    no_answer
    unknown_number
    unregistered
    dialling_timers
    outside_refused
    called_phone_hangs_up
    called_sip_hangs_up
    phone_hangs_up
    sip_hangs_up
    before_the_answer
    far_hangs_up
    caller_hangs_up
    caller_gives_up
    incoming_refused
    hold_by_sip
    hold_by_flash
    rung_back
    transfer_blind
    transfer_attended
    transfer_by_flash
    transfer_by_flash_ringing
    call_waiting
    call_waiting_given_up
    every_port
    lines_and_sip
    all_lines_busy
    glare
    cut_line
    off_hook
}
