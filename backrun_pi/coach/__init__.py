"""What the wearer should do now: plan, intervals, look cues, button grammar."""
