//! `--cpu=native`: what this machine's processor has, in the names of Cranelift's settings.

/// Settings of this machine, name and value. Empty where detection is not known.
#[cfg(target_arch = "x86_64")]
pub fn native() -> Vec<(String, bool)> {
    macro_rules! detect {
        ($($feature:tt => $setting:literal),* $(,)?) => {
            vec![$(($setting.to_owned(), std::is_x86_feature_detected!($feature))),*]
        };
    }
    detect! {
        "sse3" => "has_sse3",
        "ssse3" => "has_ssse3",
        "cmpxchg16b" => "has_cmpxchg16b",
        "sse4.1" => "has_sse41",
        "sse4.2" => "has_sse42",
        "popcnt" => "has_popcnt",
        "avx" => "has_avx",
        "avx2" => "has_avx2",
        "fma" => "has_fma",
        "bmi1" => "has_bmi1",
        "bmi2" => "has_bmi2",
        "lzcnt" => "has_lzcnt",
        "avx512f" => "has_avx512f",
        "avx512dq" => "has_avx512dq",
        "avx512vl" => "has_avx512vl",
        "avx512bitalg" => "has_avx512bitalg",
        "avx512vbmi" => "has_avx512vbmi",
        "avx512vnni" => "has_avx512vnni",
        "avxvnni" => "has_avx_vnni",
    }
}

/// Settings of this machine, name and value. Empty where detection is not known.
#[cfg(target_arch = "aarch64")]
pub fn native() -> Vec<(String, bool)> {
    macro_rules! detect {
        ($($feature:tt => $setting:literal),* $(,)?) => {
            vec![$(($setting.to_owned(), std::arch::is_aarch64_feature_detected!($feature))),*]
        };
    }
    detect! {
        "lse" => "has_lse",
        "fp16" => "has_fp16",
        "dotprod" => "has_dotprod",
        "i8mm" => "has_i8mm",
    }
}

/// Settings of this machine, name and value. Empty where detection is not known.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn native() -> Vec<(String, bool)> {
    Vec::new()
}
