"""The county's keys and its laptops: enrolment, rotation, rescue."""
