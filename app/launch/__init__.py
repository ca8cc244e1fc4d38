"""What the command line does: start and stop the parts, build the front end, run the checks."""
