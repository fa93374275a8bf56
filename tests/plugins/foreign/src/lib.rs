//! A plugin for version 2 of the plugin API, which does not exist: everything fits but the version.
#![allow(unsafe_code, missing_docs, unreachable_pub, non_local_definitions)]

use abi_stable::{
    StableAbi,
    library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModule, RootModuleResult},
    prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings,
};

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginV2Ref, prefix_fields = PluginV2Prefix)))]
pub struct PluginV2 {
    #[sabi(last_prefix_field)]
    pub answer: extern "C" fn() -> u64,
}

impl RootModule for PluginV2Ref {
    abi_stable::declare_root_module_statics! {PluginV2Ref}

    const BASE_NAME: &'static str = "cardmint_plugin";
    const NAME: &'static str = "cardmint_plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("2.0.0");
}

extern "C" fn answer() -> u64 {
    42
}

fn root() -> PluginV2Ref {
    PluginV2 { answer }.leak_into_prefix()
}

extern "C" fn erased_root() -> RootModuleResult {
    __call_root_module_loader(root)
}

// SAFETY: the name is the one abi_stable's loader looks for, and no other library in the host process exports it;
// `erased_root` returns a `PluginV2Ref`, the type that the header is made for.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
static ROOT: LibHeader = unsafe { LibHeader::from_constructor::<PluginV2Ref>(erased_root, CheckTypeLayout::Yes) };
