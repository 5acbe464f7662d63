//! Making and ending instances: `wasmaot_new`, `wasmaot_delete`. [`wasmaot_new`] is the order of the steps.

use super::call::{self, ERROR};
use super::{connections, modules, signals, status, storage, types, wasi};
use crate::instance::{self, Failure};
use crate::message::decimal;
use crate::os::library;
use crate::wasi::host::state::Wasi;
use crate::{memory, table};
use alloc::alloc::alloc_zeroed;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::ptr::{copy_nonoverlapping, null_mut};
use core::slice;
use wasmaot_abi::embed::{
    ContextRow, Fixup, FuncRef, Header, IMPORT_64, IMPORT_CHECKED, IMPORT_PAGE_SHIFT, IMPORT_REFERENCES, ImportRow,
    ImportSlot, MODULE_EXPLICIT_TRAPS, Module, NO_MEMORY, NO_SLOT, VERSION, import_kind,
};
use wasmaot_abi::program::{HostContext, Instance, MEMORY_64, Memory, RESERVE_32, Table};

/// Bytes of stack that a call may use by default.
const MAX_STACK: u64 = 512 << 10;
/// `WASMAOT_CONFIG_NO_HANDLERS`
const NO_HANDLERS: u32 = 1;
/// For the tests of the specification, which start one instance of several at a time: no init function is called.
const NO_START: u32 = 1 << 31;
/// Frames of a backtrace.
const FRAMES: usize = 64;
/// Bytes of a message with its NUL.
const MESSAGE: usize = 128;

/// `wasmaot_config`
#[repr(C)]
#[derive(Debug)]
pub struct Config {
    max_memory: u64,
    max_table_elements: u64,
    max_stack: u64,
    wasi: *const wasi::Config,
    flags: u32,
    reserved: u32,
}

/// What an instance has beside its block.
#[derive(Debug)]
pub struct Host {
    /// Bytes of stack that a call may use.
    pub max_stack: usize,
    /// The argument of `proc_exit`.
    pub exit_code: i32,
    /// What went wrong, NUL-terminated.
    pub message: [u8; MESSAGE],
    /// Bytes of it.
    pub message_len: usize,
    /// Addresses of the last backtrace, and whether each is one to return to.
    pub frames: [(usize, bool); FRAMES],
    /// Number of them.
    pub frame_count: usize,
    /// Instances whose functions it imports, and those that these do.
    pub linked: Vec<*mut Header>,
    wasi: Option<wasi::Opened>,
}

impl Host {
    /// Sets the message; cut where it is too long.
    pub fn set_message(&mut self, text: &[u8]) {
        let len = text.len().min(MESSAGE - 1);
        let text = &text[..len];
        // Of a message of the instance itself, which may be this one.
        let mut message = [0; MESSAGE];
        message[..len].copy_from_slice(text);
        (self.message, self.message_len) = (message, len);
    }
}

/// What an instance has beside its block.
///
/// # Safety
/// The instance must be valid, and no other reference to its host part in use.
#[inline]
pub unsafe fn host<'a>(instance: *mut Header) -> &'a mut Host {
    // SAFETY: the caller vouches.
    unsafe { &mut *(*instance).host.cast::<Host>() }
}

/// Why no instance was made.
struct Refused(u32);

