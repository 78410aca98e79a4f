"""The window's way to the rooms below: plain functions, no widgets, no SQL; every call runs on the worker."""
