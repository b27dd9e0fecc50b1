//! Who holds the lease: a name for people, and behind it what lets a later process of the same machine find out that
//! the holder is dead. Where anything cannot be read, nothing is certain, and the lease is watched instead.

use std::fs;
use std::io::ErrorKind;

/// What comes after the name.
const BEHIND: &str = " (boot ";

/// How the lease's row names this process.
pub fn me() -> String {
    let name = format!("process {} on {}", std::process::id(), host());
    match Identity::own() {
        Some(identity) => format!("{name}{}", identity.words()),
        None => name,
    }
}

/// The part that is for people.
pub fn name(holder: &str) -> &str {
    holder.rsplit_once(BEHIND).map_or(holder, |(name, _)| name)
}

/// What this kernel knows of a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It ran under this very kernel, which knows it no longer.
    Gone,
    /// It is there, perhaps paused.
    There,
    /// It ran elsewhere, or nothing can be known.
    Unknown,
}

/// Looks for the holder on this machine.
pub fn look(holder: &str) -> Sight {
    let (Some(theirs), Some(ours)) = (Identity::parse(holder), Identity::own()) else {
        return Sight::Unknown;
    };
    if (&theirs.boot, &theirs.namespace) != (&ours.boot, &ours.namespace) {
        return Sight::Unknown;
    }
    match look_for(theirs.process) {
        Some(found) if theirs.is_dead(found.as_ref()) => Sight::Gone,
        Some(_) => Sight::There,
        None => Sight::Unknown,
    }
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".into() } else { name.trim().to_owned() }
}

/// A process as its kernel knows it. Process ids are used again, and each namespace counts its own, but no other
/// process of this boot has the same id, in the same namespace, with the same start time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    boot: String,
    namespace: String,
    process: u32,
    /// In ticks of the kernel, 10 ms, since it booted.
    started: u64,
}

impl Identity {
    fn own() -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?.to_str()?.to_owned();
        let stat = Stat::parse(&fs::read_to_string("/proc/self/stat").ok()?)?;
        // otherwise this /proc is that of another namespace and counts differently
        (stat.process == std::process::id()).then_some(Self {
            boot,
            namespace,
            process: stat.process,
            started: stat.started,
        })
    }

    fn words(&self) -> String {
        let Self { boot, namespace, process, started } = self;
        format!("{BEHIND}{boot}, {namespace}, {process} since {started})")
    }

    fn parse(holder: &str) -> Option<Self> {
        let (_, words) = holder.strip_suffix(')')?.rsplit_once(BEHIND)?;
        let [boot, namespace, process] = words.split(", ").collect::<Vec<_>>().try_into().ok()?;
        let (process, started) = process.split_once(" since ")?;
        Some(Self {
            boot: boot.to_owned(),
            namespace: namespace.to_owned(),
            process: process.parse().ok()?,
            started: started.parse().ok()?,
        })
    }

    /// Judges by what the kernel has under its process id now. One that ended and was not waited for is dead once it is
    /// a zombie without threads that are still ending, since those may be writing.
    fn is_dead(&self, found: Option<&Stat>) -> bool {
        found.is_none_or(|found| found.started != self.started || (found.state == "Z" && found.threads <= 1))
    }
}

/// What is of use in `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    process: u32,
    state: String,
    threads: u64,
    started: u64,
}

impl Stat {
    /// The second field is the program's name in parentheses, which may hold anything. The first field behind it is the
    /// third one.
    fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).copied();
        Some(Self {
            process: before.split_once(" (")?.0.parse().ok()?,
            state: field(3)?.to_owned(),
            threads: field(20)?.parse().ok()?,
            started: field(22)?.parse().ok()?,
        })
    }
}

