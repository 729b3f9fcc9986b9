/** What `bcda` tells the script that runs it. Part of the command line's contract: a number never changes its meaning. */
export const ExitCode = {
  /** All done and proven, or all verdicts as expected. */
  done: 0,
  /** Finished, but with outcomes of error severity, or with unexpected verdicts. */
  findings: 1,
  /** The command line, the configuration or the output directory is not usable. */
  usage: 2,
  /** The server cannot be reached, or refuses. */
  target: 3,
  /** A fault of this program. */
  internal: 4,
  /** Stopped before the end; running the same command again continues. */
  resumable: 5,
  /** Ctrl-C, or SIGTERM. */
  interrupted: 130
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
