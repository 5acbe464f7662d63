//! Roundings for targets without an instruction for them (x86-64 before SSE4.1), as wasm defines them: signed zeroes are
//! kept, NaNs become quiet, nearest is to even.

macro_rules! roundings {
    ($float:ident, $int:ident, $integral:literal, $ceil:ident $floor:ident $trunc:ident $nearest:ident) => {
        /// Builtin: towards positive infinity.
        #[unsafe(no_mangle)]
        pub extern "C" fn $ceil(x: $float) -> $float {
            let whole = $trunc(x);
            if whole < x { with_sign!($float, whole + 1.0, x) } else { whole }
        }

        /// Builtin: towards negative infinity.
        #[unsafe(no_mangle)]
        pub extern "C" fn $floor(x: $float) -> $float {
            let whole = $trunc(x);
            if whole > x { whole - 1.0 } else { whole }
        }

        /// Builtin: towards zero.
        #[unsafe(no_mangle)]
        pub extern "C" fn $trunc(x: $float) -> $float {
            if !(-$integral < x && x < $integral) {
                return integral!(x);
            }
            // SAFETY: in range, just compared.
            let whole: $int = unsafe { x.to_int_unchecked() };
            with_sign!($float, whole as $float, x)
        }

        /// Builtin: to nearest, ties to even.
        #[unsafe(no_mangle)]
        pub extern "C" fn $nearest(x: $float) -> $float {
            if !(-$integral < x && x < $integral) {
                return integral!(x);
            }
            // The sum has no room for a fraction, so the addition rounds it off, to even; barrier against folding.
            let bias = with_sign!($float, $integral, x);
            with_sign!($float, core::hint::black_box(x + bias) - bias, x)
        }
    };
}

/// `x` is integral, infinite or NaN already; the last becomes quiet.
macro_rules! integral {
    ($x:ident) => {
        if $x.is_nan() { $x + $x } else { $x }
    };
}

/// The value with the sign of `x`.
macro_rules! with_sign {
    ($float:ident, $value:expr, $x:ident) => {{
        let sign = 1 << ($float::BITS_OF - 1);
        $float::from_bits($value.to_bits() & !sign | $x.to_bits() & sign)
    }};
}

/// Width of a float, which core lacks.
trait Bits {
    const BITS_OF: u32;
}

impl Bits for f32 {
    const BITS_OF: u32 = 32;
}

impl Bits for f64 {
    const BITS_OF: u32 = 64;
}

roundings!(f32, i32, 8388608.0f32, wasmaot_ceil_f32 wasmaot_floor_f32 wasmaot_trunc_f32 wasmaot_nearest_f32);
roundings!(f64, i64, 4503599627370496.0f64, wasmaot_ceil_f64 wasmaot_floor_f64 wasmaot_trunc_f64 wasmaot_nearest_f64);

#[cfg(test)]
mod tests {
    use super::*;

    fn same32(a: f32, b: f32) -> bool {
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() && a.to_bits() >> 22 & 1 == 1
    }

    fn same64(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() && a.to_bits() >> 51 & 1 == 1
    }

    #[test]
    fn all_exponents_of_f32_round_as_std_does() {
        for bits in (0..=u32::MAX).step_by(65521).chain(special().map(|x| (x as f32).to_bits())) {
            let x = f32::from_bits(bits);
            assert!(same32(wasmaot_ceil_f32(x), x.ceil()), "ceil {x}");
            assert!(same32(wasmaot_floor_f32(x), x.floor()), "floor {x}");
            assert!(same32(wasmaot_trunc_f32(x), x.trunc()), "trunc {x}");
            assert!(same32(wasmaot_nearest_f32(x), x.round_ties_even()), "nearest {x}");
        }
    }

    #[test]
    fn all_exponents_of_f64_round_as_std_does() {
        let many = (0..200_000u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for bits in many.chain(special().map(f64::to_bits)) {
            let x = f64::from_bits(bits);
            assert!(same64(wasmaot_ceil_f64(x), x.ceil()), "ceil {x}");
            assert!(same64(wasmaot_floor_f64(x), x.floor()), "floor {x}");
            assert!(same64(wasmaot_trunc_f64(x), x.trunc()), "trunc {x}");
            assert!(same64(wasmaot_nearest_f64(x), x.round_ties_even()), "nearest {x}");
        }
    }

    fn special() -> impl Iterator<Item = f64> {
        let whole = (-10..10).map(|i| f64::from(i) / 2.0);
        let edges = [0.0, -0.0, f64::NAN, f64::INFINITY, -f64::INFINITY, 0.49999999999999994, -0.49999999999999994];
        let large = [8388607.5, 8388608.5, 4194303.5, 4503599627370495.5, 4503599627370497.0, 9007199254740993.0];
        whole.chain(edges).chain(large).chain(large.map(|x| -x))
    }
}
