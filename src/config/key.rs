//! What a key is, and the two macros that turn a declaration into a typed struct plus its keys.

use super::layers::Layers;

/// One key as declared: all that reading it and writing about it needs.
#[derive(Debug)]
pub struct Key {
    /// `payment.expiry`
    pub path: &'static str,
    pub doc: &'static [&'static str],
    pub fallback: Fallback,
    /// An example where the default is none; empty otherwise.
    pub like: &'static str,
    pub range: Option<(&'static str, &'static str)>,
    pub must: Option<Rule>,
    /// Further environment variables that set it.
    pub aliases: &'static [&'static str],
    pub form: Form,
    pub care: Care,
}

/// What holds when nobody sets a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fallback {
    /// The start is refused.
    Required,
    /// The key stays empty.
    Unset,
    Value(&'static str),
}

/// How a value is written in TOML.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    Bare,
    Quoted,
    List,
}

/// How carefully a value is handled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Care {
    Plain,
    /// Never printed; also read from a file named by `NAME_FILE`.
    Hidden,
    /// Hidden, and refused in `config.toml`.
    Secret,
}

/// A demand on the text of a value beyond its type.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Completes "the value …".
    pub says: &'static str,
    pub holds: fn(&str) -> bool,
}

/// The keys under one heading of the file.
#[derive(Debug)]
pub struct Chapter {
    pub path: &'static str,
    pub doc: &'static [&'static str],
    pub keys: Vec<Key>,
}

/// A part of the configuration that knows its keys and reads itself.
pub trait Section: Sized {
    fn chapters() -> Vec<Chapter>;
    /// `None` when something is wrong; what, is then among the problems of `layers`.
    fn read(layers: &mut Layers) -> Option<Self>;
}

/// A demand between keys that was not met.
pub struct Clash {
    /// The key to name.
    pub path: &'static str,
    pub fault: String,
    /// A value that would do.
    pub right: String,
}

impl Key {
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// `QUICKCART__PAYMENT__EXPIRY`
    pub fn env_name(&self) -> String {
        format!("QUICKCART__{}", self.path.to_uppercase().replace('.', "__"))
    }

    /// All variables that set it, the strongest first.
    pub fn env_names(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.env_name()).chain(self.aliases.iter().map(|&alias| alias.to_owned()))
    }

    /// A right value.
    pub fn example(&self) -> &'static str {
        match self.fallback {
            Fallback::Value(value) if self.like.is_empty() => value,
            _ => self.like,
        }
    }

    /// `text` as the environment writes it: a shell would split a list at its spaces.
    pub fn env(&self, text: &str) -> String {
        if self.form == Form::List { text.replace(' ', "") } else { text.to_owned() }
    }

    /// `text` as TOML writes it.
    pub fn toml(&self, text: &str) -> String {
        match self.form {
            Form::Bare => text.to_owned(),
            Form::Quoted => format!("\"{text}\""),
            Form::List => format!("[{}]", text.split(',').map(str::trim).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Declares one heading of the file. After a key's type come its default (`required`, `unset` or a value, which
/// may be `within` another key of the heading), then as needed `in` bounds, `like` an example, `must` a [`Rule`],
/// `also` further variables.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident at $path:literal $(, fits $fits:path)? {$(
            $(#[doc = $doc:literal])+
            $field:ident: $type:ty = $default:tt $(within $most:ident)?
                $(, in $low:literal ..= $high:literal)?
                $(, like $like:literal)?
                $(, must $must:path)?
                $(, also $alias:ident)?;
        )+}
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name {$( $(#[doc = $doc])+ pub $field: $type, )+}

        impl $crate::config::key::Section for $name {
            fn chapters() -> Vec<$crate::config::key::Chapter> {
                use $crate::config::{key::{Chapter, Key}, setting::Setting};
                let keys = vec![$( Key {
                    path: concat!($path, ".", stringify!($field)),
                    doc: &[$($doc),+],
                    fallback: $crate::config::key::fallback!($default),
                    like: concat!($($like)?),
                    range: [$((concat!($low), concat!($high)))?].first().copied(),
                    must: [$($must)?].first().copied(),
                    aliases: &[$(stringify!($alias))?],
                    form: <$type as Setting>::FORM,
                    care: <$type as Setting>::CARE,
                }, )+];
                vec![Chapter { path: $path, doc: &[$($about),+], keys }]
            }

            fn read(layers: &mut $crate::config::layers::Layers) -> Option<Self> {
                $( let $field = layers.take(concat!($path, ".", stringify!($field))); )+
                $($(
                    let $field = layers.default_within(concat!($path, ".", stringify!($field)), $field, $most);
                )?)+
                let section = Self { $( $field: $field?, )+ };
                $( layers.refuse_all($fits(&section)); )?
                Some(section)
            }
        }
    };
}

/// The default of a key as declared.
macro_rules! fallback {
    (required) => {
        $crate::config::key::Fallback::Required
    };
    (unset) => {
        $crate::config::key::Fallback::Unset
    };
    ($value:literal) => {
        $crate::config::key::Fallback::Value(concat!($value))
    };
}

/// Declares a struct of sections.
macro_rules! tree {
    ($(#[doc = $about:literal])+ pub struct $name:ident { $($field:ident: $type:ident,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name { $( pub $field: $type, )+ }

        impl $crate::config::key::Section for $name {
            fn chapters() -> Vec<$crate::config::key::Chapter> {
                let mut chapters = Vec::new();
                $( chapters.extend($type::chapters()); )+
                chapters
            }

            fn read(layers: &mut $crate::config::layers::Layers) -> Option<Self> {
                $( let $field = $type::read(layers); )+
                Some(Self { $( $field: $field?, )+ })
            }
        }
    };
}

pub(super) use {fallback, section, tree};
