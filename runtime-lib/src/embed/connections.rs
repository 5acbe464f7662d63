//! The instances of the process, which of them import from which, and so when what a deleted one has can be freed.
//!
//! - What an instance imports from stays until it is gone itself: deleting the other only notes that it may go.
//! - Instances that import from each other, directly or not, are a group. References to functions of one can be with any
//!   other of it, where a table, global or function with references connects it. When such an instance goes, its
//!   functions lose their type, so that calls through references trap, and its block stays until the group has no
//!   instance that the host can still use.
//! - An instance whose start function trapped stays whole that long, as the specification has it: others may call what it
//!   put into their tables.
//!
//! All of it happens under one lock, and only when instances are made and deleted.

use super::instance;
use super::storage::{self, Storage};
use crate::lock::Lock;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::null_mut;
use wasmaot_abi::embed::Header;

/// How far an instance's life is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Being made, or the host's.
    Live,
    /// Others import from it, and need it.
    Deleted,
    /// Its start function trapped.
    Failed,
}

/// What is known of an instance. Only reached under the lock.
#[derive(Debug)]
struct Connections {
    /// What it imports from, each once.
    uses: Vec<*mut Header>,
    /// How many import from it.
    users: usize,
    /// Null without connections.
    group: *mut Group,
    state: State,
    /// References to its functions can be with others.
    shared: bool,
}

/// Instances that are connected.
#[derive(Debug)]
struct Group {
    members: Vec<*mut Header>,
    /// Blocks of members that are gone: references to their functions can still be somewhere.
    remains: Vec<Storage>,
}

/// The instances that the host has, in the order of their addresses.
struct Instances(Vec<*mut Header>);

impl Instances {
    /// How many instances have an address up to this one.
    fn up_to(&self, address: usize) -> usize {
        self.0.partition_point(|instance| *instance as usize <= address)
    }

    /// The instance in whose block an address is. Blocks end with the header, whose address is the instance's.
    fn around(&self, address: usize) -> Option<*mut Header> {
        let ended = |instance: &*mut Header| *instance as usize + size_of::<Header>() <= address;
        let instance = *self.0.get(self.0.partition_point(ended))?;
        // SAFETY: instances in the list are valid.
        let start = unsafe { storage::start(instance, &*(*instance).module) };
        (start as usize <= address).then_some(instance)
    }
}

// SAFETY: what the pointers lead to is only touched as the file's head says: connections under the lock, instances that
// nobody uses any more.
unsafe impl Send for Instances {}

static INSTANCES: Lock<Instances> = Lock::new(Instances(Vec::new()));

/// An instance's connections.
///
/// # Safety
/// The lock must be held, the instance valid, and no other reference to its connections in use.
unsafe fn of<'a>(instance: *mut Header) -> &'a mut Connections {
    // SAFETY: the caller vouches; `begin` made them.
    unsafe { &mut *(*instance).connections.cast::<Connections>() }
}

/// Gives a new block connections, none yet.
///
/// # Safety
/// The block must be new.
pub unsafe fn begin(block: *mut Header) {
    let connections = Connections { uses: Vec::new(), users: 0, group: null_mut(), state: State::Live, shared: false };
    // SAFETY: the caller vouches.
    unsafe { (*block).connections = Box::into_raw(Box::new(connections)).cast() }
}

/// From now on the host has the instance, and others may import from it.
pub fn publish(block: *mut Header) {
    INSTANCES.with(|instances| {
        let place = instances.up_to(block as usize);
        instances.0.insert(place, block);
    });
}

/// Connects an instance that is being made with the one in whose block an address is; none if there is none.
/// `references`: references to functions may pass from one to the other.
///
/// # Safety
/// The instance must be valid.
pub unsafe fn connect(block: *mut Header, address: usize, references: bool) -> Option<*mut Header> {
    INSTANCES.with(|instances| {
        let other = instances.around(address)?;
        // SAFETY: instances in the list are valid; the lock is held. Those that are connected are two: an instance that is
        // being made is not in the list.
        unsafe {
            let (own, others) = (of(block), of(other));
            if !own.uses.contains(&other) {
                own.uses.push(other);
                others.users += 1;
            }
            own.shared |= references;
            others.shared |= references;
            join(block, other);
            Some(other)
        }
    })
}

