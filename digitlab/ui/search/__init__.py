"""The Search part of the Runs page: begin a search over settings, and watch what it finds."""
