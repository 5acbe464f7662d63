//! Symbols that relocations of Mach-O name: the nearest local symbol before the target, or one made for the purpose. Called
//! by [`super`], which writes them behind the local symbols.
//!
//! Made symbols are named `ltmp` and a number: the letter tells linkers to leave them out of what they link. There is one
//! at least every 4 MiB, because an addend has 24 bits, and one at every function that has unwind information, because
//! ld64.lld drops unwind information of addresses without a symbol.

use super::super::relocatable::{DefinedSymbol, RelocationKind, RelocationTarget, Section, SectionKind};

/// Distance of anchors: half of what a signed addend of 24 bits reaches.
const STEP: u64 = 1 << 22;

/// Symbols by place.
pub(super) struct Anchors {
    /// Per section, by offset: offset and index in the symbol table.
    symbols: Vec<Vec<(u64, u32)>>,
    /// The made ones, in the order of the symbol table: section and offset.
    pub made: Vec<(usize, u64)>,
}

impl Anchors {
    /// Finds and makes symbols for the relocations of all sections. `locals` are the first symbols of the file.
    pub fn new(sections: &[Section<'_>], locals: &[DefinedSymbol<'_>], code_needs_symbols: bool) -> Anchors {
        let number = |kind| sections.iter().position(|section| section.kind == kind);
        let mut wanted = vec![Vec::new(); sections.len()];
        for (from, section) in sections.iter().enumerate() {
            let code = section.kind == SectionKind::Text;
            if code && !code_needs_symbols {
                continue;
            }
            for relocation in &section.relocations {
                if relocation.kind == RelocationKind::Absolute64 {
                    continue;
                }
                if !code {
                    wanted[from].push(u64::from(relocation.offset) / STEP * STEP);
                }
                if let RelocationTarget::Section(kind) = relocation.target
                    && let Some(to) = number(kind)
                    && let Ok(offset) = u64::try_from(relocation.addend)
                {
                    let exact = section.kind == SectionKind::Unwind;
                    wanted[to].push(if exact { offset } else { offset / STEP * STEP });
                }
            }
        }
        let mut symbols = vec![Vec::new(); sections.len()];
        for (index, local) in locals.iter().enumerate() {
            if let Some(section) = number(local.section) {
                symbols[section].push((local.offset, index as u32));
            }
        }
        let mut made = Vec::new();
        for (section, (symbols, mut wanted)) in symbols.iter_mut().zip(wanted).enumerate() {
            symbols.sort_unstable();
            wanted.sort_unstable();
            wanted.dedup();
            wanted.retain(|offset| symbols.binary_search_by_key(offset, |(at, _)| *at).is_err());
            symbols.reserve_exact(wanted.len());
            for offset in wanted {
                symbols.push((offset, (locals.len() + made.len()) as u32));
                made.push((section, offset));
            }
            symbols.sort_unstable();
        }
        Anchors { symbols, made }
    }

    /// The last symbol at or before a place, and the bytes from it to the place.
    pub fn find(&self, section: usize, offset: u64) -> Option<(u32, u64)> {
        let symbols = self.symbols.get(section)?;
        let after = symbols.partition_point(|(at, _)| *at <= offset);
        let (at, symbol) = symbols.get(after.checked_sub(1)?)?;
        Some((*symbol, offset - at))
    }
}

/// Name of a made symbol.
pub(super) fn name(number: usize) -> String {
    format!("ltmp{number}")
}
