//! What happens to a data packet: scenarios 7 to 13, 42, 53, 54 and 58.
