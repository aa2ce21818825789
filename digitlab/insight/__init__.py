"""What a trained network does: how well it answers, and why."""
