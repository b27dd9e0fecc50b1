//! What a test plays on: the sandbox as its own process, a headless Chromium, and the page open in it.

use crate::page::Page;
use crate::process::Process;
use futures_util::FutureExt;
use serde_json::json;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

/// Width and height of the page in pixels.
pub type Window = (u32, u32);
pub const WIDE: Window = (1400, 900);
pub const NARROW: Window = (390, 844);

const REMEDY: &str = "scripts/test installs it; by hand: apt install chromium chromium-driver";

/// Lets `act` happen on a fresh page of a fresh sandbox, then checks that all was in order.
pub async fn visit(name: &str, window: Window, options: &[&str], act: impl AsyncFnOnce(&Page)) {
    let mut sandbox = Process::start(
        Command::new(env!("CARGO_BIN_EXE_quickcart")).args(["sandbox", "--port", "0"]).args(options),
    );
    let address = sandbox.announces("The shop is open: ");
    // Chromium leaves things lying about where it is told to.
    let rubbish = tempfile::tempdir().unwrap();
    let (_chromedriver, port) = chromedriver(rubbish.path());
    let driver = browser(port.trim_end_matches('.'), window).await;

    let page = Page::new(driver.clone());
    let played = AssertUnwindSafe(async {
        driver.goto(address).await.unwrap();
        act(&page).await;
        page.is_in_order().await;
    });
    let played = played.catch_unwind().await;
    let (drawn, left) = (driver.screenshot(&picture(name)).await, driver.quit().await);
    if let Err(panic) = played {
        eprintln!("The sandbox said:\n{}\nA picture is in {}", sandbox.output(), picture(name).display());
        resume_unwind(panic);
    }
    drawn.and(left).unwrap();
}

/// A driver and its port. It chooses one by itself, and ends if the other kind of loopback has that taken; then it may
/// choose again.
fn chromedriver(rubbish: &Path) -> (Process, String) {
    let start = || {
        let mut driver =
            Process::start(Command::new(program(&["chromedriver"])).arg("--port=0").env("TMPDIR", rubbish));
        let port = driver.says("started successfully on port ")?;
        Some((driver, port))
    };
    (0..5).find_map(|_| start()).expect("a driver that finds a port")
}

async fn browser(port: &str, (width, height): Window) -> WebDriver {
    // The program's own client has no provider built in; a second installation is refused, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut wanted = DesiredCapabilities::chrome();
    wanted
        .set_binary(&program(&["chromium", "chromium-browser", "google-chrome"]).to_string_lossy())
        .unwrap();
    // No sandbox: Chromium's own does not work as root, and the page is ours.
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        "--hide-scrollbars",
    ] {
        wanted.add_arg(argument).unwrap();
    }
    // A window cannot be narrower than 500 pixels and has a frame; a device's screen is as large as it says.
    let screen = json!({"width": width, "height": height, "pixelRatio": 1, "mobile": false, "touch": false});
    wanted.add_experimental_option("mobileEmulation", json!({"deviceMetrics": screen})).unwrap();
    wanted.set_browser_log_level(LoggingPrefsLogLevel::Severe).unwrap();
    WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
        .client(client)
        .await
        .unwrap_or_else(|error| panic!("Chromium does not start: {error}\n({REMEDY})"))
}

/// The first of `names` that is installed.
fn program(names: &[&str]) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).chain([PathBuf::from("/usr/bin")]).collect();
    let mut places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|place| place.is_file()).unwrap_or_else(|| panic!("{} is missing. {REMEDY}", names[0]))
}

fn picture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name).with_extension("png")
}
