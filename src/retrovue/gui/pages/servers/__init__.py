"""The Servers page: the list, the chosen server with its test and libraries, and the wizard that adds one."""
