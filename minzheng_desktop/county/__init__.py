"""What the county does with the packages of its townships."""
