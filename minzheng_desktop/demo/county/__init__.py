"""A whole county of invented people over one year: 25 townships, every service, month by month, and the report.

`dials` says how much of everything, `people` invents, `office` writes through the same doors as a clerk, one module an
area says what a township does in which month, `year` lives through it, `make` runs all townships and the county.
"""
