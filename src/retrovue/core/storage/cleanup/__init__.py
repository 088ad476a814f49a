"""What the clean-up list is computed from, and what a person keeps of it: rules, exclusions, earlier lists."""