/// `wasmaot_new`
///
/// # Safety
/// As `wasmaot.h` says: the module, configuration and imports must be valid, `instance` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_new(
    module: *const Module,
    config: *const Config,
    imports: *const u8,
    instance: *mut *mut Header,
) -> u32 {
    // SAFETY: the caller vouches; each step relies on the ones before it.
    unsafe {
        instance.write(null_mut());
        let module: &'static Module = &*library::imported(module);
        if module.version != VERSION {
            return refuse(status::VERSION, &[status::message(status::VERSION).to_bytes()]);
        }
        // The module's code calls the copy of the library that it was linked with.
        if library::imported(module.abi) != (&raw const super::wasmaot_abi_4).cast() {
            let text =
                b"the module is linked with another copy of libwasmaot: link the host with -rdynamic or libwasmaot.so";
            return refuse(status::VERSION, &[text]);
        }
        let config = config.as_ref();
        modules::enter(module);
        let block = match block(module, config) {
            Ok(block) => block,
            Err(Refused(code)) => {
                modules::leave(module);
                return code;
            }
        };
        let made = connect(block, module, imports)
            .and_then(|()| open_wasi(block, module, config))
            .and_then(|()| allocate(block, config));
        if let Err(Refused(code)) = made {
            wasmaot_delete(block);
            return code;
        }
        let faults = module.flags & MODULE_EXPLICIT_TRAPS == 0;
        if faults && config.is_none_or(|config| config.flags & NO_HANDLERS == 0) {
            signals::install();
        }
        let start = config.is_none_or(|config| config.flags & NO_START == 0);
        let code = if start { initialise(block, module) } else { status::OK };
        if code != status::OK {
            let text = host(block).message;
            set_error(&[b"instantiation: ", &text[..host(block).message_len]]);
            connections::fail(block);
            return code;
        }
        connections::publish(block);
        instance.write(block);
        status::OK
    }
}

/// The block with its initial content: the address of its header. If the module defines a memory, its address space begins
/// where the block ends.
///
/// # Safety
/// The module must be valid.
unsafe fn block(module: &'static Module, config: Option<&Config>) -> Result<*mut Header, Refused> {
    // SAFETY: the compiler's promises on the module: the block has room for the template and all that fixups name, and a
    // memory's descriptor is in the template.
    unsafe {
        let template_start = (module.len - module.template_len) as usize;
        let mut memory = None;
        let block = if module.memory == NO_MEMORY {
            let block = storage::layout(module).map_or(null_mut(), |layout| alloc_zeroed(layout));
            if block.is_null() {
                return Err(refuse_failure(Failure::Commit));
            }
            block
        } else {
            let descriptor = module.template.add(module.memory as usize - template_start).cast::<Memory>();
            let memory = memory.insert(descriptor.read());
            limit_memory(memory, config)?;
            memory::reserve_behind(memory, storage::room(module)).map_err(refuse_failure)?;
            memory.base.sub(module.len as usize)
        };
        copy_nonoverlapping(module.template, block.add(template_start), module.template_len as usize);
        if let Some(memory) = memory {
            let descriptor = block.add(module.memory as usize).cast::<Memory>();
            ((*descriptor).base, (*descriptor).reserve) = (memory.base, memory.reserve);
        }
        let fixups: &[Fixup] = instance::rows(module.fixups, module.fixup_count);
        for fixup in fixups {
            block.add(fixup.at as usize).cast::<*mut u8>().write_unaligned(block.add(fixup.to as usize));
        }
        let host = Box::new(Host {
            max_stack: MAX_STACK as usize,
            exit_code: 0,
            message: [0; MESSAGE],
            message_len: 0,
            frames: [(0, false); FRAMES],
            frame_count: 0,
            linked: Vec::new(),
            wasi: None,
        });
        let header: *mut Header = block.add(module.len as usize - size_of::<Header>()).cast();
        (*header).module = module;
        (*header).host = Box::into_raw(host).cast();
        connections::begin(header);
        Ok(header)
    }
}

/// A limit of the configuration; 0 is none.
fn limit(config: Option<&Config>, of: impl Fn(&Config) -> u64) -> u64 {
    config.map(of).filter(|limit| *limit != 0).unwrap_or(u64::MAX)
}

