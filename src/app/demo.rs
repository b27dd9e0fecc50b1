//! The sandbox command: local servers that speak as Telegram and Pakasir do, and the real shop talking to them.

use super::App;
use super::commands::until_told;
use super::{PLATFORM, configured_seats, install_tls, seats_for};
use crate::actors::stock::messages::{AddProduct, AddUnits, FurnishProduct};
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::{Code, Fault};
use crate::logging;
use crate::rules::audit::By;
use crate::rules::catalogue::{Furnishing, NewProduct, Package};
use crate::rules::ids::ProductNumber;
use crate::rules::money::Rupiah;
use crate::rules::people::Role;
use crate::sandbox::{self, Options, Sandbox};
use crate::store::model::AddedProduct;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The longest that a payment may be open: the configuration refuses more.
const DAY_SECONDS: u64 = 86_400;

/// Runs the shop with nothing but this machine. Everything it wrote goes when it stops.
pub async fn sandbox(port: u16, expiry: Duration) -> Result<(), Fault> {
    install_tls();
    let folder = tempfile::tempdir()
        .map_err(|error| Fault::new(Code::FileUnusable, format!("no folder for the sandbox ({error}).")))?;
    let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let invoice_expiry_seconds = expiry.as_secs().min(DAY_SECONDS) as i64;
    let options = Options { bot_bind: bind, invoice_expiry_seconds, ..Options::default() };
    let admins = ids_of(&options, "Admin");
    let resellers = ids_of(&options, "Reseller");
    let servers = sandbox::start(options)
        .await
        .map_err(|error| Fault::new(Code::HttpBind, format!("{bind} cannot be listened on ({error}).")))?;
    let config = configure(&servers, folder.path(), expiry, &admins)?;
    logging::start(&config.log, "quickcart-sandbox", config.shop.timezone)?;
    let app = App::start(&config, Clock::default()).await?;
    servers.set_callback_url(Some(&format!("http://{}/webhooks/pakasir", app.address)));
    seat_resellers(&config, &app, &resellers).await?;
    furnish(&app).await?;
    println!("The shop is open: {}", servers.page_url());
    println!(
        "Chat as a customer, a reseller and an admin; pay with the buttons on the right. Ctrl-C ends it."
    );
    let ended = until_told(app).await;
    servers.stop().await;
    ended
}

/// People of the page by the label they carry there.
fn ids_of(options: &Options, label: &str) -> Vec<i64> {
    options.people.iter().filter(|person| person.role_label == label).map(|person| person.id).collect()
}

/// Beside the staff that the start seated: whoever is left out of a seating loses an admin's or owner's role.
async fn seat_resellers(config: &Config, app: &App, resellers: &[i64]) -> Result<(), Fault> {
    let mut seats = configured_seats(config);
    seats.extend(seats_for(resellers, Role::Reseller));
    app.store.seat_staff(PLATFORM, seats, app.clock.now()).await
}

fn configure(
    servers: &Sandbox,
    folder: &std::path::Path,
    expiry: Duration,
    admins: &[i64],
) -> Result<Config, Fault> {
    let file = |name: &str| folder.join(name).display().to_string();
    let admins: Vec<String> = admins.iter().map(ToString::to_string).collect();
    Ok(Config::for_sandbox(&[
        ("shop.name", "Toko Contoh".into()),
        ("telegram.token", Options::default().token),
        ("telegram.api_url", servers.bot_api_url()),
        ("telegram.admin_ids", admins.join(", ")),
        ("telegram.owner_ids", admins.join(", ")),
        ("pakasir.base_url", servers.pakasir_url()),
        ("pakasir.project", Options::default().project),
        ("pakasir.api_key", Options::default().api_key),
        ("payment.expiry", humantime::format_duration(expiry).to_string().replace(' ', "")),
        (
            "payment.poll_interval",
            humantime::format_duration(expiry.min(Duration::from_secs(20))).to_string(),
        ),
        ("database.url", format!("sqlite://{}", file("quickcart.db"))),
        ("database.audit_url", format!("sqlite://{}", file("audit.db"))),
        ("database.key_file", file("encryption.key")),
        ("http.bind", "127.0.0.1:0".into()),
        ("log.dir", file("logs")),
    ])?)
}

/// One product of the demo.
struct Demo {
    name: &'static str,
    category: &'static str,
    emoji: &'static str,
    price: i64,
    reseller_price: Option<i64>,
    description: &'static str,
    packages: &'static [(u32, i64)],
    note: Option<&'static str>,
    units: u32,
}

