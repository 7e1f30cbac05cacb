//! One test a story.

use hw_tests::Setup;
use hw_tests::scenarios::ALL;

use crate::Told;

fn run(name: &str) {
    let mut setup = Setup::default();
    if name == "no_answer" {
        setup.settings.no_answer_s = 5;
    }
    let mut bench = Told::new(setup);
    bench.story(name);
    bench.finish();
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
    transfer_line_by_flash
    transfer_line_by_refer
    call_waiting
    call_waiting_given_up
    call_waiting_from_outside
    every_port
    lines_and_sip
    all_lines_busy
    glare
    cut_line
    off_hook
    echo_of_a_phone
    echo_of_a_line
}
