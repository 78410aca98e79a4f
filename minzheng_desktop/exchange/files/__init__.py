"""What an exchange file is: its container, envelope, payload and keys, sealed and opened."""
