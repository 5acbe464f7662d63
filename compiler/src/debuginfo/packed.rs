//! Attributes of entries in eight bytes each. A module has millions of them, and they stay in memory until its debug information
//! is written: as gimli has them, in 32 bytes, they would be most of what a compilation with `-g` needs.

use super::source::{Reader, Value};
use gimli::{
    AttributeValue, DebugAddrIndex, DebugInfoOffset, DebugLocListsIndex, DebugRngListsIndex, DebugStrOffset,
    DebugStrOffsetsIndex, DwAccess, DwAddr, DwAt, DwAte, DwInl, Expression, LittleEndian, LocationListsOffset,
    RawRangeListsOffset, UnitOffset,
};

/// Attributes, by number.
pub struct Attributes<'a> {
    packed: Vec<Packed>,
    /// Values that do not fit.
    others: Vec<Value<'a>>,
    /// `.debug_info`, which has the expressions.
    info: Reader<'a>,
}

/// An attribute.
#[derive(Clone, Copy)]
struct Packed {
    name: DwAt,
    kind: Kind,
    /// Of an expression, its bytes.
    len: u8,
    /// The value; where it begins, or its place in [`Attributes::others`].
    value: u32,
}

/// What kind of value, by gimli's names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of those that do not fit.
    Other,
    Addr,
    DebugAddrIndex,
    Data1,
    Data2,
    Data4,
    Data8,
    Sdata,
    Udata,
    Flag,
    FileIndex,
    UnitRef,
    DebugInfoRef,
    DebugStrRef,
    DebugStrOffsetsIndex,
    RangeListsRef,
    DebugRngListsIndex,
    LocationListsRef,
    DebugLocListsIndex,
    Exprloc,
    Accessibility,
    AddressClass,
    Encoding,
    Inline,
}

impl<'a> Attributes<'a> {
    /// Without any; `info` is `.debug_info`.
    pub fn new(info: &'a [u8]) -> Attributes<'a> {
        Attributes { packed: Vec::new(), others: Vec::new(), info: Reader::new(info, LittleEndian) }
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, more: usize) {
        self.packed.reserve(more);
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.packed.len() as u32
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, name: DwAt, value: Value<'a>) {
        let (kind, len, small) = match value {
            AttributeValue::Addr(address) => (Kind::Addr, 0, address),
            AttributeValue::DebugAddrIndex(index) => (Kind::DebugAddrIndex, 0, index.0 as u64),
            AttributeValue::Data1(number) => (Kind::Data1, 0, number.into()),
            AttributeValue::Data2(number) => (Kind::Data2, 0, number.into()),
            AttributeValue::Data4(number) => (Kind::Data4, 0, number.into()),
            AttributeValue::Data8(number) => (Kind::Data8, 0, number),
            AttributeValue::Sdata(number) => match i32::try_from(number) {
                Ok(number) => (Kind::Sdata, 0, number.cast_unsigned().into()),
                Err(_) => (Kind::Other, 0, 0),
            },
            AttributeValue::Udata(number) => (Kind::Udata, 0, number),
            AttributeValue::Flag(flag) => (Kind::Flag, 0, flag.into()),
            AttributeValue::FileIndex(number) => (Kind::FileIndex, 0, number),
            AttributeValue::UnitRef(offset) => (Kind::UnitRef, 0, offset.0 as u64),
            AttributeValue::DebugInfoRef(offset) => (Kind::DebugInfoRef, 0, offset.0 as u64),
            AttributeValue::DebugStrRef(offset) => (Kind::DebugStrRef, 0, offset.0 as u64),
            AttributeValue::DebugStrOffsetsIndex(index) => (Kind::DebugStrOffsetsIndex, 0, index.0 as u64),
            AttributeValue::RangeListsRef(offset) => (Kind::RangeListsRef, 0, offset.0 as u64),
            AttributeValue::DebugRngListsIndex(index) => (Kind::DebugRngListsIndex, 0, index.0 as u64),
            AttributeValue::LocationListsRef(offset) => (Kind::LocationListsRef, 0, offset.0 as u64),
            AttributeValue::DebugLocListsIndex(index) => (Kind::DebugLocListsIndex, 0, index.0 as u64),
            AttributeValue::Exprloc(Expression(bytes)) => match u8::try_from(bytes.len()) {
                Ok(len) => (Kind::Exprloc, len, bytes.offset_from(self.info) as u64),
                Err(_) => (Kind::Other, 0, 0),
            },
            AttributeValue::Accessibility(access) => (Kind::Accessibility, 0, access.0.into()),
            AttributeValue::AddressClass(class) => (Kind::AddressClass, 0, class.0),
            AttributeValue::Encoding(encoding) => (Kind::Encoding, 0, encoding.0.into()),
            AttributeValue::Inline(inline) => (Kind::Inline, 0, inline.0.into()),
            _ => (Kind::Other, 0, 0),
        };
        let packed = match u32::try_from(small) {
            Ok(value) if kind != Kind::Other => Packed { name, kind, len, value },
            _ => {
                self.others.push(value);
                Packed { name, kind: Kind::Other, len: 0, value: self.others.len() as u32 - 1 }
            }
        };
        self.packed.push(packed);
    }

    /// Adds one whose value fits: of an expression, its place in `.debug_info` and bytes; of others, `value` as it is kept.
    #[inline]
    pub fn push_packed(&mut self, name: DwAt, kind: Kind, len: u8, value: u32) {
        self.packed.push(Packed { name, kind, len, value });
    }

    /// Takes those from one on away.
    pub fn truncate(&mut self, first: u32) {
        self.packed.truncate(first as usize);
    }

    /// The kinds of those from one on.
    pub fn kinds(&self, first: u32) -> impl Iterator<Item = Kind> + '_ {
        self.packed[first as usize..].iter().map(|packed| packed.kind)
    }

