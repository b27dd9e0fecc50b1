//! How people and their roles are named.

use super::Voice;
use super::format::name;
use crate::rules::fact::Person;
use crate::rules::people::Roles;

/// To staff: name, username and id, so that they can be found again: `Budi (@budi, 123456)`.
pub(super) fn person(voice: &Voice, person: &Person) -> String {
    let username = person.username.as_ref().map(|user| format!("@{}, ", name(user))).unwrap_or_default();
    format!("<b>{}</b> ({username}<code>{}</code>)", voice.person(&person.name), person.chat)
}

/// `Reseller, Admin`; somebody without a role is a member.
pub(super) fn roles(roles: Roles) -> String {
    let held = [(roles.reseller, "Reseller"), (roles.admin, "Admin"), (roles.owner, "Owner")];
    let held: Vec<&str> = held.iter().filter(|(holds, _)| *holds).map(|(_, role)| *role).collect();
    if held.is_empty() { "Member".to_owned() } else { held.join(", ") }
}
