"""The demo district: real figures, real (or generated) streets, an invented cast."""
