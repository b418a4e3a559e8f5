"""The desk for people's rights: see, copy, correct, delete what is held; take a consent back."""
