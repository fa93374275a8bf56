//! Every kind of file, whole, damaged and hostile.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test program with helpers of its own

mod support;

use std::io::Cursor;

use cardmint_ocr::decode::{DecodeError, DecodeLimits, Kind, decode, sniff};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba};

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 180, 60];
const BLUE: [u8; 3] = [40, 60, 210];
const YELLOW: [u8; 3] = [230, 220, 40];

const HEIC: &[u8] = include_bytes!("fixtures/quadrants.heic");
const CMYK: &[u8] = include_bytes!("fixtures/quadrants_cmyk.jpg");

/// 96x64, red and green above blue and yellow.
fn quadrants() -> RgbImage {
    RgbImage::from_fn(96, 64, |x, y| Rgb([[RED, GREEN], [BLUE, YELLOW]][usize::from(y >= 32)][usize::from(x >= 48)]))
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn one_page(bytes: &[u8]) -> RgbImage {
    let mut pages = decode(bytes, &DecodeLimits::default()).unwrap();
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

/// The colours in the middle of the four quarters: top left, top right, bottom left, bottom right.
fn corners(picture: &RgbImage) -> [[u8; 3]; 4] {
    let (w, h) = picture.dimensions();
    [(w / 4, h / 4), (w * 3 / 4, h / 4), (w / 4, h * 3 / 4), (w * 3 / 4, h * 3 / 4)]
        .map(|(x, y)| picture.get_pixel(x, y).0)
}

fn assert_close(actual: [[u8; 3]; 4], expected: [[u8; 3]; 4], tolerance: u8, what: &str) {
    for (a, b) in actual.as_flattened().iter().zip(expected.as_flattened()) {
        assert!(a.abs_diff(*b) <= tolerance, "{what}: {actual:?}, not {expected:?}");
    }
}

#[test]
fn every_kind_is_known_by_its_content_and_decodes() {
    let picture = DynamicImage::ImageRgb8(quadrants());
    let files = [
        (Kind::Jpeg, encode(&picture, ImageFormat::Jpeg), 12),
        (Kind::Png, encode(&picture, ImageFormat::Png), 0),
        (Kind::WebP, encode(&picture, ImageFormat::WebP), 0),
        (Kind::Tiff, encode(&picture, ImageFormat::Tiff), 0),
        (Kind::Heic, HEIC.to_vec(), 16),
        (Kind::Pdf, support::pdf(&[quadrants()]), 16),
    ];
    for (kind, bytes, tolerance) in files {
        assert_eq!(sniff(&bytes), Some(kind));
        assert_close(corners(&one_page(&bytes)), [RED, GREEN, BLUE, YELLOW], tolerance, kind.as_str());
    }
}

#[test]
fn what_is_no_picture_is_not_taken_for_one() {
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf....";
    for bytes in [
        &b""[..],
        b"x",
        b"GIF89a..........",
        b"BM......",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"<html>",
        b"\0\0\0\x18ftypmp42....",
        avif,
    ] {
        assert_eq!(sniff(bytes), None, "{:?}", bytes.escape_ascii().to_string());
        assert!(matches!(decode(bytes, &DecodeLimits::default()), Err(DecodeError::UnknownKind)));
    }
}

/// A JPEG with an EXIF block that holds nothing but an orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn exif_orientation_is_applied() {
    let jpeg = encode(&DynamicImage::ImageRgb8(quadrants()), ImageFormat::Jpeg);
    let cases = [
        (1, (96, 64), [RED, GREEN, BLUE, YELLOW]),
        (2, (96, 64), [GREEN, RED, YELLOW, BLUE]),
        (3, (96, 64), [YELLOW, BLUE, GREEN, RED]),
        (4, (96, 64), [BLUE, YELLOW, RED, GREEN]),
        (5, (64, 96), [RED, BLUE, GREEN, YELLOW]),
        (6, (64, 96), [BLUE, RED, YELLOW, GREEN]),
        (7, (64, 96), [YELLOW, GREEN, BLUE, RED]),
        (8, (64, 96), [GREEN, YELLOW, RED, BLUE]),
        (77, (96, 64), [RED, GREEN, BLUE, YELLOW]),
    ];
    for (orientation, size, expected) in cases {
        let picture = one_page(&with_orientation(&jpeg, orientation));
        assert_eq!(picture.dimensions(), size, "orientation {orientation}");
        assert_close(corners(&picture), expected, 12, &format!("orientation {orientation}"));
    }
}

#[test]
fn gray_deep_and_transparent_pictures_become_plain_rgb_over_white() {
    let gray = ImageBuffer::from_fn(8, 8, |_, _| Luma([90_u8]));
    let deep = ImageBuffer::from_fn(8, 8, |_, _| Rgb([0x1234_u16, 0x8000, 0xffff]));
    let clear = ImageBuffer::from_fn(8, 8, |_, _| Rgba([200_u8, 0, 0, 0]));
    let half = ImageBuffer::from_fn(8, 8, |_, _| LumaA([0_u8, 128]));
    let cases = [
        (DynamicImage::ImageLuma8(gray), [90, 90, 90]),
        (DynamicImage::ImageRgb16(deep), [0x12, 0x80, 0xff]),
        (DynamicImage::ImageRgba8(clear), [255, 255, 255]),
        (DynamicImage::ImageLumaA8(half), [127, 127, 127]),
    ];
    for (picture, expected) in cases {
        let colour = picture.color();
        assert_eq!(one_page(&encode(&picture, ImageFormat::Png)).get_pixel(4, 4).0, expected, "{colour:?}");
    }
}

#[test]
fn the_four_colours_of_print_become_rgb() {
    assert_close(corners(&one_page(CMYK)), [RED, GREEN, BLUE, YELLOW], 12, "CMYK");
}

#[test]
fn every_page_of_a_document_is_drawn_with_all_its_pixels() {
    let plain = RgbImage::from_pixel(96, 64, Rgb([9, 99, 199]));
    let large = image::imageops::resize(&quadrants(), 1_500, 2_128, image::imageops::FilterType::Nearest);
    let pages = decode(&support::pdf(&[plain, large]), &DecodeLimits::default()).unwrap();
    assert_eq!(pages.len(), 2);
    assert_close(corners(&pages[0]), [[9, 99, 199]; 4], 8, "page 1");
    assert_close(corners(&pages[1]), [RED, GREEN, BLUE, YELLOW], 8, "page 2");
    let height = |page: &RgbImage, expected: u32| page.height().abs_diff(expected) <= 1;
    assert!(height(&pages[0], 1_241), "a small picture does not lower the resolution: {:?}", pages[0].dimensions());
    assert!(height(&pages[1], 2_128), "nor does the paper that of a large one: {:?}", pages[1].dimensions());
}

/// An uncompressed little-endian TIFF of plain pages, each with its purpose.
fn tiff(pages: &[(RgbImage, u32)]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut pointer = 4;
    for (picture, purpose) in pages {
        let pixels = u32::try_from(file.len()).unwrap();
        file.extend_from_slice(picture.as_raw());
        let bits = u32::try_from(file.len()).unwrap();
        file.extend_from_slice(&[8, 0, 8, 0, 8, 0]);
        let directory = u32::try_from(file.len()).unwrap();
        file[pointer..pointer + 4].copy_from_slice(&directory.to_le_bytes());
        let size = u32::try_from(picture.as_raw().len()).unwrap();
        let (width, height) = picture.dimensions();
        let entries = [
            (254_u16, 4_u16, 1_u32, *purpose),
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 3, bits),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (273, 4, 1, pixels),
            (277, 3, 1, 3),
            (278, 4, 1, height),
            (279, 4, 1, size),
        ];
        file.extend_from_slice(&u16::try_from(entries.len()).unwrap().to_le_bytes());
        for (tag, kind, count, value) in entries {
            file.extend_from_slice(&tag.to_le_bytes());
            file.extend_from_slice(&kind.to_le_bytes());
            file.extend_from_slice(&count.to_le_bytes());
            file.extend_from_slice(&value.to_le_bytes());
        }
        pointer = file.len();
        file.extend_from_slice(&[0; 4]);
    }
    file
}

