"""Many sessions: named questions in SQL, on one machine or on a cluster."""
