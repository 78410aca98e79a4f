"""Conditions between fields: CEL text, its types proven before cel sees it."""
