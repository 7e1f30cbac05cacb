use crate::Text;

/// Whether the caller's number may be shown, or why there is none (ETSI EN 300 659-3 §5.4.4, Bellcore GR-30: "O" and "P").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Presentation {
    /// Number and name may be shown.
    #[default]
    Allowed,
    /// The caller withholds the number ("P", private).
    Private,
    /// The network does not know the number ("O", out of area).
    Unavailable,
}

/// Who calls, as the called party may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CallerId {
    /// Calling number, empty when it is not known.
    pub number: Text<32>,
    /// Calling name in UTF-8, empty when it is not known.
    pub name: Text<64>,
    /// Whether both may be shown.
    pub presentation: Presentation,
}

impl CallerId {
    /// A caller whose number and name may be shown.
    pub fn new(number: &str, name: &str) -> Self {
        CallerId {
            number: Text::new(number),
            name: Text::new(name),
            presentation: Presentation::Allowed,
        }
    }
}