const CATALOGUE: [Demo; 8] = [
    Demo {
        name: "Netflix Premium 1 Bulan",
        category: "Streaming",
        emoji: "🎬",
        price: 35_000,
        reseller_price: Some(30_000),
        description: "Akun sharing 1 profil, kualitas 4K. Garansi 30 hari.",
        packages: &[],
        note: Some("Jangan mengganti kata sandi. Satu profil untuk satu perangkat ya."),
        units: 24,
    },
    Demo {
        name: "Disney+ Hotstar 1 Bulan",
        category: "Streaming",
        emoji: "🎬",
        price: 28_000,
        reseller_price: Some(24_000),
        description: "Akun privat, aktif langsung setelah bayar.",
        packages: &[],
        note: None,
        units: 12,
    },
    Demo {
        name: "Spotify Premium 3 Bulan",
        category: "Musik",
        emoji: "🎵",
        price: 45_000,
        reseller_price: None,
        description: "Upgrade untuk akun sendiri lewat tautan undangan.",
        packages: &[(3, 120_000)],
        note: Some("Tautan undangan berlaku 24 jam."),
        units: 15,
    },
    Demo {
        name: "Steam Wallet Rp60.000",
        category: "Game",
        emoji: "🎮",
        price: 63_500,
        reseller_price: Some(62_000),
        description: "Kode voucher Steam Indonesia, tukarkan di aplikasi Steam.",
        packages: &[],
        note: None,
        units: 40,
    },
    Demo {
        name: "Redfinger VIP 7 Hari",
        category: "Game",
        emoji: "🎮",
        price: 15_000,
        reseller_price: None,
        description: "Kode aktivasi cloud phone Redfinger.",
        packages: &[(5, 70_000), (10, 130_000), (25, 300_000), (50, 550_000)],
        note: None,
        units: 60,
    },
    Demo {
        name: "Canva Pro 1 Tahun",
        category: "Produktivitas",
        emoji: "🧰",
        price: 55_000,
        reseller_price: Some(45_000),
        description: "Undangan tim Canva Pro ke e-mail sendiri.",
        packages: &[],
        note: None,
        units: 3,
    },
    Demo {
        name: "Windows 11 Pro Key",
        category: "Produktivitas",
        emoji: "🧰",
        price: 89_000,
        reseller_price: Some(80_000),
        description: "Kunci retail, aktivasi online.",
        packages: &[],
        note: Some("Simpan kunci ini: satu kunci untuk satu komputer."),
        units: 8,
    },
    Demo {
        name: "YouTube Premium 1 Bulan",
        category: "Streaming",
        emoji: "🎬",
        price: 18_000,
        reseller_price: None,
        description: "Undangan family, tanpa iklan.",
        packages: &[],
        note: None,
        units: 0,
    },
];

/// Fills the shop in the same way as staff do.
async fn furnish(app: &App) -> Result<(), Fault> {
    for demo in &CATALOGUE {
        let product = NewProduct {
            number: None,
            name: demo.name.into(),
            category: demo.category.into(),
            price: Rupiah(demo.price),
            description: demo.description.into(),
        };
        let added = app
            .actors
            .stock
            .ask(AddProduct { key: format!("demo:{}", demo.name), product, by: By::operator() })
            .await??;
        let AddedProduct::Added { id, number } = added else { continue };
        let furnishing = Furnishing {
            category_emoji: Some(demo.emoji.into()),
            reseller_price: demo.reseller_price.map(Rupiah),
            packages: demo
                .packages
                .iter()
                .map(|(quantity, price)| Package { quantity: *quantity, price: Rupiah(*price) })
                .collect(),
            note: demo.note.map(str::to_owned),
        };
        app.actors.stock.ask(FurnishProduct { product: id, furnishing, by: By::operator() }).await??;
        stock_up(app, number, demo.units).await?;
    }
    Ok(())
}

/// Made-up goods, recognisable as such.
async fn stock_up(app: &App, number: ProductNumber, units: u32) -> Result<(), Fault> {
    if units == 0 {
        return Ok(());
    }
    let contents =
        (1..=units).map(|unit| format!("contoh-{number}-{unit}@contoh.id | sandi-contoh-{unit}")).collect();
    app.actors.stock.ask(AddUnits { number, contents, by: By::operator() }).await??;
    Ok(())
}
