//! The office that is restless, and the dice that make it so.

use std::sync::Arc;

use dialplan::{Device, Plan, WayOut};
use telephony::LineId;

pub const PHONES: [u16; 5] = [0, 1, 2, 3, 4];
pub const ACCOUNTS: [&str; 5] = ["dee", "eli", "fay", "gus", "hal"];
pub const LINES: [u16; 2] = [10, 11];
pub const NUMBERS: [&str; 14] = [
    "200",
    "201",
    "202",
    "203",
    "204",
    "300",
    "301",
    "302",
    "303",
    "304",
    "05551234#",
    "99",
    "2#",
    "304",
];

pub fn plan(way_out: WayOut) -> Arc<Plan> {
    let mut builder = Plan::builder().extension(
        "304",
        "",
        &[Device::Sip("hal".into()), Device::Fxs(LineId(4))],
    );
    for n in 0..4 {
        builder = builder.extension(&format!("20{n}"), "", &[Device::Fxs(LineId(n))]);
        builder = builder.extension(
            &format!("30{n}"),
            "",
            &[Device::Sip(ACCOUNTS[usize::from(n)].into())],
        );
    }
    builder = builder
        .way_out(WayOut::Trunk("isp".into()))
        .way_out(way_out);
    let builder = builder
        .line_default(LineId(10), "200")
        .line_default(LineId(11), "304")
        .trunk_default("isp", "301");
    Arc::new(builder.build().expect("a plan without contradictions"))
}

/// xorshift64*, so that a seed means the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % n
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