/// Puts what the host gives into the slots.
///
/// # Safety
/// The block must be new, `imports` the module's structure of imports or null.
unsafe fn connect(block: *mut Header, module: &Module, imports: *const u8) -> Result<(), Refused> {
    // SAFETY: the caller vouches; places and slots are the compiler's.
    unsafe {
        let rows: &[ImportRow] = instance::rows(module.imports, module.import_count);
        let context = if imports.is_null() { null_mut() } else { imports.cast::<*mut u8>().read() };
        for row in rows {
            let given = |at: usize| -> *mut u8 {
                if imports.is_null() {
                    null_mut()
                } else {
                    imports.add(row.place as usize + at).cast::<*mut u8>().read()
                }
            };
            let item = if given(0).is_null() { row.linked.cast_mut() } else { given(0) };
            if item.is_null() {
                return Err(refuse_import(row, status::MISSING_IMPORT, b" is missing"));
            }
            let slot: *mut ImportSlot = storage::at(block, module, row.slot.into());
            (*slot).item = item;
            if row.kind == import_kind::FUNCTION {
                let function = library::imported(item.cast_const());
                if modules::of_code(function as usize).is_some() {
                    (*slot).item = function.cast_mut();
                }
                let own = given(8);
                (*slot).context = if own.is_null() { context } else { own };
            }
            // Before anything of it is read: this finds handles that are none, or of an instance that is gone.
            join(block, module, row, &*slot)?;
            match row.kind {
                import_kind::MEMORY => {
                    let memory = &*item.cast::<Memory>();
                    let index64 = memory.flags & MEMORY_64 != 0;
                    let fits = memory.bytes >= row.minimum
                        && (row.maximum == u64::MAX || memory.maximum <= row.maximum)
                        && index64 == (row.flags & IMPORT_64 != 0)
                        && memory.page_log2 == row.flags >> IMPORT_PAGE_SHIFT
                        // Without checks the reservation is the sandbox.
                        && (row.flags & IMPORT_CHECKED != 0 || memory.reserve >= RESERVE_32);
                    if !fits {
                        return Err(refuse_import(
                            row,
                            status::INCOMPATIBLE_IMPORT,
                            b" does not fit the memory's type",
                        ));
                    }
                }
                import_kind::TABLE => {
                    let table = &*item.cast::<Table>();
                    if table.len < row.minimum || row.maximum != u64::MAX && table.maximum > row.maximum {
                        return Err(refuse_import(row, status::INCOMPATIBLE_IMPORT, b" does not fit the table's type"));
                    }
                }
                _ => {}
            }
        }
        let contexts: &[ContextRow] = instance::rows(module.contexts, module.context_count);
        for row in contexts.iter().filter(|row| row.memory != NO_SLOT) {
            let slot: *mut ImportSlot = storage::at(block, module, row.memory.into());
            let context: *mut HostContext = storage::at(block, module, row.at.into());
            (*context).memory = (*slot).item.cast();
        }
        Ok(())
    }
}

/// Connects an instance with the one that an import belongs to, if that is one, and compares the import's type with what the
/// other module declares. What belongs to none is the host's: it must be a function or a global, and has no type.
///
/// # Safety
/// As for [`connect`]; the row must be of the module, the slot filled from it.
unsafe fn join(block: *mut Header, module: &Module, row: &ImportRow, slot: &ImportSlot) -> Result<(), Refused> {
    // SAFETY: the caller vouches; an owner is valid, and stays as long as this instance.
    unsafe {
        let function = row.kind == import_kind::FUNCTION;
        let address = if function { slot.context } else { slot.item };
        let owner = connections::connect(block, address as usize, row.flags & IMPORT_REFERENCES != 0);
        let incompatible = |what: &[u8]| Err(refuse_import(row, status::INCOMPATIBLE_IMPORT, what));
        if function {
            // A context that only lies within an instance is the host's own business.
            let owner = owner.filter(|owner| owner.cast() == address);
            if let Some(other) = modules::of_code(slot.item as usize) {
                if !types::function_fits(module, row, other, slot.item) {
                    return incompatible(b" does not fit the function's type");
                }
                if owner.is_none_or(|owner| !core::ptr::eq((*owner).module, other)) {
                    return incompatible(b" is a function of a module: its context must be an instance of that");
                }
            }
            // A function of the host with an instance as its context most likely calls that.
            if let Some(owner) = owner {
                link(block, owner);
            }
            return Ok(());
        }
        match owner {
            Some(owner) => {
                let at = slot.item as usize - storage::start(owner, &*(*owner).module) as usize;
                if types::item_fits(module, row, &*(*owner).module, at) {
                    return Ok(());
                }
                incompatible(match row.kind {
                    import_kind::TABLE => b" does not fit the table's type",
                    import_kind::MEMORY => b" does not fit the memory's type",
                    _ => b" does not fit the global's type",
                })
            }
            None if row.kind == import_kind::GLOBAL => Ok(()),
            None => incompatible(b" belongs to no instance"),
        }
    }
}