#[test]
fn every_page_of_a_tiff_but_thumbnails_is_decoded() {
    let plain = |value| RgbImage::from_pixel(20, 10, Rgb([value; 3]));
    let file = tiff(&[(plain(10), 2), (plain(99), 1), (quadrants(), 2), (plain(30), 0)]);
    let pages = decode(&file, &DecodeLimits::default()).unwrap();
    let sizes: Vec<_> = pages.iter().map(RgbImage::dimensions).collect();
    assert_eq!(sizes, [(20, 10), (96, 64), (20, 10)]);
    assert_eq!(corners(&pages[1]), [RED, GREEN, BLUE, YELLOW]);
    assert_eq!(pages[2].get_pixel(0, 0).0, [30; 3]);
}

#[test]
fn a_tiff_that_chains_in_a_circle_ends() {
    let mut file = tiff(&[(quadrants(), 0)]);
    let directory: [u8; 4] = file[4..8].try_into().unwrap();
    let end = file.len();
    file[end - 4..].copy_from_slice(&directory);
    assert!(matches!(decode(&file, &DecodeLimits::default()), Err(DecodeError::Image { kind: Kind::Tiff, .. })));
    let nowhere = [&b"II*\0"[..], &[0; 4]].concat();
    assert!(matches!(decode(&nowhere, &DecodeLimits::default()), Err(DecodeError::NoPage { kind: Kind::Tiff })));
}

