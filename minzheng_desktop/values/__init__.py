"""Pure values: id numbers, names, money, dates and months, bank accounts, errors.

Nothing here reads a file, a clock (except `dates.now_text`) or a database.
"""