/// Notes that an instance calls another.
///
/// # Safety
/// Both must be valid.
unsafe fn link(block: *mut Header, other: *mut Header) {
    // SAFETY: the caller vouches; they are different instances.
    unsafe {
        let mut more = host(other).linked.clone();
        more.push(other);
        let linked = &mut host(block).linked;
        more.retain(|other| !linked.contains(other) && *other != block);
        linked.append(&mut more);
    }
}

/// Opens what the instance's WASI functions may use.
///
/// # Safety
/// The block must be connected.
unsafe fn open_wasi(block: *mut Header, module: &Module, config: Option<&Config>) -> Result<(), Refused> {
    // SAFETY: the caller vouches; contexts are the compiler's.
    unsafe {
        let contexts: &[ContextRow] = instance::rows(module.contexts, module.context_count);
        if contexts.is_empty() {
            return Ok(());
        }
        let config = config.and_then(|config| config.wasi.as_ref());
        let (mut state, callbacks) = match wasi::open(config) {
            Ok(both) => both,
            Err((what, errno)) => {
                let number = decimal(errno.0 as u64);
                return Err(Refused(refuse(status::NOT_GRANTED, &[b"cannot open ", &what, b": error ", &number])));
            }
        };
        state.instance = block.cast();
        let pointer: *mut Wasi = &raw mut *state;
        for row in contexts {
            (*storage::at::<HostContext>(block, module, row.at.into())).wasi = pointer.cast();
        }
        host(block).wasi = Some((state, callbacks));
        Ok(())
    }
}

/// The module instances in a block.
///
/// # Safety
/// The block must be valid.
unsafe fn rows<'a>(block: *mut Header) -> &'a [Instance] {
    // SAFETY: the caller vouches; the place is the compiler's.
    unsafe {
        let module = &*(*block).module;
        let first: *mut Instance = storage::at(block, module, module.instances);
        slice::from_raw_parts(first, module.instance_count as usize)
    }
}

/// Memories and tables.
///
/// # Safety
/// The block must be connected.
unsafe fn allocate(block: *mut Header, config: Option<&Config>) -> Result<(), Refused> {
    // SAFETY: the caller vouches; descriptors are the compiler's.
    unsafe {
        let max_elements = limit(config, |config| config.max_table_elements);
        if let Some(config) = config {
            if (*(*block).module).longest_table > max_elements {
                return Err(Refused(refuse(status::LIMIT, &[b"a table is larger than max_table_elements"])));
            }
            let stack = if config.max_stack == 0 { MAX_STACK } else { config.max_stack };
            host(block).max_stack = stack as usize;
            for row in rows(block) {
                for &memory in instance::memories(row) {
                    limit_memory(&mut *memory, Some(config))?;
                }
                let tables: &[*mut Table] = instance::rows(row.tables, row.table_count);
                for &table in tables {
                    let table = &mut *table;
                    table.maximum = table.maximum.min(max_elements);
                    if table.initial > table.maximum {
                        return Err(Refused(refuse(status::LIMIT, &[b"a table is larger than max_table_elements"])));
                    }
                }
            }
        }
        for row in rows(block) {
            instance::allocate(row).map_err(refuse_failure)?;
        }
        Ok(())
    }
}

/// Applies the configuration's limit to a memory.
fn limit_memory(memory: &mut Memory, config: Option<&Config>) -> Result<(), Refused> {
    memory.maximum = memory.maximum.min(limit(config, |config| config.max_memory));
    if memory.initial > memory.maximum {
        return Err(Refused(refuse(status::LIMIT, &[b"a memory is larger than max_memory"])));
    }
    Ok(())
}

/// Notes why there is no memory or table.
fn refuse_failure(failure: Failure) -> Refused {
    let code = match failure {
        Failure::AddressSpace | Failure::LowAddresses | Failure::Malformed => status::NO_ADDRESS_SPACE,
        Failure::Commit => status::NO_MEMORY,
        Failure::Limit => status::LIMIT,
    };
    Refused(refuse(code, &[status::message(code).to_bytes()]))
}

