//! Image operations that the picture half is made of.
//!
//! Guarantee: any size is accepted, an empty or one-pixel picture too; nothing reads outside a picture.

mod colour;
mod components;
mod correlate;
mod edges;
mod otsu;
mod plane;
mod resize;

pub use colour::{gray, lab, lab_bytes, planes};
pub use components::{components, regions};
pub use correlate::{dot, normalised};
pub use edges::{Grade, ThinEdges, grade, thin_edges};
pub use otsu::otsu;
pub use plane::Plane;
pub use resize::{resize, resize_part};
