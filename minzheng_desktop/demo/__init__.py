"""A demonstration township of invented people, and the whole job done with it."""
