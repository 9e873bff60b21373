//! A folder of captures that is not ours.
