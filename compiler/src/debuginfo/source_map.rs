//! Source maps (ECMA-426, "source map format"), as AssemblyScript and others write them for wasm: generated columns are
//! offsets in the module's file, which is all one line.

use super::view::Row;
use crate::error::{Error, Result};
use serde_json::Value;

/// What a source map says.
#[derive(Debug)]
pub struct SourceMap {
    /// Names of the sources.
    pub sources: Vec<String>,
    /// Which place of which of them each offset stands for.
    pub rows: Vec<Row>,
}

/// Digits of a number: more would not fit.
const DIGITS: u32 = 12;

impl SourceMap {
    /// Reads a source map. `exists` says whether there is a file of a name: AssemblyScript puts a folder that is none
    /// before its names.
    ///
    /// # Errors
    /// It is no JSON of that form.
    pub fn parse(bytes: &[u8], exists: impl Fn(&str) -> bool) -> Result<SourceMap> {
        let malformed = |what: &str| Error::input(format!("not a source map: {what}"));
        let map: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error.to_string()))?;
        if map.get("version").and_then(Value::as_u64) != Some(3) {
            return Err(malformed("no version 3"));
        }
        let root = map.get("sourceRoot").and_then(Value::as_str).unwrap_or_default();
        let root = if root.is_empty() || root.ends_with('/') { root.to_owned() } else { format!("{root}/") };
        let sources = map.get("sources").and_then(Value::as_array).ok_or_else(|| malformed("no sources"))?;
        let named = sources.iter().map(|source| {
            let source = source.as_str().unwrap_or("<unknown>");
            let whole = format!("{root}{source}");
            if !exists(&whole) && exists(source) { source.to_owned() } else { whole }
        });
        let sources: Vec<String> = named.collect();
        let mappings = map.get("mappings").and_then(Value::as_str).ok_or_else(|| malformed("no mappings"))?;
        let rows = rows(mappings, &sources).ok_or_else(|| malformed("its mappings"))?;
        Ok(SourceMap { sources, rows })
    }
}

/// The first line's segments: each has differences to the one before it, of the offset and, if it stands for anything, of
/// source, line and column, all from 0.
fn rows(mappings: &str, sources: &[String]) -> Option<Vec<Row>> {
    let line = mappings.split(';').next()?;
    let (mut rows, mut at) = (Vec::new(), [0i64; 4]);
    for segment in line.split(',').filter(|segment| !segment.is_empty()) {
        let mut digits = segment.bytes();
        let mut count = 0;
        while digits.len() != 0 {
            let difference = number(&mut digits)?;
            // The fifth is of a name.
            if let Some(field) = at.get_mut(count) {
                *field = field.checked_add(difference)?;
            }
            count += 1;
        }
        let file = usize::try_from(at[1]).ok().filter(|file| *file < sources.len());
        if let (4.., Some(file)) = (count, file) {
            let number = |field: i64| u64::try_from(field).ok()?.checked_add(1);
            let (line, column) = (number(at[2])?, number(at[3])?);
            rows.push(Row { offset: usize::try_from(at[0]).ok()?, file, line, column });
        }
    }
    rows.sort_unstable();
    Some(rows)
}

/// A number: base 64, least digits first, of five bits each; the last bit of the first is the sign.
fn number(digits: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let mut value = 0u64;
    for place in 0..DIGITS {
        let digit = match digits.next()? {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'a'..=b'z' => letter - b'a' + 26,
            digit @ b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        value |= u64::from(digit & 31) << (5 * place);
        if digit & 32 == 0 {
            let magnitude = (value >> 1) as i64;
            return Some(if value & 1 == 1 { -magnitude } else { magnitude });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_differences() {
        let map = SourceMap::parse(
            br#"{"version":3,"sourceRoot":"s","sources":["a.ts"],"mappings":"gBAAA,EAEC,C,qBADD;AAAA"}"#,
            |_| false,
        );
        let map = map.unwrap();
        assert_eq!(map.sources, ["s/a.ts"]);
        let rows: Vec<_> = map.rows.iter().map(|row| (row.offset, row.file, row.line, row.column)).collect();
        assert_eq!(rows, [(16, 0, 1, 1), (18, 0, 3, 2), (40, 0, 2, 1)]);
    }

    #[test]
    fn what_is_malformed_is_an_error() {
        for text in [
            "",
            "[]",
            r#"{"version":3}"#,
            r#"{"version":3,"sources":[],"mappings":"gggggggggggggg"}"#,
            r#"{"version":3,"sources":["a"],"mappings":"AADA"}"#,
        ] {
            assert!(SourceMap::parse(text.as_bytes(), |_| false).is_err(), "{text}");
        }
    }
}
