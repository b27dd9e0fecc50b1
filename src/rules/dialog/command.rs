//! Typed commands. Fields are separated by `|`, spaces around them are trimmed, `-` means the default.

use crate::rules::catalogue::{NO_CATEGORY, NewProduct};
use crate::rules::ids::{ChatId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::people::UserRef;

/// A command anybody may type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Start,
    /// A link that opens a product.
    StartProduct(ProductNumber),
    Stock,
    Catalogue,
    Cart,
    Account,
    Order,
    Help,
    Languages,
    Message,
    Skip,
}

/// A command that exists for staff only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffCommand {
    Menu,
    Add(NewProduct),
    /// One unit a line; none if the units come as a document.
    AddStock {
        number: ProductNumber,
        units: Vec<String>,
    },
    ViewStock(ProductNumber),
    Transfer {
        who: UserRef,
        amount: Rupiah,
        note: Option<String>,
    },
    Info(UserRef),
    Orders(Option<OrderState>),
    /// One order by its code.
    OrderByCode(String),
    /// `None`: the chat it is typed in.
    Whitelist {
        chat: Option<ChatId>,
        on: bool,
    },
}

/// A staff command with an example. Its form is a matter of language.
#[derive(Debug, PartialEq, Eq)]
pub struct Usage {
    pub command: &'static str,
    /// A command that works as it stands.
    pub example: &'static str,
}

/// What typing something that starts with `/` may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    Command(Command),
    Staff(StaffCommand),
    /// A staff command with wrong fields.
    Malformed(&'static Usage),
    Unknown,
}

/// Every staff command but `/admin`, which has no fields, in the order of the admin menu.
pub static USAGES: [Usage; 8] = [
    Usage {
        command: "/add",
        example: "/add -|Netflix 1 Bulan|Streaming|25.000|Akun sharing, garansi 30 hari",
    },
    Usage { command: "/addstock", example: "/addstock 1|email@contoh.id:rahasia" },
    Usage { command: "/viewstock", example: "/viewstock 1" },
    Usage { command: "/transfer", example: "/transfer @budi|50.000|transfer BCA" },
    Usage { command: "/info", example: "/info @budi" },
    Usage { command: "/orders", example: "/orders paid" },
    Usage { command: "/whitelist", example: "/whitelist -1001234567890" },
    Usage { command: "/rm", example: "/rm -1001234567890" },
];

/// The usage of a staff command, as typed with its `/`.
pub fn usage(command: &str) -> Option<&'static Usage> {
    USAGES.iter().find(|usage| usage.command == command)
}

