//! Reads the tree as text: just enough Rust to know comments, literals, paths, items and tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let paths = [files("src", "rs"), files("tests", "rs")].concat();
    let mut sources: Vec<_> = paths.into_iter().map(|path| Source::new(path.clone(), read(&path))).collect();
    let test_modules: Vec<_> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    for source in &mut sources {
        let declared = test_modules.iter().any(|module| source.module.starts_with(module));
        source.is_test = declared || source.path.starts_with("tests/");
    }
    sources
});

/// One file, read as text.
pub struct Source {
    pub path: String,
    pub module: Vec<String>,
    pub text: String,
    /// The text with comments and literals blanked: every position stays.
    pub code: String,
    /// The whole file is compiled for tests only.
    is_test: bool,
    /// All paths as they are written, and where.
    pub paths: Vec<(usize, Vec<String>)>,
    test_modules: Vec<Vec<String>>,
    test_spans: Vec<(usize, usize)>,
    /// Where each `mod` stands and ends, and its name.
    modules: Vec<(usize, usize, String)>,
}

impl Source {
    pub fn new(path: String, text: String) -> Self {
        let code = blanked(&text);
        let paths = paths(&code);
        let names = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(String::from);
        let module: Vec<_> = names.filter(|name| name != "mod" && name != "lib").collect();
        let modules = after_keyword(&code, "mod ").into_iter();
        let modules: Vec<_> =
            modules.map(|(at, name)| (at, end_of_item(&code, at), name.to_owned())).collect();
        let (mut test_modules, mut test_spans) = (Vec::new(), Vec::new());
        for at in occurrences(&code, "#[cfg(test)]") {
            let end = end_of_item(&code, at);
            test_spans.push((at, end));
            let inside = modules.iter().find(|(start, ..)| (at..end).contains(start));
            test_modules.extend(inside.map(|(.., name)| [&module[..], std::slice::from_ref(name)].concat()));
        }
        Self { path, module, text, code, is_test: false, paths, test_modules, test_spans, modules }
    }

    pub fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, self.line(at))
    }

    pub fn in_tests(&self, at: usize) -> bool {
        self.is_test || self.test_spans.iter().any(|(start, end)| (*start..*end).contains(&at))
    }

    /// Whether a comment stands on the line or is the line above.
    pub fn is_reasoned(&self, at: usize) -> bool {
        let line = self.line(at);
        let above = self.text.lines().nth(line.saturating_sub(2)).unwrap_or_default().trim_start();
        let here = self.text.lines().nth(line - 1).unwrap_or_default();
        here.contains(" // ") || (above.starts_with("// ") && line > 1)
    }

    /// The paths into this crate, from its root.
    pub fn own_paths(&self) -> Vec<(usize, Vec<String>)> {
        let absolute = |(at, path): &(usize, Vec<String>)| {
            let around = self.modules.iter().filter(|(start, end, _)| (*start..*end).contains(at));
            let around: Vec<_> = around.map(|(.., name)| name.clone()).collect();
            let mut here = [&self.module[..], &around[..]].concat();
            match path[0].as_str() {
                "crate" | "quickcart" => here.clear(),
                "self" | "super" => {}
                child if self.modules.iter().any(|(.., name)| name == child) => here.push(child.to_owned()),
                _ => return None,
            }
            path.iter().filter(|name| *name == "super").for_each(|_| drop(here.pop()));
            here.extend(path[1..].iter().filter(|name| *name != "super").cloned());
            Some((*at, here))
        };
        self.paths.iter().filter_map(absolute).collect()
    }
}

/// All paths of two names or more, groups taken apart.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < code.len() {
        let word = word(&code[at..]);
        let starts = !code[..at].ends_with("::") && code[at + word.len()..].starts_with("::");
        at =
            if starts && !word.is_empty() { path(code, at, &[], &mut found) } else { at + word.len().max(1) };
    }
    found
}

/// Reads on after `before`; answers where the path ends.
fn path(code: &str, mut at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let (start, mut names) = (at, before.to_vec());
    while !word(&code[at..]).is_empty() {
        let name = word(&code[at..]);
        at += name.len();
        names.extend((name != "self" || names.is_empty()).then(|| name.to_owned()));
        match code[at..].strip_prefix("::") {
            Some(_) => at += 2,
            None => break,
        }
    }
    if !code[at..].starts_with('{') || !code[..at].ends_with("::") {
        found.push((start, names));
        return at;
    }
    while at < code.len() && !code[at..].starts_with('}') {
        at += 1;
        at += code[at..].len() - code[at..].trim_start().len();
        if !code[at..].starts_with('}') {
            at = path(code, at, &names, found);
            at += code[at..].find([',', '}']).unwrap_or(code.len() - at);
        }
    }
    at + 1
}

fn word(rest: &str) -> &str {
    &rest[..rest.bytes().take_while(|byte| is_word(*byte)).count()]
}

pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at)
}

/// The names that follow a keyword, and where the keyword stands.
pub fn after_keyword<'a>(code: &'a str, keyword: &'a str) -> Vec<(usize, &'a str)> {
    let whole = occurrences(code, keyword).filter(|at| *at == 0 || !is_word(code.as_bytes()[at - 1]));
    whole.map(|at| (at, word(&code[at + keyword.len()..]))).filter(|(_, name)| !name.is_empty()).collect()
}

/// Where the item that starts here ends: after its `;` or its closing brace.
pub fn end_of_item(code: &str, start: usize) -> usize {
    let (mut round, mut curly) = (0, 0);
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b'{' => curly += 1,
            b'}' => curly -= 1,
            _ => {}
        }
        if (byte == b'}' || byte == b';') && curly == 0 && round == 0 {
            return at + 1;
        }
    }
    code.len()
}

fn blanked(text: &str) -> String {
    let (mut code, mut at) = (text.as_bytes().to_vec(), 0);
    while at < code.len() {
        let length = literal_or_comment(&text.as_bytes()[at..]);
        code[at..at + length].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at += length.max(1);
    }
    code.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { ' ' }).collect()
}

/// How long the literal or comment is that starts here; 0 if none does.
fn literal_or_comment(rest: &[u8]) -> usize {
    let until = |from: usize, end: &[u8]| {
        let found = rest[from..].windows(end.len()).position(|window| window == end);
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    match rest {
        [b'/', b'/', ..] => until(2, b"\n") - 1,
        [b'/', b'*', ..] => until(2, b"*/"),
        [b'r', b'"' | b'#', ..] => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            let is_raw = rest.get(1 + hashes) == Some(&b'"'); // else it is a raw name
            if is_raw { until(hashes + 2, &[b"\"", &b"#".repeat(hashes)[..]].concat()) } else { 0 }
        }
        [b'"', ..] => {
            let mut at = 1;
            while at < rest.len() && rest[at] != b'"' {
                at += if rest[at] == b'\\' { 2 } else { 1 };
            }
            at + 1
        }
        [b'\'', b'\\', ..] => until(3, b"'"),
        [b'\'', first, ..] => {
            let width = [1, 1, 2, 3, 4][(first.leading_ones() as usize).min(4)];
            if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

/// A file of the project, or nothing if there is none.
pub fn read(path: &str) -> String {
    fs::read_to_string(at_root(Path::new(path))).unwrap_or_default()
}

/// All files below a folder with this extension.
pub fn files(folder: &str, extension: &str) -> Vec<String> {
    let folder = folder.trim_end_matches('/');
    let mut found = Vec::new();
    for entry in fs::read_dir(at_root(Path::new(folder))).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path, extension));
        } else if path.ends_with(&format!(".{extension}")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn at_root(path: &Path) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
