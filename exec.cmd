@rem The npm scripts begin with `exec`, so that on Unix a signal for npm reaches the program and not a shell in between. Windows has no such word; this is it.
@%*
