//! `.riscv.attributes`: the extensions that the code uses, for disassemblers, and for linkers, which merge them. Called by
//! [`super::write`] for RISC-V; the format is that of the RISC-V psABI, "Attributes".

use super::relocatable::{Relocatable, Section, SectionKind};
use crate::error::Result;
use crate::target::Target;

/// What every target of ours has.
const BASE: &str = "rv64i2p1_m2p0_a2p1_f2p2_d2p2";

/// Cranelift's settings and what the extensions are called, in the order of an architecture string.
const EXTENSIONS: &[(&str, &str)] = &[
    ("has_zcd", "_c2p0"),
    ("has_v", "_v1p0"),
    ("has_zicond", "_zicond1p0"),
    ("has_zicsr", "_zicsr2p0"),
    ("has_zifencei", "_zifencei2p0"),
    ("has_zfa", "_zfa1p0"),
    ("has_zfh", "_zfh1p0"),
    ("has_zfhmin", "_zfhmin1p0"),
    ("has_zca", "_zca1p0"),
    ("has_zcb", "_zcb1p0"),
    ("has_zcd", "_zcd1p0"),
    ("has_zba", "_zba1p0"),
    ("has_zbb", "_zbb1p0"),
    ("has_zbc", "_zbc1p0"),
    ("has_zbkb", "_zbkb1p0"),
    ("has_zbs", "_zbs1p0"),
    ("has_zvbb", "_zvbb1p0"),
    ("has_zvfh", "_zvfh1p0"),
];

const TAG_FILE: u8 = 1;
const TAG_STACK_ALIGN: u8 = 4;
const TAG_ARCH: u8 = 5;

/// Adds the section.
pub(super) fn add(out: &mut Relocatable<'_>, target: &Target) -> Result<()> {
    let mut arch = BASE.to_owned();
    for (setting, extension) in EXTENSIONS {
        if ["has_zicsr", "has_zifencei"].contains(setting) || target.has(setting)? {
            arch.push_str(extension);
        }
    }
    let mut attributes = vec![TAG_STACK_ALIGN, 16, TAG_ARCH];
    attributes.extend_from_slice(arch.as_bytes());
    attributes.push(0);
    let vendor = b"riscv\0";
    let mut bytes = vec![b'A'];
    // Lengths count themselves.
    let file = 1 + 4 + attributes.len();
    bytes.extend_from_slice(&((4 + vendor.len() + file) as u32).to_le_bytes());
    bytes.extend_from_slice(vendor);
    bytes.push(TAG_FILE);
    bytes.extend_from_slice(&(file as u32).to_le_bytes());
    bytes.extend_from_slice(&attributes);
    out.sections.push(Section::of_bytes(SectionKind::Attributes, 1, bytes));
    Ok(())
}
