//! Operands and locals.

use super::{Translator, simd};
use crate::error::Result;
use cranelift_codegen::ir::{Block, InstBuilder, Type, Value, types};
use wasmparser::ValType;

impl Translator<'_, '_> {
    /// Parameters are the first locals; the entry block has their values.
    pub fn declare_params(&mut self, entry: Block, params: &[ValType]) -> Result<()> {
        let first = usize::from(self.parameter.is_some());
        for (index, ty) in params.iter().enumerate() {
            let ty = self.env.value_type(*ty);
            let variable = self.builder.declare_var(ty);
            let value = self.builder.block_params(entry)[first + index];
            self.builder.def_var(variable, value);
            self.locals.push((variable, ty));
            self.assigned(index as u32, value);
        }
        Ok(())
    }

    /// Declares locals, which are zero or null.
    pub fn declare_locals(&mut self, count: u32, ty: ValType) -> Result<()> {
        let ty = self.env.value_type(ty);
        if count == 0 {
            return Ok(());
        }
        let zero = zero(self, ty);
        for _ in 0..count {
            let variable = self.builder.declare_var(ty);
            self.builder.def_var(variable, zero);
            self.locals.push((variable, ty));
            self.assigned(self.locals.len() as u32 - 1, zero);
        }
        Ok(())
    }
}

/// The zero of a type.
pub fn zero(s: &mut Translator<'_, '_>, ty: Type) -> Value {
    match ty {
        types::F32 => s.builder.ins().f32const(0.0),
        types::F64 => s.builder.ins().f64const(0.0),
        ty if ty.is_vector() => {
            let handle = s.builder.func.dfg.constants.insert([0_u8; 16].as_slice().into());
            s.builder.ins().vconst(ty, handle)
        }
        types::I128 => simd::scalar::pair::constant(s, &[0; 16]),
        ty => s.builder.ins().iconst(ty, 0),
    }
}

/// `drop`
pub fn drop_(s: &mut Translator<'_, '_>) {
    s.pop();
}

/// `select`
pub fn select(s: &mut Translator<'_, '_>) {
    let (a, b, condition) = s.pop3();
    let (a, b) = (s.canonical(a), s.canonical(b));
    let value = s.builder.ins().select(condition, a, b);
    s.push(value);
}

/// `local.get`
pub fn local_get(s: &mut Translator<'_, '_>, index: u32) {
    let value = s.builder.use_var(s.locals[index as usize].0);
    s.read(index, value);
    s.push(value);
}

/// `local.set`
pub fn local_set(s: &mut Translator<'_, '_>, index: u32) {
    let value = s.pop();
    let value = s.canonical(value);
    s.builder.def_var(s.locals[index as usize].0, value);
    s.assigned(index, value);
}

/// `local.tee`
pub fn local_tee(s: &mut Translator<'_, '_>, index: u32) {
    let value = s.pop();
    let value = s.canonical(value);
    s.builder.def_var(s.locals[index as usize].0, value);
    s.assigned(index, value);
    s.push(value);
}
