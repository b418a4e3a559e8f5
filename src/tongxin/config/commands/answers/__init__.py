"""Questions and answers: guides and legal texts."""