    /// `.debug_info`.
    pub fn info(&self) -> &'a [u8] {
        self.info.slice()
    }

    /// Some of them, with their values.
    pub fn range(&self, from: u32, to: u32) -> impl Iterator<Item = (DwAt, Value<'a>)> + '_ {
        self.packed[from as usize..to as usize].iter().map(|packed| (packed.name, self.value(*packed)))
    }

    /// Those among some that refer to entries (those of [`Attributes::others`] would be behind the end of any section).
    pub fn references(&self, from: u32, to: u32) -> impl Iterator<Item = (DwAt, Value<'a>)> + '_ {
        let packed = self.packed[from as usize..to as usize].iter();
        let packed = packed.filter(|packed| matches!(packed.kind, Kind::UnitRef | Kind::DebugInfoRef));
        packed.map(|packed| (packed.name, self.value(*packed)))
    }

    /// The first among some with a name.
    pub fn find(&self, from: u32, to: u32, name: DwAt) -> Option<Value<'a>> {
        let packed = self.packed[from as usize..to as usize].iter().find(|packed| packed.name == name)?;
        Some(self.value(*packed))
    }

    fn value(&self, Packed { kind, len, value, .. }: Packed) -> Value<'a> {
        let place = value as usize;
        match kind {
            Kind::Other => self.others[place],
            Kind::Addr => AttributeValue::Addr(value.into()),
            Kind::DebugAddrIndex => AttributeValue::DebugAddrIndex(DebugAddrIndex(place)),
            Kind::Data1 => AttributeValue::Data1(value as u8),
            Kind::Data2 => AttributeValue::Data2(value as u16),
            Kind::Data4 => AttributeValue::Data4(value),
            Kind::Data8 => AttributeValue::Data8(value.into()),
            Kind::Sdata => AttributeValue::Sdata(value.cast_signed().into()),
            Kind::Udata => AttributeValue::Udata(value.into()),
            Kind::Flag => AttributeValue::Flag(value != 0),
            Kind::FileIndex => AttributeValue::FileIndex(value.into()),
            Kind::UnitRef => AttributeValue::UnitRef(UnitOffset(place)),
            Kind::DebugInfoRef => AttributeValue::DebugInfoRef(DebugInfoOffset(place)),
            Kind::DebugStrRef => AttributeValue::DebugStrRef(DebugStrOffset(place)),
            Kind::DebugStrOffsetsIndex => AttributeValue::DebugStrOffsetsIndex(DebugStrOffsetsIndex(place)),
            Kind::RangeListsRef => AttributeValue::RangeListsRef(RawRangeListsOffset(place)),
            Kind::DebugRngListsIndex => AttributeValue::DebugRngListsIndex(DebugRngListsIndex(place)),
            Kind::LocationListsRef => AttributeValue::LocationListsRef(LocationListsOffset(place)),
            Kind::DebugLocListsIndex => AttributeValue::DebugLocListsIndex(DebugLocListsIndex(place)),
            Kind::Exprloc => {
                let bytes = &self.info.slice()[place..place + usize::from(len)];
                AttributeValue::Exprloc(Expression(Reader::new(bytes, LittleEndian)))
            }
            Kind::Accessibility => AttributeValue::Accessibility(DwAccess(value as u8)),
            Kind::AddressClass => AttributeValue::AddressClass(DwAddr(value.into())),
            Kind::Encoding => AttributeValue::Encoding(DwAte(value as u8)),
            Kind::Inline => AttributeValue::Inline(DwInl(value as u8)),
        }
    }
}
