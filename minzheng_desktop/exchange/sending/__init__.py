"""A township's chain of packages: packing, copies, what the county said of each, and its troubles."""
