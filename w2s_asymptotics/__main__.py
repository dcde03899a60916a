"""`python -m w2s_asymptotics` is the command `w2s`."""

from w2s_asymptotics.cli import main

if __name__ == "__main__":
    main()
