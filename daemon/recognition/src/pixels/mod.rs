//! Image operations that the picture half is made of.
//!
//! Guarantee: any size is accepted, an empty or one-pixel picture too; nothing reads outside a picture.

mod colour;
mod components;
mod correlate;
mod edges;
mod otsu;
mod place;
mod plane;
mod resize;

pub use colour::{gray, lab, lab_bytes, planes};
pub use components::{MOST_REACH, components, regions};
pub use correlate::{dot, normalised};
pub use edges::{ThinEdges, thin_edges};
pub use otsu::otsu;
pub(crate) use place::Place;
pub use plane::Plane;
pub use resize::{Resized, resize, resize_part};
