//! Laws of the whole: defaults, rendering, arbitrary text.
