/// The network a line is terminated with at voice frequencies: a resistor, in series with a resistor that has a capacitor across
/// it. Those that line chips offer (Silicon Labs Si3050, register ACIM) and some country asks for; a name is its values,
/// `270R+(750R||150n)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Impedance {
    /// 600 ohms: North America, Japan and most of the world.
    R600,
    /// 900 ohms: North American central offices (GR-506-CORE).
    R900,
    /// 200 + 680 || 100 nF: China.
    Z200_680_100,
    /// 220 + 820 || 115 nF: Germany, Austria, Bulgaria, Slovakia, South Africa (FTZ 1 TR 110).
    Z220_820_115,
    /// 220 + 820 || 120 nF: Australia (AS/CA S002).
    Z220_820_120,
    /// 270 + 750 || 150 nF: the harmonised one of Europe (ETSI TBR 21, Zr).
    Z270_750_150,
    /// 320 + 1050 || 230 nF: what chips offer for the United Kingdom's exchanges (BS 6305).
    Z320_1050_230,
    /// 350 + 1000 || 210 nF: the compromise for trunks (TIA-464).
    Z350_1000_210,
    /// 370 + 620 || 310 nF: New Zealand (TNA 102), phones of the United Kingdom (BT SIN 351), India.
    Z370_620_310,
}

impl Impedance {
    /// Every one, by its name.
    pub const ALL: [Impedance; 9] = [
        Impedance::R600,
        Impedance::R900,
        Impedance::Z200_680_100,
        Impedance::Z220_820_115,
        Impedance::Z220_820_120,
        Impedance::Z270_750_150,
        Impedance::Z320_1050_230,
        Impedance::Z350_1000_210,
        Impedance::Z370_620_310,
    ];

    /// Name for settings and logs: ohms and nanofarads.
    pub const fn name(self) -> &'static str {
        match self {
            Impedance::R600 => "600R",
            Impedance::R900 => "900R",
            Impedance::Z200_680_100 => "200R+(680R||100n)",
            Impedance::Z220_820_115 => "220R+(820R||115n)",
            Impedance::Z220_820_120 => "220R+(820R||120n)",
            Impedance::Z270_750_150 => "270R+(750R||150n)",
            Impedance::Z320_1050_230 => "320R+(1050R||230n)",
            Impedance::Z350_1000_210 => "350R+(1000R||210n)",
            Impedance::Z370_620_310 => "370R+(620R||310n)",
        }
    }

    /// The one of this name.
    pub fn of_name(name: &str) -> Option<Impedance> {
        Impedance::ALL.into_iter().find(|z| z.name() == name)
    }

    /// Series resistor in ohms, parallel resistor in ohms, and the capacitor across it in nanofarads (both 0: none).
    pub const fn values(self) -> (u16, u16, u16) {
        match self {
            Impedance::R600 => (600, 0, 0),
            Impedance::R900 => (900, 0, 0),
            Impedance::Z200_680_100 => (200, 680, 100),
            Impedance::Z220_820_115 => (220, 820, 115),
            Impedance::Z220_820_120 => (220, 820, 120),
            Impedance::Z270_750_150 => (270, 750, 150),
            Impedance::Z320_1050_230 => (320, 1_050, 230),
            Impedance::Z350_1000_210 => (350, 1_000, 210),
            Impedance::Z370_620_310 => (370, 620, 310),
        }
    }
}
