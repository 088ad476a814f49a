"""Work off the GUI thread: lanes, what a failure says, opening files, and when garbage is collected."""