/// Runs what is left of instantiation, and the start function.
///
/// # Safety
/// The block must have its memories and tables.
unsafe fn initialise(block: *mut Header, module: &Module) -> u32 {
    unsafe extern "C" fn init(instance: *mut u8, _: *mut u8) {
        // SAFETY: initialise() passes the block. In the handle model init functions take the instance.
        unsafe {
            for row in rows(instance.cast()) {
                if let Some(init) = row.init {
                    let init: unsafe extern "C" fn(*mut u8) = core::mem::transmute(init);
                    init(instance);
                }
            }
        }
    }
    // SAFETY: the caller vouches.
    unsafe {
        if module.instance_count == 0 || rows(block).iter().all(|row| row.init.is_none()) {
            return status::OK;
        }
        call::run(block, init, null_mut())
    }
}

/// `wasmaot_delete`
///
/// # Safety
/// Null, or a valid instance that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_delete(instance: *mut Header) {
    if !instance.is_null() {
        // SAFETY: the caller vouches.
        unsafe { connections::delete(instance) }
    }
}

/// Frees what an instance has beside its block and connections.
///
/// # Safety
/// A valid instance; afterwards only its function references may be read.
pub unsafe fn release(instance: *mut Header) {
    // SAFETY: the caller vouches.
    unsafe {
        let module = &*(*instance).module;
        call::forget(instance);
        for row in rows(instance) {
            for &memory in instance::memories(row) {
                memory::release(&mut *memory);
            }
            let tables: &[*mut Table] = instance::rows(row.tables, row.table_count);
            for &table in tables {
                table::release(&mut *table);
            }
        }
        drop(Box::from_raw((*instance).host.cast::<Host>()));
        modules::leave(module);
    }
}

/// Whether there can be references to an instance's functions.
///
/// # Safety
/// A valid instance.
pub unsafe fn has_functions(instance: *const Header) -> bool {
    // SAFETY: the caller vouches.
    unsafe { (*(*instance).module).funcref_count != 0 }
}

/// From now on each call through a reference to one of an instance's functions traps: none has a type.
///
/// # Safety
/// A valid instance, whose code does not run.
pub unsafe fn forget_types(instance: *mut Header) {
    // SAFETY: the caller vouches; the references are where the compiler says.
    unsafe {
        let module = &*(*instance).module;
        let first: *mut FuncRef = storage::at(instance, module, module.funcrefs);
        for index in 0..module.funcref_count as usize {
            (*first.add(index)).signature = types::NO_TYPE;
        }
    }
}

/// Notes an error of an import.
///
/// # Safety
/// The row must be the compiler's.
unsafe fn refuse_import(row: &ImportRow, code: u32, what: &[u8]) -> Refused {
    // SAFETY: names are NUL-terminated.
    let [module, name] = unsafe { [row.module, row.name].map(|name| CStr::from_ptr(name).to_bytes()) };
    Refused(refuse(code, &[b"the import ", module, b".", name, what]))
}

/// Notes an error, and answers its status.
fn refuse(code: u32, parts: &[&[u8]]) -> u32 {
    set_error(parts);
    code
}

/// Sets the thread's last error.
fn set_error(parts: &[&[u8]]) {
    // SAFETY: the thread's own.
    let error = unsafe { &mut (*call::thread()).error };
    let mut bytes = parts.iter().flat_map(|part| part.iter().copied());
    for slot in error.iter_mut().take(ERROR - 1) {
        *slot = bytes.next().unwrap_or(0);
    }
    error[ERROR - 1] = 0;
}

/// `wasmaot_last_error`
#[unsafe(no_mangle)]
pub extern "C" fn wasmaot_last_error() -> *const c_char {
    // SAFETY: the thread's own.
    unsafe { (&raw const (*call::thread()).error).cast() }
}

/// `wasmaot_user_data`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_user_data(instance: *const Header) -> *mut u8 {
    // SAFETY: the caller vouches.
    unsafe { (*instance).user_data }
}

/// `wasmaot_set_user_data`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_set_user_data(instance: *mut Header, data: *mut u8) {
    // SAFETY: the caller vouches.
    unsafe { (*instance).user_data = data }
}
