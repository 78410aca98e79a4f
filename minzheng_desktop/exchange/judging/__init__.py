"""What another laptop's lines may do here: judged, merged, held, or laid before a person."""
