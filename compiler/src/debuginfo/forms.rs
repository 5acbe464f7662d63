//! Attributes of entries, read from their bytes. What a form means by an attribute's name, gimli knows; it is asked once for each
//! abbreviation, and all further entries with it are read directly. There are millions of attributes, and few abbreviations.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::packed::{Attributes, Kind};
use super::source::{Reader, Unit};
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{Abbreviation, AttributeSpecification, DwAt, DwForm, EntriesRaw, Format, LittleEndian, UnitOffset};
use std::ops::Range;

/// Codes of abbreviations that are looked up by number; compilers count from 1.
const CODES: usize = 1 << 16;

/// The entries of a unit, one after the other.
pub struct Entries<'u, 'a> {
    unit: &'u Unit<'a>,
    /// `.debug_info`.
    info: &'a [u8],
    /// Where the next entry begins in it, and where the unit ends.
    rest: Range<usize>,
    /// Where the unit begins.
    start: usize,
    /// By code.
    plans: Vec<Option<Plan>>,
    steps: Vec<Step>,
    /// What was learnt of attributes with these forms.
    known: HashMap<(DwAt, DwForm), Step>,
}

/// How the attributes of an abbreviation are read: these of the steps.
#[derive(Clone, Copy)]
struct Plan {
    steps: (u32, u32),
    /// Bytes of all of them, if that is always the same.
    fixed: Option<usize>,
}

/// How one is read.
#[derive(Clone, Copy)]
struct Step {
    name: DwAt,
    kind: Kind,
    width: Width,
}

/// The bytes of a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// None: it is there.
    Present,
    One,
    Two,
    Four,
    Eight,
    Uleb,
    Sleb,
    /// LEB128, and so many bytes.
    Counted,
}

impl Width {
    /// How many they are, if that is always the same.
    fn bytes(self) -> Option<usize> {
        match self {
            Width::Present => Some(0),
            Width::One => Some(1),
            Width::Two => Some(2),
            Width::Four => Some(4),
            Width::Eight => Some(8),
            Width::Uleb | Width::Sleb | Width::Counted => None,
        }
    }
}

impl<'u, 'a> Entries<'u, 'a> {
    /// Those of a unit; `info` is `.debug_info`.
    pub fn new(unit: &'u Unit<'a>, info: &'a [u8]) -> Entries<'u, 'a> {
        let start = unit.header.debug_info_offset().map_or(0, |offset| offset.0);
        let end = start.saturating_add(unit.header.length_including_self()).min(info.len());
        let first = start.saturating_add(unit.header.header_size()).min(end);
        Entries { unit, info, rest: first..end, start, plans: Vec::new(), steps: Vec::new(), known: HashMap::default() }
    }

    /// Whether there are no more.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next one begins, from the unit's start.
    pub fn offset(&self) -> u32 {
        (self.rest.start - self.start) as u32
    }

    /// The abbreviation of the next entry, with its code. None is the end of an entry's children.
    pub fn abbreviation(&mut self) -> gimli::Result<Option<(u64, &'u Abbreviation)>> {
        let code = match self.info[self.rest.clone()] {
            [code @ ..=0x7f, ..] => {
                self.rest.start += 1;
                u64::from(code)
            }
            _ => {
                let mut input = self.input();
                let code = gimli::Reader::read_uleb128(&mut input)?;
                self.rest.start = self.rest.end - input.len();
                code
            }
        };
        if code == 0 {
            return Ok(None);
        }
        let abbreviation = self.unit.abbreviations.get(code).ok_or(gimli::Error::InvalidAbbreviationCode(code))?;
        Ok(Some((code, abbreviation)))
    }

