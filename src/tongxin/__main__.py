"""``python -m tongxin`` is the command line ``tongxin``."""

from tongxin.config.command import main

if __name__ == "__main__":
    main()