/// Reads a text that starts with `/`. In groups the command may carry the bot's name: `/stock@shop_bot`.
pub fn parse(text: &str) -> Typed {
    let text = text.trim();
    let (word, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
    let word = word.split('@').next().unwrap_or(word).to_lowercase();
    let rest = rest.trim();
    let plain = match word.as_str() {
        "/start" => start(rest),
        "/stock" | "/stok" => Command::Stock,
        "/list" | "/produk" => Command::Catalogue,
        "/cart" | "/keranjang" => Command::Cart,
        "/account" | "/akun" => Command::Account,
        "/order" => Command::Order,
        "/help" => Command::Help,
        "/lang" => Command::Languages,
        "/pesan" | "/message" => Command::Message,
        "/skip" => Command::Skip,
        _ => return staff(&word, rest),
    };
    Typed::Command(plain)
}

fn start(argument: &str) -> Command {
    let number = argument.strip_prefix("p_").and_then(|number| number.parse().ok());
    number.map_or(Command::Start, |number| Command::StartProduct(ProductNumber(number)))
}

fn staff(word: &str, rest: &str) -> Typed {
    let fields: Vec<&str> = rest.splitn(5, '|').map(str::trim).collect();
    let command = match word {
        "/admin" => Some(StaffCommand::Menu),
        "/add" => add(&fields),
        "/addstock" => add_stock(rest),
        "/viewstock" => number(rest).map(StaffCommand::ViewStock),
        "/transfer" => transfer(&fields),
        "/info" => UserRef::parse(rest).map(StaffCommand::Info),
        "/orders" => orders(rest),
        "/whitelist" | "/rm" => whitelist(rest, word == "/whitelist"),
        _ => return Typed::Unknown,
    };
    match (command, usage(word)) {
        (Some(command), _) => Typed::Staff(command),
        (None, Some(usage)) => Typed::Malformed(usage),
        (None, None) => Typed::Unknown,
    }
}

fn number(text: &str) -> Option<ProductNumber> {
    text.trim().parse().ok().filter(|number| (1..=999_999).contains(number)).map(ProductNumber)
}

/// The longest name that fits a button and a list line.
const NAME_CHARS_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 2_000;

fn add(fields: &[&str]) -> Option<StaffCommand> {
    let given = |place: usize| fields.get(place).copied().filter(|field| !field.is_empty() && *field != "-");
    let name = given(1).filter(|name| name.chars().count() <= NAME_CHARS_MAX)?;
    let category = given(2).unwrap_or(NO_CATEGORY);
    let description = given(4).unwrap_or_default();
    let fits =
        category.chars().count() <= NAME_CHARS_MAX && description.chars().count() <= DESCRIPTION_CHARS_MAX;
    let number = match given(0) {
        Some(text) => Some(number(text)?),
        None => None,
    };
    fits.then_some(())?;
    Some(StaffCommand::Add(NewProduct {
        number,
        name: name.to_owned(),
        category: category.to_owned(),
        price: Rupiah::parse(given(3)?)?,
        description: description.to_owned(),
    }))
}

/// Everything after the first `|` is content: it may hold further bars.
fn add_stock(rest: &str) -> Option<StaffCommand> {
    let (id, content) = rest.split_once('|').unwrap_or((rest, ""));
    Some(StaffCommand::AddStock { number: number(id)?, units: unit_lines(content) })
}

/// One unit a line; blank lines and surrounding spaces do not count.
pub fn unit_lines(content: &str) -> Vec<String> {
    content.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn transfer(fields: &[&str]) -> Option<StaffCommand> {
    let (who, amount) = (UserRef::parse(fields.first()?)?, fields.get(1)?);
    let (sign, digits) = amount.strip_prefix('-').map_or((1, *amount), |digits| (-1, digits));
    let amount = Rupiah(sign * Rupiah::parse(digits)?.0);
    let note = fields.get(2).copied().filter(|note| !note.is_empty() && *note != "-").map(str::to_owned);
    (amount != Rupiah::ZERO).then_some(StaffCommand::Transfer { who, amount, note })
}

fn orders(rest: &str) -> Option<StaffCommand> {
    if rest.is_empty() || rest == "-" {
        return Some(StaffCommand::Orders(None));
    }
    if let Some(state) = OrderState::parse(&rest.to_lowercase()) {
        return Some(StaffCommand::Orders(Some(state)));
    }
    let code = rest.to_uppercase();
    let looks_like_a_code =
        code.len() == crate::rules::ids::CODE_LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric());
    looks_like_a_code.then_some(StaffCommand::OrderByCode(code))
}

fn whitelist(rest: &str, on: bool) -> Option<StaffCommand> {
    if rest.is_empty() {
        return Some(StaffCommand::Whitelist { chat: None, on });
    }
    let chat = rest.parse().ok().filter(|id: &i64| *id < 0)?;
    Some(StaffCommand::Whitelist { chat: Some(ChatId(chat)), on })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usage_has_an_example_that_works() {
        for usage in &USAGES {
            assert!(matches!(parse(usage.example), Typed::Staff(_)), "{}", usage.example);
        }
    }

    #[test]
    fn malformed_staff_commands_name_their_usage() {
        for (typed, command) in [
            ("/add", "/add"),
            ("/add -|Netflix", "/add"),
            ("/add -|Netflix|-|murah", "/add"),
            ("/add nol|Netflix|-|5000|-", "/add"),
            ("/addstock", "/addstock"),
            ("/addstock x|a", "/addstock"),
            ("/viewstock", "/viewstock"),
            ("/transfer @budi", "/transfer"),
            ("/transfer @budi|0", "/transfer"),
            ("/transfer nobody?|5000", "/transfer"),
            ("/info", "/info"),
            ("/orders belum", "/orders"),
            ("/whitelist 12", "/whitelist"),
        ] {
            let Typed::Malformed(usage) = parse(typed) else { panic!("{typed}: {:?}", parse(typed)) };
            assert_eq!(usage.command, command, "{typed}");
        }
    }

    #[test]
    fn dashes_and_missing_fields_are_defaults() {
        let Typed::Staff(StaffCommand::Add(product)) = parse("/add - | Netflix |-| 25.000") else { panic!() };
        assert_eq!((product.number, product.category.as_str()), (None, NO_CATEGORY));
        assert_eq!(
            (product.name.as_str(), product.price, product.description.as_str()),
            ("Netflix", Rupiah(25_000), "")
        );
    }

    #[test]
    fn bars_belong_to_the_content_of_a_unit() {
        let Typed::Staff(StaffCommand::AddStock { number, units }) = parse("/addstock 3| a|b \n\n c ") else {
            panic!()
        };
        assert_eq!((number, units), (ProductNumber(3), vec!["a|b".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn what_nobody_knows_is_unknown() {
        for typed in ["/", "/nonsense", "/start2"] {
            assert_eq!(parse(typed), Typed::Unknown, "{typed}");
        }
        assert_eq!(parse("/start p_7"), Typed::Command(Command::StartProduct(ProductNumber(7))));
        assert_eq!(parse("/STOCK@shop_bot"), Typed::Command(Command::Stock));
    }
}