    fn input(&self) -> Reader<'a> {
        Reader::new(&self.info[self.rest.clone()], LittleEndian)
    }

    /// Reads the attributes behind an abbreviation.
    pub fn attributes(
        &mut self,
        (code, abbreviation): (u64, &Abbreviation),
        into: &mut Attributes<'a>,
    ) -> gimli::Result<()> {
        let first = into.len();
        if let Some(plan) = self.plan(code, abbreviation) {
            if let Some(end) = follow(self.steps_of(plan), self.info, self.rest.clone(), into) {
                self.rest.start = end;
                return Ok(());
            }
            into.truncate(first);
            return self.read(abbreviation, into);
        }
        self.read(abbreviation, into)?;
        for (specification, kind) in abbreviation.attributes().iter().zip(into.kinds(first)) {
            self.learn(*specification, kind);
        }
        Ok(())
    }

    /// Reads them as gimli does.
    fn read(&mut self, abbreviation: &Abbreviation, into: &mut Attributes<'a>) -> gimli::Result<()> {
        let mut raw = self.raw();
        for specification in abbreviation.attributes() {
            let attribute = raw.read_attribute(*specification)?;
            into.push(attribute.name(), attribute.value());
        }
        self.rest.start = self.start + raw.next_offset().0;
        Ok(())
    }

    /// Passes over the children of the entry that was read last, which has some.
    pub fn skip_children(&mut self) -> gimli::Result<()> {
        let mut depth = 1;
        while depth > 0 && !self.is_empty() {
            let Some((code, abbreviation)) = self.abbreviation()? else {
                depth -= 1;
                continue;
            };
            depth += usize::from(abbreviation.has_children());
            let plan = usize::try_from(code).ok().and_then(|code| *self.plans.get(code)?);
            let end = plan.and_then(|plan| skip(plan, self.steps_of(plan), self.info, self.rest.clone()));
            if let Some(end) = end {
                self.rest.start = end;
                continue;
            }
            let mut raw = self.raw();
            raw.skip_attributes(abbreviation.attributes())?;
            self.rest.start = self.start + raw.next_offset().0;
        }
        Ok(())
    }

    fn steps_of(&self, Plan { steps: (start, end), .. }: Plan) -> &[Step] {
        &self.steps[start as usize..end as usize]
    }

    fn raw(&self) -> EntriesRaw<'u, Reader<'a>> {
        let offset = UnitOffset(self.rest.start - self.start);
        EntriesRaw::new(self.input(), self.unit.encoding(), &self.unit.abbreviations, offset)
    }

    /// How the attributes of an abbreviation are read, if that is known of all of them.
    #[inline]
    fn plan(&mut self, code: u64, abbreviation: &Abbreviation) -> Option<Plan> {
        let code = usize::try_from(code).ok().filter(|code| *code < CODES)?;
        if !matches!(self.plans.get(code), Some(Some(_))) {
            self.make_plan(code, abbreviation)?;
        }
        self.plans[code]
    }

    fn make_plan(&mut self, code: usize, abbreviation: &Abbreviation) -> Option<()> {
        let start = self.steps.len();
        for specification in abbreviation.attributes() {
            let Some(step) = self.known.get(&(specification.name(), specification.form())) else {
                self.steps.truncate(start);
                return None;
            };
            self.steps.push(*step);
        }
        let fixed = self.steps[start..].iter().map(|step| step.width.bytes()).sum();
        if self.plans.len() <= code {
            self.plans.resize(code + 1, None);
        }
        self.plans[code] = Some(Plan { steps: (start as u32, self.steps.len() as u32), fixed });
        Some(())
    }

    /// Notes how an attribute was read, if all others with its name and form are read like that.
    fn learn(&mut self, specification: AttributeSpecification, kind: Kind) {
        let (name, form) = (specification.name(), specification.form());
        if let Some(width) = width(form, self.unit)
            && depends_on_form_alone(kind, width)
        {
            self.known.insert((name, form), Step { name, kind, width });
        }
    }
}

/// Reads attributes from some bytes; where they end. None where that takes more care.
fn follow(steps: &[Step], info: &[u8], rest: Range<usize>, into: &mut Attributes<'_>) -> Option<usize> {
    let (mut at, bytes) = (rest.start, &info[..rest.end]);
    for Step { name, kind, width } in steps.iter().copied() {
        let (value, len) = next(width, bytes, &mut at)?;
        into.push_packed(name, kind, len, value);
    }
    Some(at)
}

/// Passes over attributes; where they end.
fn skip(plan: Plan, steps: &[Step], info: &[u8], rest: Range<usize>) -> Option<usize> {
    let (mut at, bytes) = (rest.start, &info[..rest.end]);
    if let Some(fixed) = plan.fixed {
        return at.checked_add(fixed).filter(|at| *at <= bytes.len());
    }
    for step in steps {
        next(step.width, bytes, &mut at)?;
    }
    Some(at)
}

