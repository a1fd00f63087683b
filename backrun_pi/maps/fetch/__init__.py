"""From a place to an extract of it: a provider's index, a download, a cut."""
