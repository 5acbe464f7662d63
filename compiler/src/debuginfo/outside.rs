//! Types that stand in other units: link-time optimisation leaves units that refer to each other, as rustc's default for several units
//! of code does. What pointers there are must be known where a variable or member has such a type.

use super::source::{SourceUnit, entry_at};
use super::types::{DEPTH, Parts, Shape, is_qualifier};
use foldhash::{HashMap, HashMapExt};
use gimli::constants::*;
use gimli::{AttributeValue, DwAt};
use rayon::prelude::*;

/// What a type in another unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outside {
    /// Its shape, whose indices mean nothing here.
    pub shape: Shape,
    /// What things of it have in them.
    pub parts: Parts,
    /// Bytes of a thing of it, if it says.
    pub size: Option<u64>,
}

/// An entry: unit, and index in it.
type Place = (usize, usize);

/// Most structures of other units in structures of other units, one in the next.
const ROUNDS: usize = 32;

/// Finds out what each entry's type is that is in another unit.
pub fn resolve(units: &mut [SourceUnit<'_>]) {
    if units.iter().all(|unit| unit.tree.foreign.is_empty()) {
        return;
    }
    // Of each entry that leads outside, where its type is.
    let known = &*units;
    let places: Vec<Vec<(u32, Place)>> = (0..known.len())
        .into_par_iter()
        .map(|unit| {
            let entries = known[unit].tree.foreign.iter().map(|(entry, ..)| *entry);
            entries.filter_map(|entry| Some((entry, resolved(known, (unit, entry as usize))?))).collect()
        })
        .collect();
    let mut types: Vec<Place> = places.iter().flatten().map(|(_, place)| *place).collect();
    types.par_sort_unstable();
    types.dedup();
    // What has pointers by way of other units is found round by round.
    let mut before = Vec::new();
    for _ in 0..ROUNDS {
        let known = &*units;
        // What is known of one type of a unit is for the others, too.
        let by_unit: Vec<&[Place]> = types.chunk_by(|a, b| a.0 == b.0).collect();
        let described = by_unit.into_par_iter().flat_map_iter(|places| {
            let mut parts = HashMap::new();
            places.iter().map(|place| describe(known, *place, &mut parts)).collect::<Vec<_>>()
        });
        let described: Vec<Outside> = described.collect();
        if described == before {
            break;
        }
        let found: HashMap<Place, Outside> = types.iter().copied().zip(described.iter().copied()).collect();
        for (unit, places) in units.iter_mut().zip(&places) {
            unit.tree.outside = places.iter().map(|(entry, place)| (*entry, found[place])).collect();
        }
        before = described;
    }
}

/// The type of an entry, its own or that of what it completes.
fn type_of(units: &[SourceUnit<'_>], mut at: Place) -> Option<Place> {
    for _ in 0..DEPTH {
        let tree = &units[at.0].tree;
        if let Some(ty) = tree.type_of(at.1) {
            return Some((at.0, ty as usize));
        }
        let index = tree.last_origin(at.1);
        let foreign = |name: DwAt| match tree.attribute(index, name)? {
            AttributeValue::DebugInfoRef(offset) => entry_at(units, offset.0),
            _ => None,
        };
        if tree.attribute(index, DW_AT_type).is_some() {
            return foreign(DW_AT_type);
        }
        at = foreign(DW_AT_abstract_origin).or_else(|| foreign(DW_AT_specification))?;
    }
    None
}

/// It, without names and qualifiers before it.
fn resolved(units: &[SourceUnit<'_>], at: Place) -> Option<Place> {
    let mut ty = type_of(units, at)?;
    for _ in 0..DEPTH {
        let tag = units[ty.0].tree.entries[ty.1].tag;
        if tag != DW_TAG_typedef && !is_qualifier(tag) {
            return Some(ty);
        }
        ty = type_of(units, ty)?;
    }
    None
}

fn describe(units: &[SourceUnit<'_>], (unit, index): Place, known: &mut HashMap<u32, Parts>) -> Outside {
    let tree = &units[unit].tree;
    let ty = index as u32;
    let mut shape = tree.shape(ty);
    if matches!(shape, Shape::Pointer(_))
        && let Some((unit, target)) = resolved(units, (unit, index))
        && units[unit].tree.entries[target].tag == DW_TAG_subroutine_type
    {
        shape = Shape::Code(ty);
    }
    Outside { shape, parts: tree.parts(ty, known), size: tree.size(ty) }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::super::tests::binary;
    use crate::options::Options;
    use crate::target::Target;

    /// 1: a unit; 2: a structure; 3: a member, of a type in any unit; 4: a pointer. Units, structures have children.
    const ABBREVIATIONS: &[u8] =
        &[1, 0x11, 1, 0, 0, 2, 0x13, 1, 0, 0, 3, 0x0d, 0, 0x49, 0x10, 0, 0, 4, 0x0f, 0, 0, 0, 0];

    #[test]
    fn pointers_are_found_through_many_units() {
        const UNITS: u32 = 6;
        const BYTES: u32 = 21;
        let mut info = Vec::new();
        for number in 0..UNITS {
            // The structure of the next unit; in the last, the pointer beside it.
            let to = if number + 1 < UNITS { (number + 1) * BYTES + 12 } else { number * BYTES + 19 };
            let start = info.len();
            info.extend_from_slice(&(BYTES - 4).to_le_bytes());
            info.extend_from_slice(&[4, 0, 0, 0, 0, 0, 4, 1, 2, 3]);
            info.extend_from_slice(&to.to_le_bytes());
            info.extend_from_slice(&[0, 4, 0]);
            assert_eq!(info.len() - start, BYTES as usize);
        }
        let binary = binary(&[(".debug_abbrev", ABBREVIATIONS), (".debug_info", &info)]);
        let options = Options::new(Target::parse("x86_64-linux").unwrap());
        let program = crate::link::command(crate::parse::parse(&binary, &options.features).unwrap()).unwrap();
        let mut warnings = Vec::new();
        let source = Source::of(&program.modules[0], &mut warnings).unwrap();
        assert_eq!((source.units.len(), warnings.len()), (UNITS as usize, 0));
        for unit in &source.units[..UNITS as usize - 1] {
            let member = unit.tree.outside(2).expect("the member's type is in the next unit");
            assert!(member.parts.pointers && member.shape == super::Shape::Record);
        }
    }
}
