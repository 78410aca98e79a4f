"""Packages at the county: who sent them, where they stand in their chain, what entered."""