/// A PNG that claims a size; its pixels need not be there for the claim to be refused.
fn claiming_png(width: u32, height: u32) -> Vec<u8> {
    let mut png = encode(&DynamicImage::ImageRgb8(quadrants()), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[test]
fn a_claimed_size_is_refused_before_it_is_allocated() {
    let error = decode(&claiming_png(60_000, 60_000), &DecodeLimits::default()).unwrap_err();
    assert!(matches!(error, DecodeError::TooManyPixels { page: 1, width: 60_000, height: 60_000, .. }), "{error}");
    let small = DecodeLimits { max_page_bytes: 96 * 64 * 3 - 1, ..DecodeLimits::default() };
    let error = decode(&encode(&DynamicImage::ImageRgb8(quadrants()), ImageFormat::Png), &small).unwrap_err();
    assert!(matches!(error, DecodeError::TooManyBytes { bytes: 18_432, .. }), "{error}");
}

#[test]
fn limits_hold_for_every_kind() {
    let few = DecodeLimits { max_pixels: 96 * 64 - 1, ..DecodeLimits::default() };
    let picture = DynamicImage::ImageRgb8(quadrants());
    let mut files: Vec<Vec<u8>> = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff]
        .iter()
        .map(|format| encode(&picture, *format))
        .collect();
    files.extend([HEIC.to_vec(), support::pdf(&[quadrants()])]);
    for file in &files {
        let error = decode(file, &few).unwrap_err();
        assert!(matches!(error, DecodeError::TooManyPixels { .. }), "{:?}: {error}", sniff(file));
    }
    let one = DecodeLimits { max_pages: 1, ..DecodeLimits::default() };
    for file in [support::pdf(&[quadrants(), quadrants()]), tiff(&[(quadrants(), 0), (quadrants(), 0)])] {
        assert!(
            matches!(decode(&file, &one), Err(DecodeError::TooManyPages { pages: 2, limit: 1 })),
            "{:?}",
            sniff(&file)
        );
    }
}

#[test]
fn damaged_files_are_errors_of_their_kind_and_never_panic() {
    let picture = DynamicImage::ImageRgb8(quadrants());
    let mut files: Vec<Vec<u8>> = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff]
        .iter()
        .map(|format| encode(&picture, *format))
        .collect();
    files.extend([HEIC.to_vec(), support::pdf(&[quadrants()])]);
    let limits = DecodeLimits { max_pixels: 1 << 21, ..DecodeLimits::default() };
    for file in &files {
        let kind = sniff(file);
        let middle = file.len() / 2;
        // Of a JPEG, also within a document, what there is of it is shown; the rest of the card is missing then.
        let patient = matches!(kind, Some(Kind::Jpeg | Kind::Pdf));
        assert!(patient || decode(&file[..middle], &limits).is_err(), "{kind:?} cut in the middle");
        for step in 0..60 {
            let mut damaged = file.clone();
            let at = step * 7_919 % damaged.len();
            damaged[at] ^= 0x55;
            // Some damage is harmless; none may get out of the decoder but as an error.
            let outcome = decode(&damaged, &limits);
            assert!(!matches!(outcome, Err(DecodeError::Panicked { .. })), "{kind:?}, byte {at}: {outcome:?}");
        }
    }
}
