import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Flags from "../Flags.ts"
import { judgingFlags } from "../JudgingFlags.ts"
import { lazily } from "../Lazy.ts"

export const nightlyCommand = Command.make(
  "nightly",
  {
    target: Flag.String("target").pipe(
      Flag.withMetavar("T"),
      Flag.withDescription(
        "As for bcda conformance: a name from the configuration, embedded, sandbox, production, a base URL, or a file that describes a target. Can be given more than once. Default: nightly.targets of the configuration"
      ),
      Flag.atLeast(0)
    ),
    config: Flags.config,
    history: Flags.text(
      "history",
      "DIR",
      "Where history.jsonl is, one line a night and target: the only thing to keep between nights. Default: bcda-nightly/history"
    ),
    out: Flags.text(
      "out",
      "DIR",
      "Where index.html, summary.md, badges and each night's reports go. Default: bcda-nightly/out"
    ),
    state: Flags.text(
      "state",
      "DIR",
      "What checks on later nights look at again. Holds the last token: never publish it. Default: bcda-nightly/state"
    ),
    night: Flags.text("night", "DAY", "Which night this is, such as 2026-11-24. Default: today, by UTC"),
    keep: Flag.Int("keep").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Of how many nights the reports stay. Default: 30. The history stays"),
      Flag.filter(
        (n) => n >= 1,
        () => "at least 1"
      ),
      Flag.optional,
      Flag.map(Option.getOrUndefined)
    ),
    again: Flags.yes("again", "Ask targets again that were judged tonight already"),
    keepExport: Flags.yes(
      "keep-export",
      "Keep the exported files beside the reports. Without it only the receipt stays, since they may be real people's claims"
    ),
    yesProduction: Flags.yes(
      "yes-production",
      "Needed to judge production: real people's claims. Only reads, one job and one small export are asked of it"
    ),
    ...judgingFlags,
    json: Flags.json
  },
  lazily(
    () => import("../handlers/Nightly.ts"),
    ({ nightly }) => nightly
  )
).pipe(
  Command.withDescription(
    "Judge every target, export a little from each, and tell what changed since the night before: the exit code is about change"
  ),
  Command.withExamples([
    { command: "bcda nightly", description: "Every target of nightly.targets in bcda.config.json" },
    { command: "bcda nightly --target embedded", description: "A night at the sandbox of this kit" },
    {
      command: "bcda nightly --target sandbox --history history --out nightly",
      description: "CMS's sandbox; keep history between nights, look at nightly/index.html"
    }
  ])
)
