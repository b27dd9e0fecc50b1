//! The key that goods are encrypted with: from the environment, from its file, or made at the first start.

use crate::clock::Clock;
use crate::config::{Database, ExposeSecret};
use crate::fault::{Code, Fault};
use crate::store::Store;
use crate::vault::{Vault, fresh_key};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where the store remembers which key its goods were sealed with.
const SETTING: &str = "encryption.key_id";

/// The example key that the configuration shows. Somebody in a hurry may copy it, and all would seem well.
const EXAMPLE: &str = "YW4gZXhhbXBsZSBvbmx5OiBtYWtlIHlvdXIgb3duISE=";

/// Opens the vault. A key that the goods of this shop were not sealed with stops the start. One is made only for a
/// shop that never had any: a new one opens nothing, and would pass for the lost one afterwards.
pub async fn unlock(settings: &Database, store: &Store, clock: &Clock) -> Result<Vault, Fault> {
    let known = known(store).await?;
    let vault = match (given(settings)?, &known) {
        (Some(vault), _) => vault,
        (None, Some(known)) => return Err(lost(settings, known)),
        (None, None) => make(&settings.key_file)?,
    };
    match known {
        Some(known) => fits(&vault, &known)?,
        None => store.set_setting(SETTING.into(), vault.key_id().into(), clock.now()).await?,
    }
    Ok(vault)
}

/// What the next start will find, in words; without a store there is no shop yet. Makes and writes nothing.
pub async fn look(settings: &Database, store: Option<&Store>) -> Result<String, Fault> {
    let known = match store {
        Some(store) => known(store).await?,
        None => None,
    };
    match (given(settings)?, known) {
        (Some(vault), Some(known)) => {
            fits(&vault, &known)?;
            Ok(format!("goods are stored with key {known}, and this is it"))
        }
        (Some(vault), None) => Ok(format!("key {}; nothing is stored with it yet", vault.key_id())),
        (None, Some(known)) => Err(lost(settings, &known)),
        (None, None) => Ok("none yet; it is made at the first start".into()),
    }
}

/// The key that the shop's goods are sealed with, by its name.
async fn known(store: &Store) -> Result<Option<String>, Fault> {
    let known = store.setting(SETTING.into()).await?;
    Ok(known.map(|known| known.as_str().unwrap_or("another").to_owned()))
}

/// The vault of the key that the operator gave: in the environment, else in its file.
fn given(settings: &Database) -> Result<Option<Vault>, Fault> {
    let path = &settings.key_file;
    let key = match &settings.encryption_key {
        Some(key) if key.expose_secret() == EXAMPLE => {
            let detail =
                "ENCRYPTION_KEY is the example that everybody can read: `openssl rand -base64 32` makes one.";
            return Err(Fault::new(Code::ConfigInvalid, detail));
        }
        Some(key) => return Vault::new(key.expose_secret()).map(Some),
        None => match std::fs::read_to_string(path) {
            Ok(key) => key,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(path, &error)),
        },
    };
    let no_key = |_| {
        let path = path.display();
        let detail = format!("{path} does not hold an encryption key, which is the base64 of 32 bytes.");
        Fault::new(Code::KeyMismatch, detail)
    };
    Vault::new(&key).map(Some).map_err(no_key)
}

fn fits(vault: &Vault, known: &str) -> Result<(), Fault> {
    if vault.key_id() == known {
        return Ok(());
    }
    let detail = format!("goods were stored with key {known}, but this is key {}.", vault.key_id());
    Err(Fault::new(Code::KeyMismatch, detail))
}

fn lost(settings: &Database, known: &str) -> Fault {
    let path = settings.key_file.display();
    let detail =
        format!("goods were stored with key {known}, but ENCRYPTION_KEY is not set and {path} is not there.");
    Fault::new(Code::KeyMismatch, detail)
}

fn unusable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::FileUnusable, format!("{}: {error}.", path.display()))
}

/// Makes a key in its file so that only its owner can read it.
fn make(path: &Path) -> Result<Vault, Fault> {
    let unusable = |error: std::io::Error| unusable(path, &error);
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
    Vault::new(&key)
}
