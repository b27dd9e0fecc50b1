//! The list of commands that a front end offers while somebody types.

use crate::rules::people::Language;

/// Commands without their slash, each with what it does, as short as a menu wants it.
pub fn commands(language: Language, staff: bool) -> Vec<(&'static str, String)> {
    let staff: &[_] = if staff { &STAFF } else { &[] };
    let words = |(command, id, en): &(&'static str, &str, &str)| match language {
        Language::Id => (*command, (*id).to_owned()),
        Language::En => (*command, (*en).to_owned()),
    };
    EVERYBODY.iter().chain(staff).map(words).collect()
}

/// Command, Indonesian, English.
type Line = (&'static str, &'static str, &'static str);

const EVERYBODY: [Line; 9] = [
    ("start", "👋 Mulai dan buka menu", "👋 Start and open the menu"),
    ("list", "🛍 Lihat semua produk", "🛍 Browse the products"),
    ("stok", "📦 Cek stok terbaru", "📦 See what is in stock"),
    ("cart", "🛒 Buka keranjang", "🛒 Open your cart"),
    ("akun", "👤 Akun, saldo, dan riwayat", "👤 Account, balance and history"),
    ("pesan", "💬 Kirim pesan ke admin", "💬 Write to the admins"),
    ("order", "📖 Cara belanja", "📖 How to order"),
    ("lang", "🌐 Ganti bahasa", "🌐 Change the language"),
    ("help", "❓ Bantuan", "❓ Help"),
];

const STAFF: [Line; 9] = [
    ("admin", "🛠 Menu admin", "🛠 Admin menu"),
    ("add", "➕ Tambah produk", "➕ Add a product"),
    ("addstock", "📥 Tambah stok", "📥 Add stock"),
    ("viewstock", "👁 Lihat isi stok", "👁 See the stock's content"),
    ("orders", "🧾 Daftar pesanan", "🧾 List the orders"),
    ("info", "🔎 Info pelanggan", "🔎 About a customer"),
    ("transfer", "💸 Kirim saldo", "💸 Send balance"),
    ("whitelist", "🔔 Aktifkan notifikasi grup", "🔔 Notify a group"),
    ("rm", "🔕 Hentikan notifikasi grup", "🔕 Stop notifying a group"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::dialog::command::{self, Typed, USAGES};

    #[test]
    fn every_command_offered_exists() {
        for (name, words) in commands(Language::Id, true) {
            assert_ne!(command::parse(&format!("/{name}")), Typed::Unknown, "{name}");
            assert!((3..=256).contains(&words.chars().count()), "{words}");
        }
    }

    #[test]
    fn every_staff_command_is_offered_to_staff_only() {
        for usage in &USAGES {
            let offered = |staff| {
                commands(Language::En, staff).iter().any(|(name, _)| usage.command == format!("/{name}"))
            };
            assert!(offered(true) && !offered(false), "{}", usage.command);
        }
    }
}
