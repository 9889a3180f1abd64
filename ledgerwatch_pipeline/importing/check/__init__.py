"""What a staged row must be: the rules by name, and the Great Expectations suite that holds the outcome against them."""
