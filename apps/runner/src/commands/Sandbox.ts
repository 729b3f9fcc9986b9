import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Flags from "../Flags.ts"
import { lazily } from "../Lazy.ts"

const wholeNumber = (name: string, metavar: string, least: number, most: number, what: string) =>
  Flag.Int(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(what),
    Flag.filter(
      (n) => n >= least && n <= most,
      () => `${least} to ${most}`
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )

const flags = {
  port: wholeNumber("port", "N", 0, 65535, "Port on 127.0.0.1. Default: any free one"),
  enrollees: wholeNumber("enrollees", "N", 1, 10_000_000, "How many people the small entity has"),
  data: Flags.path(
    "data",
    "DIR",
    "Serve the *.ndjson files below DIR, line by line as they are, instead of made-up claims"
  ),
  seed: Flags.text("seed", "WORD", "Which made-up people and claims; the same seed gives the same bytes. Default: 1"),
  fast: Flags.yes("fast", "Jobs complete as soon as their files are written"),
  bugs: Flag.Literals("bugs", ["today", "fixed"]).pipe(
    Flag.withDescription("BCDA's bugs as they are today, or all of them fixed. Default: today"),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  faults: Flags.path("faults", "FILE", "What goes wrong: a JSON array of { fault, where?, when?, times?, ... }"),
  listFaults: Flags.yes("list-faults", "Print what can go wrong, and end"),
  control: Flags.yes("control", "Take orders over HTTP from this machine, on any free port: faults, time, log"),
  controlPort: wholeNumber("control-port", "N", 0, 65535, "The same on this port"),
  tls: Flags.yes("tls", "Speak TLS, with a certificate made for this run"),
  http2: Flags.yes("http2", "Speak HTTP/2 too, over TLS"),
  json: Flags.json
}

export const sandboxCommand = Command.make(
  "sandbox",
  flags,
  lazily(
    () => import("../handlers/Sandbox.ts"),
    ({ sandbox }) => sandbox
  )
).pipe(
  Command.withDescription("A BCDA on this machine, with made-up claims; serves until Ctrl-C"),
  Command.withExamples([
    { command: "bcda sandbox", description: "Prints the base URL, credentials and curl lines to paste" },
    { command: "bcda sandbox --enrollees 5000 --port 3000", description: "More people, at a known port" },
    { command: "bcda sandbox --data ./claims", description: "Serve NDJSON files that you have" },
    {
      command: "bcda sandbox --faults faults.json --control",
      description: "Something goes wrong; change it on the way"
    },
    { command: "bcda sandbox --list-faults", description: "What can go wrong" }
  ])
)
