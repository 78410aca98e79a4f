"""What an office reports: indicators as of a year's end, the monthly statistics, the annual report.

Everything is counted from what was dated when it was decided — steps, terms, payment batches, the days of services —
so that last year's report printed today says what it said then (domain §9.3, §15). Only queries over whole forms,
never one a record.
"""