/// The next value as it is kept, and its bytes if it is an expression.
#[inline]
fn next(width: Width, bytes: &[u8], at: &mut usize) -> Option<(u32, u8)> {
    let value = match width {
        Width::Present => 1,
        Width::One => u8::from_le_bytes(fixed(bytes, at)?).into(),
        Width::Two => u16::from_le_bytes(fixed(bytes, at)?).into(),
        Width::Four => u32::from_le_bytes(fixed(bytes, at)?),
        Width::Eight => u32::try_from(u64::from_le_bytes(fixed(bytes, at)?)).ok()?,
        Width::Uleb => uleb(bytes, at)?,
        Width::Sleb => sleb(bytes, at)?.cast_unsigned(),
        Width::Counted => {
            let len = u8::try_from(uleb(bytes, at)?).ok()?;
            let place = *at;
            *at += usize::from(len);
            return (*at <= bytes.len()).then_some((u32::try_from(place).ok()?, len));
        }
    };
    Some((value, 0))
}

fn fixed<const N: usize>(bytes: &[u8], at: &mut usize) -> Option<[u8; N]> {
    let value = *bytes.get(*at..)?.first_chunk()?;
    *at += N;
    Some(value)
}

/// A LEB128 of up to four bytes.
#[inline]
fn uleb(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A signed one.
fn sleb(bytes: &[u8], at: &mut usize) -> Option<i32> {
    let start = *at;
    let value = uleb(bytes, at)?;
    let above = 32 - 7 * (*at - start) as u32;
    Some((value << above).cast_signed() >> above)
}

/// The width of a form, if it is one that is read here.
fn width(form: DwForm, unit: &Unit<'_>) -> Option<Width> {
    let encoding = unit.encoding();
    Some(match form {
        DW_FORM_flag_present => Width::Present,
        DW_FORM_flag | DW_FORM_data1 | DW_FORM_ref1 | DW_FORM_strx1 | DW_FORM_addrx1 => Width::One,
        DW_FORM_data2 | DW_FORM_ref2 | DW_FORM_strx2 | DW_FORM_addrx2 => Width::Two,
        DW_FORM_data4 | DW_FORM_ref4 | DW_FORM_strx4 | DW_FORM_addrx4 => Width::Four,
        DW_FORM_data8 => Width::Eight,
        DW_FORM_udata | DW_FORM_ref_udata | DW_FORM_strx | DW_FORM_addrx => Width::Uleb,
        DW_FORM_rnglistx | DW_FORM_loclistx => Width::Uleb,
        DW_FORM_sdata => Width::Sleb,
        DW_FORM_exprloc => Width::Counted,
        DW_FORM_addr if encoding.address_size == 4 => Width::Four,
        DW_FORM_strp | DW_FORM_sec_offset if encoding.format == Format::Dwarf32 => Width::Four,
        DW_FORM_ref_addr if encoding.format == Format::Dwarf32 && encoding.version > 2 => Width::Four,
        _ => return None,
    })
}

/// Whether what was of this kind once is so with every value.
fn depends_on_form_alone(kind: Kind, width: Width) -> bool {
    match kind {
        Kind::Other => false,
        // Other numbers than those of one byte could be too large.
        Kind::Accessibility | Kind::Encoding | Kind::Inline => width == Width::One,
        // What is signed may be negative.
        Kind::Sdata => width == Width::Sleb,
        Kind::Exprloc => width == Width::Counted,
        _ => width != Width::Sleb && width != Width::Counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gimli::leb128::write::Leb128;

    #[test]
    fn numbers_are_those_of_gimli() {
        for value in [0i64, 1, -1, 63, 64, -64, -65, 8191, -8192, 1 << 20, -(1 << 20), (1 << 27) - 1, -(1 << 27)] {
            let leb = Leb128::signed(value);
            let mut at = 0;
            assert_eq!(sleb(leb.bytes(), &mut at).map(i64::from), Some(value));
            assert_eq!(at, leb.bytes().len());
        }
        for value in [0u64, 1, 127, 128, 16383, 16384, (1 << 28) - 1] {
            let leb = Leb128::unsigned(value);
            let mut at = 0;
            assert_eq!(uleb(leb.bytes(), &mut at).map(u64::from), Some(value));
            assert_eq!(at, leb.bytes().len());
        }
        let long = Leb128::unsigned(1 << 28);
        assert_eq!(uleb(long.bytes(), &mut 0), None);
        assert_eq!(uleb(&[0x80], &mut 0), None);
    }
}
