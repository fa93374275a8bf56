//! The binary interface: five functions over bytes. It is frozen.
//!
//! Why so little: a new field in the root module makes abi_stable refuse every older plugin ("too many fields"), so this
//! structure never changes. What changes are the messages, and those are bytes here. If it ever had to change, a
//! `PluginV2` would stand beside it and the host would try both.

use abi_stable::{
    StableAbi,
    library::RootModule,
    sabi_types::VersionStrings,
    std_types::{RSlice, RVec},
};

use crate::API_VERSION;

/// The root module of a plugin. Built by [`crate::export_source!`]; authors never see it.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginV1Ref, prefix_fields = PluginV1Prefix)))]
pub struct PluginV1 {
    /// `() -> Reply<Manifest>`
    pub manifest: extern "C" fn() -> RVec<u8>,
    /// `Config -> Reply<()>`
    pub configure: extern "C" fn(config: RSlice<'_, u8>) -> RVec<u8>,
    /// `Query -> Reply<Begun>`
    pub begin: extern "C" fn(query: RSlice<'_, u8>) -> RVec<u8>,
    /// `(session, answers) -> Reply<Step>`
    pub step: extern "C" fn(session: u64, responses: RSlice<'_, u8>) -> RVec<u8>,
    /// Forgets a session; unknown ones are ignored.
    #[sabi(last_prefix_field)]
    pub end: extern "C" fn(session: u64),
}

impl RootModule for PluginV1Ref {
    abi_stable::declare_root_module_statics! {PluginV1Ref}

    const BASE_NAME: &'static str = "cardmint_plugin";
    const NAME: &'static str = "cardmint_plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new(API_VERSION);
}

/// The symbol that the loader looks for. Written out because an attribute takes a literal only; a test compares it.
#[doc(hidden)]
pub const ROOT_SYMBOL: &str = "_1as_0lib_1header_0root_bmodule_bloader";

/// Ends a source's crate: `export_source!(MySource);` with an expression that makes the source.
///
/// abi_stable's own attribute is not used because it writes `#[no_mangle]`, which edition 2024 refuses.
#[macro_export]
macro_rules! export_source {
    ($make:expr) => {
        #[doc(hidden)]
        #[allow(unsafe_code, missing_docs)]
        mod cardmint_export {
            #[allow(unused_imports)]
            use super::*;
            use $crate::abi::{PluginV1, PluginV1Ref};
            use $crate::abi_stable::{
                library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult},
                prefix_type::PrefixTypeTrait,
                std_types::{RSlice, RVec},
            };
            use $crate::guard::Guard;

            static GUARD: Guard = Guard::new(|| Box::new($make));

            extern "C" fn manifest() -> RVec<u8> {
                GUARD.manifest().into()
            }
            extern "C" fn configure(config: RSlice<'_, u8>) -> RVec<u8> {
                GUARD.configure(config.as_slice()).into()
            }
            extern "C" fn begin(query: RSlice<'_, u8>) -> RVec<u8> {
                GUARD.begin(query.as_slice()).into()
            }
            extern "C" fn step(session: u64, responses: RSlice<'_, u8>) -> RVec<u8> {
                GUARD.step(session, responses.as_slice()).into()
            }
            extern "C" fn end(session: u64) {
                GUARD.end(session);
            }
            fn root() -> PluginV1Ref {
                PluginV1 { manifest, configure, begin, step, end }.leak_into_prefix()
            }
            extern "C" fn erased_root() -> RootModuleResult {
                __call_root_module_loader(root)
            }

            // SAFETY: the name is the one abi_stable's loader looks for, and no other library in the host process
            // exports it; `erased_root` returns a `PluginV1Ref`, the type that the header is made for.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static ROOT: LibHeader =
                unsafe { LibHeader::from_constructor::<PluginV1Ref>(erased_root, CheckTypeLayout::Yes) };
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_symbol_is_the_one_the_loader_looks_for() {
        assert_eq!(super::ROOT_SYMBOL, abi_stable::library::ROOT_MODULE_LOADER_NAME);
    }
}
