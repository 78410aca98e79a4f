"""People across townships: who may be the same, compared and ruled."""