/// `Some(None)`: there is none of that number. `None`: that cannot be known. A system may hide other people's processes
/// (`hidepid`); then it hides number 1 too.
fn look_for(process: u32) -> Option<Option<Stat>> {
    match fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(text) => Stat::parse(&text).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => fs::metadata("/proc/1/stat").ok().map(|_| None),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn identity(started: u64) -> Identity {
        let (boot, namespace) = ("2f1c-44".to_owned(), "pid:[4026531836]".to_owned());
        Identity { boot, namespace, process: 77, started }
    }

    #[test]
    fn a_holder_is_named_to_people_and_known_to_processes() {
        let me = me();
        assert_eq!(name(&me), format!("process {} on {}", std::process::id(), host()));
        assert_eq!(Identity::parse(&me), Identity::own());
        assert_eq!(look(&me), Sight::There);

        let row = format!("process 77 on toko (baru){}", identity(5).words());
        assert_eq!((name(&row), Identity::parse(&row)), ("process 77 on toko (baru)", Some(identity(5))));
    }

    #[test]
    fn a_holder_that_says_too_little_is_never_certainly_gone() {
        #[rustfmt::skip]
        let table = [
            "", "test", "process 77 on toko", "process 77 on toko (boot )", "process 77 on toko (boot a, b)",
            "process 77 on toko (boot a, b, c since d)", "process 77 on toko (boot a, b, 7 since 1, e)",
            "process 77 on toko (boot a, b, 7 since 1",
        ];
        for holder in table {
            assert_eq!(Identity::parse(holder), None, "{holder}");
            assert_eq!(look(holder), Sight::Unknown, "{holder}");
        }
    }

    #[test]
    fn a_process_of_another_machine_boot_or_namespace_is_never_certainly_gone() {
        let own = Identity::own().unwrap();
        let nobody = Identity { process: u32::MAX, ..own.clone() };
        let look = |identity: Identity| look(&format!("process 1 on toko{}", identity.words()));
        assert_eq!(look(nobody.clone()), Sight::Gone);
        assert_eq!(
            look(Identity { started: own.started + 1, ..own }),
            Sight::Gone,
            "its number was given again"
        );
        assert_eq!(look(Identity { boot: "another".into(), ..nobody.clone() }), Sight::Unknown);
        assert_eq!(look(Identity { namespace: "pid:[1]".into(), ..nobody }), Sight::Unknown);
    }

    #[test]
    fn only_who_is_away_replaced_or_a_whole_zombie_is_dead() {
        let fields = |state: &str, threads: u64, started: u64| {
            format!(
                "77 (a ) b (c) {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 {threads} 0 {started} 9 9\n"
            )
        };
        #[rustfmt::skip]
        let table = [
            ("S", 9, 5, false), ("R", 1, 5, false), ("T", 9, 5, false), ("D", 1, 5, false), ("Z", 2, 5, false),
            ("Z", 1, 5, true), ("S", 9, 6, true),
        ];
        for (state, threads, started, dead) in table {
            let found = Stat::parse(&fields(state, threads, started)).unwrap();
            assert_eq!(found, Stat { process: 77, state: state.into(), threads, started });
            assert_eq!(identity(5).is_dead(Some(&found)), dead, "{found:?}");
        }
        assert!(identity(5).is_dead(None));
        for nonsense in ["", "77", "77 (a) S", "x (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 0 5"] {
            assert_eq!(Stat::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_real_process_is_gone_when_it_was_killed_waited_for_or_not() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let started = look_for(child.id()).unwrap().unwrap().started;
        let identity = Identity { process: child.id(), started, ..Identity::own().unwrap() };
        let holder = format!("process {}{}", child.id(), identity.words());
        assert_eq!(look(&holder), Sight::There);
        child.kill().unwrap();
        while look_for(child.id()).unwrap().unwrap().state != "Z" {
            std::thread::yield_now();
        }
        assert_eq!(look(&holder), Sight::Gone, "as a zombie");
        child.wait().unwrap();
        assert_eq!(look(&holder), Sight::Gone);
    }
}
