//! The verb `plan`: an internetwork to be, its CMD networks, what their agents will send, and the
//! configuration of each.
//!
//! A plan names sites, the clouds that join them, and the POPs where clouds meet. From it follow
//! agents and CMD networks, from these the figures of [nlsp §19]: hellos, lists of the database,
//! the load of every link. Beside them stands what is not to be built: all offices in one CMD
//! network.
//!
//! | file | what it knows |
//! |---|---|
//! | [`verb`] | the command line |
//! | [`schema`], `file` | a plan as it is typed |
//! | `check` | how it fits together |
//! | [`design`] | what it means: sites, agents, CMD networks |
//! | [`figures`] | sizes and rates of packets |
//! | `reach` | what lies behind an agent |
//! | [`analysis`] | figures of a design |
//! | [`report`], [`advice`], `print` | what is told of it |
//! | [`emit`] | the agents' configurations |
//! | `round` | a plan made of a number of agents alone |

pub mod advice;
pub mod analysis;
mod check;
pub mod design;
pub mod emit;
pub mod figures;
mod file;
mod print;
mod reach;
pub mod report;
mod round;
pub mod schema;
#[cfg(test)]
mod tests;
pub mod verb;

use crate::config::{self, Diagnostic};
use design::{AgentsPerPop, Plan};
use file::File;
pub(crate) use print::{counted, grouped};

/// What the command line says in place of the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides {
    /// How many agents a POP has.
    pub agents_per_pop: Option<AgentsPerPop>,
    /// Seconds between two hellos.
    pub hello_s: Option<u64>,
}

impl Overrides {
    fn apply(self, file: &mut File) {
        file.agents_per_pop = self.agents_per_pop.unwrap_or(file.agents_per_pop);
        file.settings.hello_s = self.hello_s.unwrap_or(file.settings.hello_s);
    }
}

/// Reads a plan from memory; `name` is what faults call the file. With it comes what is probably
/// not meant so.
///
/// # Errors
/// It is faulty; with all faults, warnings included.
pub fn parse(
    name: &str,
    text: &str,
    overrides: Overrides,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    config::parse_by(&schema::ROOT, (name, text), |top, faults| {
        let mut file = File::read(top);
        overrides.apply(&mut file);
        let mut plan = check::check(&file, faults);
        if !plan.settings.lsp_size_given {
            plan.settings.lsp_size = analysis::fitting_lsp_size(&plan);
        }
        plan
    })
}