/// Makes two instances members of one group.
///
/// # Safety
/// As for [`of`]; they must not be the same.
unsafe fn join(one: *mut Header, other: *mut Header) {
    // SAFETY: the caller vouches; groups are boxes, and each is freed when its last member goes.
    unsafe {
        for instance in [one, other] {
            let connections = of(instance);
            if connections.group.is_null() {
                connections.group = Box::into_raw(Box::new(Group { members: Vec::new(), remains: Vec::new() }));
                (*connections.group).members.push(instance);
            }
        }
        let (mut small, mut large) = (of(one).group, of(other).group);
        if small == large {
            return;
        }
        if (*small).members.len() > (*large).members.len() {
            (small, large) = (large, small);
        }
        let Group { members, remains } = *Box::from_raw(small);
        for &member in &members {
            of(member).group = large;
        }
        (*large).members.extend(members);
        (*large).remains.extend(remains);
    }
}

/// The host has no more use for an instance.
///
/// # Safety
/// The instance must be valid, and nobody use it any more but through what it is connected with.
pub unsafe fn delete(instance: *mut Header) {
    // SAFETY: the caller vouches.
    unsafe { leave(instance, State::Deleted) }
}

/// The start function of an instance trapped, so that the host does not get it.
///
/// # Safety
/// As for [`delete`].
pub unsafe fn fail(instance: *mut Header) {
    // SAFETY: the caller vouches.
    unsafe { leave(instance, State::Failed) }
}

/// # Safety
/// As for [`delete`].
unsafe fn leave(instance: *mut Header, state: State) {
    let alone = INSTANCES.with(|instances| {
        // One that was not finished is not there.
        if let Some(place) = instances.up_to(instance as usize).checked_sub(1)
            && instances.0.get(place) == Some(&instance)
        {
            instances.0.remove(place);
        }
        // SAFETY: the caller vouches; the lock is held.
        unsafe {
            let connections = of(instance);
            let group = connections.group;
            if group.is_null() {
                return true;
            }
            connections.state = state;
            let needed = match state {
                State::Failed => connections.shared && instance::has_functions(instance),
                _ => connections.users != 0,
            };
            if !needed {
                end(instance);
            }
            if (*group).members.iter().all(|member| of(*member).state != State::Live) {
                dissolve(group);
            }
        }
        false
    });
    if alone {
        // SAFETY: nobody else knows it.
        unsafe { discard(instance) }
    }
}

/// Frees an instance whole.
///
/// # Safety
/// It must be valid, and nobody use it or references to its functions any more.
unsafe fn discard(instance: *mut Header) {
    // SAFETY: the caller vouches.
    unsafe {
        drop(Box::from_raw((*instance).connections.cast::<Connections>()));
        let storage = Storage::of(instance);
        instance::release(instance);
        storage.free();
    }
}

/// Frees what a member of a group has, and what it alone needed of others.
///
/// # Safety
/// The lock must be held, the instance be in no further use; nobody may import from it.
unsafe fn end(instance: *mut Header) {
    let mut ending = Vec::from([instance]);
    while let Some(instance) = ending.pop() {
        // SAFETY: the caller vouches; those that follow are deleted, and their last user is gone.
        unsafe {
            let connections = Box::from_raw((*instance).connections.cast::<Connections>());
            let group = &mut *connections.group;
            group.members.retain(|member| *member != instance);
            for &used in &connections.uses {
                let others = of(used);
                others.users -= 1;
                if others.users == 0 && others.state == State::Deleted {
                    ending.push(used);
                }
            }
            let remains = connections.shared && instance::has_functions(instance);
            let storage = Storage::of(instance);
            if remains {
                instance::forget_types(instance);
            }
            instance::release(instance);
            if remains {
                group.remains.push(storage.without_memory());
            } else {
                storage.free();
            }
        }
    }
}

/// Frees a group.
///
/// # Safety
/// The lock must be held; the host has none of its members.
unsafe fn dissolve(group: *mut Group) {
    // SAFETY: the caller vouches; members import from members only.
    unsafe {
        let Group { members, remains } = *Box::from_raw(group);
        for instance in members {
            discard(instance);
        }
        for storage in remains {
            storage.free();
        }
    }
}
