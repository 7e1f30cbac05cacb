//! ITU-T G.711: every 16-bit sample against the tables of decision values and outputs.

use dsp_probe::signal::Law;
use dsp_probe::under_test::g711;

#[test]
fn every_sample_comes_back_as_tables_1_and_2_say() {
    for law in [Law::A, Law::Mu] {
        for sample in i16::MIN..=i16::MAX {
            let ours = g711(law, sample);
            let table = law.quantise(f64::from(sample)) as i16;
            // On a decision value either neighbour is right: nothing says which side it belongs to.
            let beside = [-1.0, 1.0].map(|d| law.quantise(f64::from(sample) + d) as i16);
            assert!(
                ours == table || beside.contains(&ours),
                "{law:?} {sample}: {ours}, table {table}"
            );
        }
    }
}

#[test]
fn the_digital_milliwatt_of_table_5_and_6_is_0_dbm0() {
    // One period of 1 kHz at 0 dBm0, octets as G.711 Tables 5 and 6 give them.
    const A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4];
    const MU: [u8; 8] = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E];
    let a: Vec<f64> = A
        .iter()
        .map(|&c| f64::from(dsp::g711::decode_alaw(c)))
        .collect();
    let mu: Vec<f64> = MU
        .iter()
        .map(|&c| f64::from(dsp::g711::decode_ulaw(c)))
        .collect();
    for period in [a, mu] {
        let x = period.repeat(100);
        let level = dsp_probe::signal::level(&x);
        assert!(level.abs() < 0.1, "{level}");
    }
}
