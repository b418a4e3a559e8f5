"""The commands of ``tongxin``, a module each."""
