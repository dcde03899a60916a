"""Entry point of the command `w2s`: every expected failure becomes one line and an exit code.

Exit codes: 0 done; 1 something needed is missing or does not hold; 2 bad input; 130 interrupted.
"""

from __future__ import annotations

import atexit
import os
import sys

__all__ = ["main", "run"]

_INTERRUPTED = 130


def run(arguments: list[str] | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit code."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # at any time: loading the commands takes a while, too
        return _fail("interrupted", _INTERRUPTED)


def _run(arguments: list[str] | None) -> int:
    try:
        import click
    except ModuleNotFoundError:
        return _fail("the commands need click: pip install 'w2s_asymptotics[cli]'", 1)
    from w2s_asymptotics.proof.derivation import VerificationError
    from w2s_asymptotics.report.latex import LatexError

    try:
        from w2s_asymptotics.commands import commands

        code = commands.main(
            args=None if arguments is None else list(arguments), prog_name="w2s", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return _interrupted(error.__cause__)
    except ValueError as error:
        return _fail(str(error), 2)
    except (ModuleNotFoundError, VerificationError, LatexError) as error:
        return _fail(str(error), 1)
    except MemoryError as error:
        return _fail(f"not enough memory: {error or 'ask for something smaller'}", 1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
    return code if isinstance(code, int) else 0


def _interrupted(cause: BaseException | None) -> int:
    """Say what is kept, if anything is."""
    for kept in cause.args if isinstance(cause, KeyboardInterrupt) else ():
        print(f"w2s: {kept}", file=sys.stderr)
    return _fail("interrupted", _INTERRUPTED)


def main() -> None:
    """Run the process's command line and exit."""
    code = run()
    if code == _INTERRUPTED:
        # Where the interrupt fell into code made from text, as dataclasses have it, Python would remember it
        # as unhandled and end itself by the signal after all: leave before it looks.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _fail(message: str, code: int) -> int:
    print(f"w2s: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
