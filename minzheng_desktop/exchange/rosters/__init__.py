"""Rosters: a clerk's spreadsheet becomes a plan, the plan is shown, and one transaction applies it.

Read (`sheets`) → find the header and map columns (`headers`) → clean cells (`cleaning`) → compare with the
office's state (`planning`) → apply or take back (`commit`) → hand rejected rows back (`errors_workbook`).
"""
