//! What bodies do, learnt before any is translated: one fast decoding pass, in parallel. It decides what layout may
//! assume (tables that never change) and which functions need the `tail` convention.

use crate::error::Result;
use crate::module::Module;
use rayon::prelude::*;
use wasmparser::Operator;

/// Facts about one module's code. Indices are those of the module.
#[derive(Debug, Default, Clone)]
pub struct Survey {
    /// Tables whose elements are read or written as values, or that grow: not only called through.
    pub touched_tables: Vec<bool>,
    /// Tables that `table.grow` is applied to.
    pub grown_tables: Vec<bool>,
    /// Functions (by index) that make a tail call.
    pub tail_callers: Vec<u32>,
    /// Functions that are the target of a direct tail call.
    pub tail_callees: Vec<u32>,
    /// Types of indirect tail calls.
    pub tail_types: Vec<u32>,
    /// Functions that `ref.func` names.
    pub referenced: Vec<u32>,
}

impl Survey {
    /// Surveys a module. Bodies that do not decode are passed over: translation reports them.
    pub fn of(module: &Module<'_>) -> Survey {
        let tables = module.tables.len();
        let empty =
            || Survey { touched_tables: vec![false; tables], grown_tables: vec![false; tables], ..Survey::default() };
        module
            .bodies
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .fold(empty, |mut survey, (index, body)| {
                let _ = survey.body(module.imported_functions + index as u32, &body.body);
                survey
            })
            .reduce(empty, Survey::merge)
            .sorted()
    }

    fn body(&mut self, function: u32, body: &wasmparser::FunctionBody<'_>) -> Result<()> {
        let mut reader = body.get_operators_reader()?;
        let mut tail = false;
        while !reader.eof() {
            match reader.read()? {
                Operator::ReturnCall { function_index } => {
                    tail = true;
                    self.tail_callees.push(function_index);
                }
                Operator::ReturnCallIndirect { type_index, .. } | Operator::ReturnCallRef { type_index } => {
                    tail = true;
                    self.tail_types.push(type_index);
                }
                Operator::TableGet { table }
                | Operator::TableSet { table }
                | Operator::TableFill { table }
                | Operator::TableInit { table, .. } => self.touch(table),
                Operator::TableGrow { table } => {
                    self.touch(table);
                    if let Some(grown) = self.grown_tables.get_mut(table as usize) {
                        *grown = true;
                    }
                }
                Operator::TableCopy { dst_table, src_table } => {
                    self.touch(dst_table);
                    self.touch(src_table);
                }
                Operator::RefFunc { function_index } => self.referenced.push(function_index),
                _ => {}
            }
        }
        if tail {
            self.tail_callers.push(function);
        }
        Ok(())
    }

    fn touch(&mut self, table: u32) {
        if let Some(touched) = self.touched_tables.get_mut(table as usize) {
            *touched = true;
        }
    }

    fn merge(mut self, other: Survey) -> Survey {
        let or = |a: &mut [bool], b: &[bool]| a.iter_mut().zip(b).for_each(|(a, b)| *a |= b);
        or(&mut self.touched_tables, &other.touched_tables);
        or(&mut self.grown_tables, &other.grown_tables);
        self.tail_callers.extend(other.tail_callers);
        self.tail_callees.extend(other.tail_callees);
        self.tail_types.extend(other.tail_types);
        self.referenced.extend(other.referenced);
        self
    }

    /// The answer does not depend on how the work was split.
    fn sorted(mut self) -> Survey {
        for list in [&mut self.tail_callers, &mut self.tail_callees, &mut self.tail_types, &mut self.referenced] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}
