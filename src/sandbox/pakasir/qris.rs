//! The QRIS text (EMV tag, length, value, with a checksum) and its picture.

use std::fmt::Write;

use qrcode::{Color, QrCode};

/// Light modules around the code, as the standard asks.
const QUIET: usize = 4;

/// A dynamic QRIS over `total` rupiah that carries the order id.
pub(super) fn text(order_id: &str, total: i64) -> String {
    let reference: String = order_id.chars().take(40).collect();
    let fields = [
        tag("00", "01"),
        tag("01", "12"),
        tag("26", &format!("{}{}", tag("00", "ID.SANDBOX.WWW"), tag("02", "000000000000000"))),
        tag("52", "5817"),
        tag("53", "360"),
        tag("54", &total.to_string()),
        tag("58", "ID"),
        tag("59", "SANDBOX SHOP"),
        tag("60", "JAKARTA"),
        tag("62", &tag("01", &reference)),
        "6304".to_owned(),
    ];
    let body = fields.concat();
    format!("{body}{:04X}", checksum(body.as_bytes()))
}

/// An SVG picture of a QRIS text; empty when the text does not fit a QR code.
pub(in crate::sandbox) fn picture(text: &str) -> String {
    let Ok(code) = QrCode::new(text) else { return String::new() };
    let width = code.width();
    let mut path = String::new();
    for (at, _) in code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark) {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
    }
    let side = width + 2 * QUIET;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    )
}

fn tag(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// CRC-16/CCITT-FALSE, as QRIS asks.
pub(super) fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    })
}
