"""民政台账: offline records, payments, prints and hand-over for township civil-affairs offices."""

__version__ = "0.1.0"
