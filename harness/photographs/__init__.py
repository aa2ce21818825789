"""Photographs of written digits, drawn at random: paper, lines, pen, light, camera."""
