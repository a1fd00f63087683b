"""What a scouting walk left behind: marks and the line that was walked."""
