"""Tongxin 同心: software with which a city district looks after itself."""

__version__ = "0.1.0"
