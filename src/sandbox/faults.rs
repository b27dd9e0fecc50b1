//! Fault switches: what the services do wrong on purpose.

use serde::{Deserialize, Serialize};

/// All switches. The default is a day on which everything works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What the next calls to the Bot API meet; the first that fits is used up first.
    pub telegram: Vec<CallFault>,
    /// What the next calls to Pakasir meet (`create`, `cancel`, `detail`, `simulate`).
    pub pakasir: Vec<CallFault>,
    /// Nobody answers at Pakasir: every connection is dropped.
    pub pakasir_down: bool,
    /// What Pakasir's `detail` says of any payment in place of its status.
    pub pakasir_word: Option<String>,
    /// How callbacks of coming payments go wrong.
    pub callback: CallbackFaults,
    /// Batches of updates come newest first.
    pub out_of_order: bool,
    /// This many coming `getUpdates` also repeat the batch before, acknowledged or not.
    pub repeated_batches: u32,
    /// Switches the services' rate limits off, for load tests.
    pub limits_off: bool,
}

/// A fault that befalls a number of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFault {
    /// Only this method (any case); `None` means any, `getUpdates` excepted.
    #[serde(default)]
    pub method: Option<String>,
    pub times: u32,
    pub kind: FaultKind,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with these seconds to wait; no effect.
    FloodWait { seconds: u32 },
    /// 500 with a JSON body; no effect.
    ServerError,
    /// 502 with an HTML body; no effect.
    BadGateway,
    /// The call takes effect, then the connection breaks.
    LostAnswer,
    /// The call takes effect, then 502 is answered.
    LostAnswerBadGateway,
    /// The call takes effect and is answered after these seconds.
    Stall { seconds: u64 },
    /// Refused with this status and these words; no effect.
    Refuse { status: u16, description: String },
}

/// How the callback of a payment goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackFaults {
    /// How many copies are posted at the same moment; 1 is the normal day.
    pub copies: u32,
    pub delay_seconds: u64,
    pub lost: bool,
    pub wrong_amount: bool,
    pub other_project: bool,
    pub malformed: bool,
}

impl Default for CallbackFaults {
    fn default() -> Self {
        CallbackFaults {
            copies: 1,
            delay_seconds: 0,
            lost: false,
            wrong_amount: false,
            other_project: false,
            malformed: false,
        }
    }
}

impl CallFault {
    /// The next `times` calls of `method` (or of any) meet `kind`.
    pub fn next(times: u32, method: Option<&str>, kind: FaultKind) -> Self {
        CallFault { method: method.map(Into::into), times, kind }
    }

    /// Takes the first fault that fits `method` off the list, one time of it.
    pub(super) fn take(list: &mut Vec<CallFault>, method: &str) -> Option<FaultKind> {
        let fits = |fault: &CallFault| match &fault.method {
            Some(wanted) => wanted.eq_ignore_ascii_case(method),
            None => method != "getupdates",
        };
        let place = list.iter().position(|fault| fault.times > 0 && fits(fault))?;
        let kind = list[place].kind.clone();
        list[place].times -= 1;
        if list[place].times == 0 {
            list.remove(place);
        }
        Some(kind)
    }
}
