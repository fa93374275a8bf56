//! A library whose constructor crashes while the dynamic loader runs it, before anybody can ask what it is.
#![allow(unsafe_code)]

// Not in the program that cargo makes of a library's own tests: that one would crash before it began.
#[cfg(not(test))]
extern "C" fn crash() {
    // SAFETY: none; that is the point.
    unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
}

// SAFETY: the loader calls what stands in this section; the function has the type that it calls.
#[cfg(not(test))]
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = crash;
