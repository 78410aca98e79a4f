"""Forms and resources as typed, validated specifications."""
