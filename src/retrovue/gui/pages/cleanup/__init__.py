"""What can be cleaned up: extra files, duplicates and disks."""
