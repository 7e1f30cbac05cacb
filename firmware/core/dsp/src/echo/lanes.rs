//! Four numbers side by side: plain arrays that the compiler keeps in one vector register (SSE2, NEON).

use core::ops::{Add, AddAssign, Mul, Sub};

/// Four values that go through the same arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(16))]
pub(super) struct F4(pub [f32; 4]);

macro_rules! lanewise {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for F4 {
            type Output = F4;
            #[inline(always)]
            fn $method(self, other: F4) -> F4 {
                F4([
                    self.0[0] $op other.0[0],
                    self.0[1] $op other.0[1],
                    self.0[2] $op other.0[2],
                    self.0[3] $op other.0[3],
                ])
            }
        }
    };
}

lanewise!(Add, add, +);
lanewise!(Sub, sub, -);
lanewise!(Mul, mul, *);

impl AddAssign for F4 {
    #[inline(always)]
    fn add_assign(&mut self, other: F4) {
        *self = *self + other;
    }
}

impl Mul<f32> for F4 {
    type Output = F4;
    #[inline(always)]
    fn mul(self, factor: f32) -> F4 {
        self * F4::all(factor)
    }
}

impl F4 {
    pub const ZERO: F4 = F4([0.0; 4]);

    #[inline(always)]
    pub const fn all(value: f32) -> F4 {
        F4([value; 4])
    }

    /// Every lane moves up by one, `first` comes into lane 0.
    #[inline(always)]
    pub fn shifted_in(self, first: f32) -> F4 {
        F4([first, self.0[0], self.0[1], self.0[2]])
    }

    /// The greater of the two, lane by lane.
    #[inline(always)]
    pub fn at_least(self, least: F4) -> F4 {
        F4(core::array::from_fn(|lane| {
            if self.0[lane] > least.0[lane] {
                self.0[lane]
            } else {
                least.0[lane]
            }
        }))
    }

    #[inline(always)]
    pub fn sum(self) -> f32 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }
}

/// Four complex numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct C4 {
    pub re: F4,
    pub im: F4,
}

impl Add for C4 {
    type Output = C4;
    #[inline(always)]
    fn add(self, other: C4) -> C4 {
        C4 {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl Sub for C4 {
    type Output = C4;
    #[inline(always)]
    fn sub(self, other: C4) -> C4 {
        C4 {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }
}

impl AddAssign for C4 {
    #[inline(always)]
    fn add_assign(&mut self, other: C4) {
        *self = *self + other;
    }
}

impl Mul for C4 {
    type Output = C4;
    #[inline(always)]
    fn mul(self, other: C4) -> C4 {
        C4 {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl C4 {
    pub const ZERO: C4 = C4 {
        re: F4::ZERO,
        im: F4::ZERO,
    };

    #[inline(always)]
    pub fn conj(self) -> C4 {
        C4 {
            re: self.re,
            im: F4::ZERO - self.im,
        }
    }

    /// Turned by -90 degrees.
    #[inline(always)]
    pub fn times_minus_i(self) -> C4 {
        C4 {
            re: self.im,
            im: F4::ZERO - self.re,
        }
    }

    #[inline(always)]
    pub fn scaled(self, factor: F4) -> C4 {
        C4 {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    /// Turned and scaled by one complex number for all lanes.
    #[inline(always)]
    pub fn times(self, re: f32, im: f32) -> C4 {
        C4 {
            re: self.re * re - self.im * im,
            im: self.re * im + self.im * re,
        }
    }

    #[inline(always)]
    pub fn power(self) -> F4 {
        self.re * self.re + self.im * self.im
    }
}
