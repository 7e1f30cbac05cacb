//! Loss concealment: not worse than ITU-T G.711 Appendix I.

use dsp_probe::score::plc::{AppendixI, losses, spectral_distance};
use dsp_probe::signal::{Random, float, music, pcm, power, seeds, speech};
use dsp_probe::under_test::conceal;

/// Shares of frames lost, in percent.
const LOSSES: [f64; 4] = [1.0, 3.0, 5.0, 10.0];
/// Room for one choice of pitch or another on synthetic voices, in parts of the distance.
const ROOM: f64 = 1.03;

#[test]
fn speech_with_losses_is_as_near_the_original_as_by_appendix_i() {
    for seed in seeds() {
        for percent in LOSSES {
            let mut random = Random::new(seed, "concealment");
            let (mut ours, mut theirs) = (0.0, 0.0);
            for _ in 0..4 {
                let sent = float(&pcm(&speech(8_000 * 30, -16.0, &mut random)));
                let lost = losses(sent.len() / 80, percent, &mut random);
                ours += spectral_distance(&sent, &float(&conceal(&pcm(&sent), &lost)), &lost);
                theirs += spectral_distance(&sent, &AppendixI::conceal(&sent, &lost), &lost);
            }
            assert!(
                ours <= theirs * ROOM,
                "{percent} %: {:.2} dB, Appendix I {:.2}",
                ours / 4.0,
                theirs / 4.0
            );
        }
    }
}

#[test]
fn what_is_not_lost_is_not_changed() {
    let mut random = Random::new(seeds()[1], "untouched");
    let sent = pcm(&speech(80_000, -16.0, &mut random));
    assert_eq!(conceal(&sent, &[false; 1_000]), sent);
}

#[test]
fn a_long_loss_fades_to_silence_in_100_ms_and_is_never_louder() {
    for seed in seeds() {
        let mut random = Random::new(seed, "long loss");
        for _ in 0..10 {
            let sent = pcm(&music(16_000, -16.0, &mut random));
            let lost: Vec<bool> = (0..200).map(|n| (100..150).contains(&n)).collect();
            let out = float(&conceal(&sent, &lost));
            // Appendix I is still after 60 ms; a foot more is a matter of taste, a drone is not.
            assert!(power(&out[8_800..11_900]) < 1.0);
            let before = power(&float(&sent)[6_400..8_000]);
            assert!(power(&out[8_000..8_080]) < 16.0 * before.max(100.0));
        }
    }
}
