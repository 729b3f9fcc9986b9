/** The manifest of a finished job. */
import { type Assertion, assertion, get, isAbsoluteUrl, isInstant, isText, jsonOf, list, member } from "../Assertion.ts"
import type { Check, Excuse, View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { finished } from "./StatusChecks.ts"

/** How far ahead of ours a server's clock may be. */
const clockSkewMillis = 5 * 60_000

/** Makes a judge that sees the answer with the manifest, once the job is done. */
const ofManifest =
  (judge: (manifest: Exchange, view: View) => ReadonlyArray<Assertion>) =>
  (view: View): ReadonlyArray<Assertion> | Excuse => {
    const done = finished(view)
    return "excuse" in done ? done : judge(done, view)
  }

const items = (manifest: Exchange): ReadonlyArray<unknown> => list(jsonOf(manifest), ["output"])

/** The types that the kick-off asked for. */
const asked = (view: View): ReadonlyArray<string> =>
  (new URL(view.one("kickoff").request.url).searchParams.get("_type") ?? "").split(",")

/** The number in the status URL that was polled. */
const jobNumber = (view: View): string => /(\d+)\/?$/.exec(view.one("status").request.url)?.[1] ?? ""

/** Two URLs that differ at most in how they escape characters. */
const sameUrl = (a: unknown, b: string): boolean => {
  try {
    return typeof a === "string" && decodeURIComponent(a) === decodeURIComponent(b)
  } catch {
    return false
  }
}

export const manifestChecks: ReadonlyArray<Check> = [
  {
    id: "manifest/transaction-time",
    title: "transactionTime is an instant, not later than the answer",
    requirements: ["export#m-transactionTime", "SEED-34", "SEED-35"],
    steps: ["status"],
    judge: ofManifest((manifest) => [
      member(manifest, ["transactionTime"], "a FHIR instant", isInstant),
      member(
        manifest,
        ["transactionTime"],
        `not after ${manifest.at}`,
        (value) => isInstant(value) && Date.parse(value) <= Date.parse(manifest.at) + clockSkewMillis
      )
    ])
  },
  {
    id: "manifest/request",
    title: "request repeats the kick-off URL",
    requirements: ["export#m-request", "SEED-34", "SEED-36"],
    steps: ["kickoff", "status"],
    judge: ofManifest((manifest, view) => {
      const { url } = view.one("kickoff").request
      return [member(manifest, ["request"], url, (value) => sameUrl(value, url))]
    })
  },
  {
    id: "manifest/requires-access-token",
    title: "requiresAccessToken is a boolean, and true where tokens are used",
    requirements: ["export#m-rat", "export#m-rat-true", "SEED-34", "SEED-37"],
    steps: ["status"],
    judge: ofManifest((manifest, view) => [
      member(manifest, ["requiresAccessToken"], "a boolean", (value) => typeof value === "boolean"),
      ...(view.target.auth === "none"
        ? []
        : [member(manifest, ["requiresAccessToken"], "true", (value) => value === true)])
    ])
  },
  {
    id: "manifest/output",
    title: "output is an array whose items have a type and an absolute URL of their own",
    requirements: ["export#m-output", "export#m-item-type", "export#m-item-url", "SEED-31", "SEED-34"],
    steps: ["status"],
    judge: ofManifest((manifest) => {
      const urls = items(manifest).map((item) => get(item, ["url"]))
      return [
        member(manifest, ["output"], "an array", Array.isArray),
        ...items(manifest).flatMap((_, index) => [
          member(manifest, ["output", index, "type"], "a resource type", isText),
          member(manifest, ["output", index, "url"], "an absolute URL", isAbsoluteUrl)
        ]),
        assertion(manifest, "body $.output", "no URL twice", urls, new Set(urls).size === urls.length)
      ]
    })
  },
  {
    id: "manifest/error",
    title: "error is an array, whose items name OperationOutcome files",
    requirements: ["export#m-error", "SEED-34", "SEED-39"],
    steps: ["status"],
    judge: ofManifest((manifest) => [
      member(manifest, ["error"], "an array", Array.isArray),
      ...list(jsonOf(manifest), ["error"]).flatMap((_, index) => [
        member(manifest, ["error", index, "type"], "OperationOutcome", (value) => value === "OperationOutcome"),
        member(manifest, ["error", index, "url"], "an absolute URL", isAbsoluteUrl)
      ])
    ])
  },
  {
    id: "manifest/only-asked-types",
    title: "The manifest names no type that was not asked for",
    requirements: ["export#type-filter", "SEED-10", "SEED-11"],
    steps: ["kickoff", "status"],
    judge: ofManifest((manifest, view) => {
      const wanted = asked(view)
      const found = [...new Set(items(manifest).map((item) => get(item, ["type"])))]
      const holds = found.every((type) => wanted.includes(String(type)))
      return [assertion(manifest, "body $.output", `types among ${wanted.join(", ")}`, found, holds)]
    })
  },
  {
    id: "manifest/job-id",
    title: "JobID is the number the job was polled by",
    requirements: ["SEED-34", "SEED-40"],
    steps: ["status"],
    judge: ofManifest((manifest, view) => [
      member(
        manifest,
        ["JobID"],
        jobNumber(view),
        (value) => typeof value === "number" && String(value) === jobNumber(view)
      )
    ])
  },
  {
    id: "manifest/file-url-shape",
    title: "File URLs are /data/, the job's number and a UUID, on the same host",
    requirements: ["SEED-38"],
    steps: ["status"],
    judge: ofManifest((manifest, view) => {
      const prefix = `${view.target.baseUrl}/data/${jobNumber(view)}/`
      const rest = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.ndjson$/i
      return [
        member(manifest, ["output"], "an array", Array.isArray),
        ...items(manifest).map((_, index) =>
          member(
            manifest,
            ["output", index, "url"],
            `${prefix}UUID.ndjson`,
            (value) => isText(value) && value.startsWith(prefix) && rest.test(value.slice(prefix.length))
          )
        )
      ]
    })
  }
]
