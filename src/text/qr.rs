//! A QRIS text as a picture.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use qrcode::{Color, EcLevel, QrCode};
use std::sync::Arc;

/// About how wide the picture is, in pixels; modules are whole pixels, so that they stay crisp.
const WIDTH: usize = 600;
/// The bright margin that scanners need, in modules.
const QUIET_ZONE: usize = 4;

/// A PNG of the text as a QR code; `None` if the text is too long for one.
pub(super) fn png(text: &str) -> Option<Arc<[u8]>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let modules = code.width() + 2 * QUIET_ZONE;
    let scale = (WIDTH as f64 / modules as f64).round().max(2.0) as usize;
    let side = modules * scale;
    let shade = |x: usize, y: usize| match (inside(x / scale, &code), inside(y / scale, &code)) {
        (Some(x), Some(y)) if code[(x, y)] == Color::Dark => 0,
        _ => u8::MAX,
    };
    let pixels: Vec<u8> = (0..side * side).map(|place| shade(place % side, place / side)).collect();
    let mut bytes = Vec::new();
    let side = u32::try_from(side).ok()?;
    PngEncoder::new(&mut bytes).write_image(&pixels, side, side, ExtendedColorType::L8).ok()?;
    Some(bytes.into())
}

/// The place within the code, if it is not in the quiet zone.
fn inside(module: usize, code: &QrCode) -> Option<usize> {
    module.checked_sub(QUIET_ZONE).filter(|place| *place < code.width())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QRIS: &str = "00020101021226670016COM.NOBUBANK.WWW01189360050300000879140214844519767362640303UMI5144001\
        4ID.CO.QRIS.WWW0215ID20243345184510303UMI5204541153033605405305205802ID5920QUICKCART DEMO \
        SHOP6013JAKARTA PUSAT61051034062070703A0163041234";

    #[test]
    fn a_qris_text_becomes_a_crisp_picture_with_a_quiet_zone() {
        let picture = image::load_from_memory(&png(QRIS).unwrap()).unwrap().into_luma8();
        let code = QrCode::with_error_correction_level(QRIS, EcLevel::M).unwrap();
        let modules = code.width() as u32 + 8;
        assert_eq!((picture.width() % modules, picture.width()), (0, picture.height()));
        assert!((560..=640).contains(&picture.width()), "{}", picture.width());
        let scale = picture.width() / modules;
        let bright = |place: u32| picture.get_pixel(place, picture.width() / 2).0[0] == u8::MAX;
        assert!((0..4 * scale).all(bright));
        // The corner of the first finder pattern is dark right after the quiet zone.
        assert_eq!(picture.get_pixel(4 * scale, 4 * scale).0[0], 0);
        assert!(picture.pixels().all(|pixel| matches!(pixel.0[0], 0 | u8::MAX)));
    }

    #[test]
    fn a_text_that_fits_no_code_makes_no_picture() {
        assert!(png(&"x".repeat(5_000)).is_none());
    }
}
