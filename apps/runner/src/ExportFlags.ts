import { Option } from "effect"
import { Flag } from "effect/cli"
import * as Flags from "./Flags.ts"

/** Whose data and which. */
const request = {
  group: Flags.text(
    "group",
    "ID",
    "all: everybody attributed (default). runout: last year's attribution, kept for 180 days. On a server that is no BCDA, any Group's id"
  ),
  patient: Flags.maybe(
    "patient",
    "Ask Patient instead of Group: with --since, only what changed, also for newly attributed people"
  ),
  type: Flags.list("type", "A,B", "Resource types, such as Patient,Coverage. Default: all the server gives"),
  since: Flags.text(
    "since",
    "INSTANT|auto",
    "Only what changed after this FHIR instant, such as 2026-06-01T00:00:00Z; or auto: since the last export into DIR whose files are all safe"
  ),
  typeFilter: Flags.text(
    "type-filter",
    "SEARCH",
    "One search, v3 only: ExplanationOfBenefit?service-date=gt2026-01-01"
  ),
  claims: Flags.oneOf(
    "claims",
    ["adjudicated", "partial", "all"],
    "A filter, v3 only: settled claims, those on their way through the Shared Systems (v2's Claim), or both"
  ),
  finalAction: Flags.maybe("final-action", "A filter, v3 only: without claims that were replaced"),
  serviceFrom: Flags.text("service-from", "DAY", "A filter, v3 only: services from this day on, 2026-01-01"),
  serviceTo: Flags.text("service-to", "DAY", "A filter, v3 only: services until this day")
}

/** With `--since auto`. */
const sinceAuto = {
  watermarks: Flags.path("watermarks", "DIR", "With --since auto: where it remembers. Default: watermarks in DIR"),
  acceptErrors: Flags.maybe(
    "accept-errors",
    "With --since auto: go on from this export although the server could not export everybody"
  ),
  evenIfUnchanged: Flags.maybe(
    "even-if-unchanged",
    "With --since auto: export even when the calendar says that nothing can be new"
  )
}

/** How it is fetched. */
const way = {
  adopt: Flags.maybe("adopt", "Take the job that already runs, if it exports exactly this"),
  startAgain: Flags.yes(
    "start-again",
    "Start a job although an earlier run may have started one and the server cannot tell"
  ),
  cancelOnInterrupt: Flags.maybe(
    "cancel-on-interrupt",
    "Ctrl-C also cancels the server's job. Without it, a second Ctrl-C within 5 s does"
  ),
  verify: Flags.oneOf(
    "verify",
    ["json", "bytes"],
    "How lines are checked: parsed (default), or by their bytes alone, which is faster and lets some broken ones through"
  ),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Files at a time. Default: 5"),
    Flag.filter(
      (n) => n >= 1,
      () => "at least 1"
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  gzip: Flags.oneOf("gzip", ["keep", "decode"], "Keep files compressed, as they travel, or inflate them (default)"),
  limits: Flags.list(
    "limits",
    "NAME=N,...",
    "What the server may send at most: answerBytes, files, fileBytes, lineBytes, inflation"
  )
}

/** Everything that `bcda export` takes. */
export const exportFlags = {
  ...Flags.connection,
  preset: Flags.text("preset", "NAME", "Options from the configuration, by the preset's name; flags win over them"),
  out: Flags.path(
    "out",
    "DIR",
    "Where the files go; run again on the same directory, the export continues where it stopped. - prints the resources on stdout, and nothing else there. Default: the configuration's"
  ),
  ...request,
  ...sinceAuto,
  ...way,
  json: Flags.json
}
