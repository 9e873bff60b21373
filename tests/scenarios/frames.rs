//! Framings, headers and sizes: scenarios 1 to 6, 45, 46, 56 and 57.
