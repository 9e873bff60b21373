//! The shape that all engines share.

use super::cx::Cx;
use crate::Time;
use crate::hub::Change;

/// A protocol: it hears messages, sees changes, keeps timers, and offers what it learned to the
/// hub. Engines never call each other.
///
/// Messages come decoded by a method of the engine's own, for each engine has its own type of
/// them; the router's dispatch knows which.
pub(crate) trait Engine {
    /// A circuit, a route or a service changed, or the agent leaves.
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change);

    /// A deadline may have been reached.
    fn handle_timeout(&mut self, cx: &mut Cx<'_>);

    /// The next deadline.
    fn next_timeout(&self) -> Option<Time>;
}
