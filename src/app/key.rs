//! The key that goods are encrypted with: from the environment, from its file, or made at the first start.

use crate::clock::Clock;
use crate::config::{Config, ExposeSecret};
use crate::fault::{Code, Fault};
use crate::store::Store;
use crate::vault::{Vault, fresh_key};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where the store remembers which key its goods were sealed with.
const SETTING: &str = "encryption.key_id";

/// Opens the vault. A key that the goods of this shop were not sealed with stops the start.
pub async fn unlock(config: &Config, store: &Store, clock: &Clock) -> Result<Vault, Fault> {
    let key = match &config.database.encryption_key {
        Some(key) => key.expose_secret().to_owned(),
        None => of_file(&config.database.key_file)?,
    };
    let vault = Vault::new(&key)?;
    match store.setting(SETTING.into()).await? {
        None => store.set_setting(SETTING.into(), vault.key_id().into(), clock.now()).await?,
        Some(known) if known == vault.key_id() => {}
        Some(known) => {
            let known = known.as_str().unwrap_or("another").to_owned();
            let detail = format!("goods were stored with key {known}, but this is key {}.", vault.key_id());
            return Err(Fault::new(Code::KeyMismatch, detail));
        }
    }
    Ok(vault)
}

/// Reads the key's file, or makes it so that only its owner can read it.
fn of_file(path: &Path) -> Result<String, Fault> {
    let unusable =
        |error: std::io::Error| Fault::new(Code::FileUnusable, format!("{}: {error}.", path.display()));
    match std::fs::read_to_string(path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(error)),
        Err(_) => {}
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let key = fresh_key();
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unusable)?;
    file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(unusable)?;
    log::warn!(
        "A new encryption key was made in {}. Keep a copy: without it the goods are lost.",
        path.display()
    );
    Ok(key)
}
