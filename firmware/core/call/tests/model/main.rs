//! A restless office: phones, accounts, lines and a trunk do thousands of random things, sensible and not. A model beside the
//! switch knows only what was commanded and checks every command against it.

mod office;
mod world;

use world::{Counts, World};

#[test]
fn a_restless_office_keeps_its_order() {
    let mut all = Counts::default();
    for seed in 0..60 {
        let mut world = World::new(seed);
        println!("seed {seed}");
        for _ in 0..2_500 {
            world.step();
        }
        world.close();
        let counts = world.counts;
        all.bridges += counts.bridges;
        all.waiting += counts.waiting;
        all.transfers += counts.transfers;
        all.hold_tones += counts.hold_tones;
        all.dead_events += counts.dead_events;
        all.records += counts.records;
        all.joined_three += counts.joined_three;
    }
    // The office was in fact restless: each kind of story happened often.
    for (what, count, least) in [
        ("bridges", all.bridges, 5_000),
        ("calls waiting", all.waiting, 300),
        ("transfers", all.transfers, 300),
        ("holds", all.hold_tones, 1_000),
        ("late events", all.dead_events, 1_000),
        ("records", all.records, 5_000),
        ("calls of three legs", all.joined_three, 500),
    ] {
        println!("{what}: {count}");
        assert!(count >= least, "{what}: only {count}");
    }
}
