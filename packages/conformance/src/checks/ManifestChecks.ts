/** The manifest of a finished job. */
import {
  type Assertion,
  assertion,
  citing,
  clockSkewMillis,
  get,
  isAbsoluteUrl,
  isInstant,
  isText,
  jsonOf,
  list,
  member,
  status
} from "../Assertion.ts"
import { blocked, type Check, type Excuse, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { finished } from "./StatusChecks.ts"

/** Makes a judge that sees the answer with the manifest, once the job is done. */
const ofManifest =
  (judge: (manifest: Exchange, view: View) => ReadonlyArray<Assertion>) =>
  (view: View): ReadonlyArray<Assertion> | Excuse => {
    const done = finished(view)
    return "excuse" in done ? done : judge(done, view)
  }

const items = (manifest: Exchange): ReadonlyArray<unknown> => list(jsonOf(manifest), ["output"])

const linesOf = (file: Exchange): number | undefined =>
  file.response?.body.kind === "file" ? file.response.body.lines : undefined

/** The types that the kick-off asked for: in its query, or in the Parameters that it posted. */
export const asked = (view: View): ReadonlyArray<string> => {
  const { content, url } = view.one("kickoff").request
  if (content === undefined) return (new URL(url).searchParams.get("_type") ?? "").split(",")
  return list(JSON.parse(content), ["parameter"])
    .filter((one) => get(one, ["name"]) === "_type")
    .flatMap((one) => String(get(one, ["valueString"])).split(","))
}

/** What a BCDA has files of; of other servers it has to be declared. */
export const bcdaTypes = ["ExplanationOfBenefit", "Coverage", "Patient"]

/** The types that there is data of, as far as that is known. */
export const knownTypes = ({ descriptor, target }: View): ReadonlyArray<string> => {
  const { empty, types } = descriptor.data
  return (types.length > 0 || !target.isBcda ? types : bcdaTypes).filter((type) => !empty.includes(type))
}

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
    title: "requiresAccessToken is a boolean, and true where files want a token",
    requirements: ["export#m-rat", "export#m-rat-true", "export#f-capability-url", "SEED-34", "SEED-37"],
    steps: ["status"],
    also: ["file-no-token"],
    judge: ofManifest((manifest, view) => {
      const says = get(jsonOf(manifest), ["requiresAccessToken"])
      const without = says === false ? view.all("file-no-token") : []
      return [
        ...citing(
          ["export#m-rat", "SEED-34"],
          member(manifest, ["requiresAccessToken"], "a boolean", (value) => typeof value === "boolean")
        ),
        ...(view.target.auth === "none"
          ? []
          : citing(
              ["SEED-37"],
              member(manifest, ["requiresAccessToken"], "true", (value) => value === true)
            )),
        // the IG lets a server protect files in another way, which then has to let in who comes without a token
        ...citing(["export#m-rat-true", "export#f-capability-url"], ...without.map((file) => status(file, [200])))
      ]
    })
  },
  {
    id: "manifest/output",
    title: "output is an array whose items have a type and an absolute URL of their own",
    requirements: ["export#m-output", "export#m-item-type", "export#m-item-url", "SEED-31", "SEED-32", "SEED-34"],
    steps: ["status"],
    judge: ofManifest((manifest, view) => {
      const urls = items(manifest).map((item) => get(item, ["url"]))
      const mayLack = view.ig === "stu4-ballot"
      return [
        ...citing(
          ["export#m-output", "SEED-31", "SEED-34"],
          member(
            manifest,
            ["output"],
            mayLack ? "nothing, or an array" : "an array",
            (value) => Array.isArray(value) || (mayLack && value === undefined)
          )
        ),
        ...items(manifest).flatMap((_, index) => [
          ...citing(
            ["export#m-item-type", "SEED-32"],
            member(manifest, ["output", index, "type"], "a resource type", isText)
          ),
          ...citing(
            ["export#m-item-url", "SEED-31"],
            member(manifest, ["output", index, "url"], "an absolute URL", isAbsoluteUrl)
          )
        ]),
        ...citing(
          ["SEED-32"],
          assertion(manifest, "body $.output", "no URL twice", urls, new Set(urls).size === urls.length)
        )
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
    id: "manifest/no-messages-in-output",
    title: "Messages are listed in error, not in output",
    requirements: ["export#m-error-messages"],
    steps: ["status"],
    also: ["status-everything"],
    judge: ofManifest((manifest, view) =>
      [manifest, ...view.all("status-everything").slice(-1)].map((answer) => {
        const types = [...new Set(items(answer).map((item) => get(item, ["type"])))]
        const holds = !types.includes("OperationOutcome")
        return assertion(answer, "body $.output", "no item of type OperationOutcome", types, holds)
      })
    )
  },
  {
    id: "manifest/count",
    title: "count of an item, if given, is the number of its file's resources",
    requirements: ["export#m-count"],
    steps: ["status", "file"],
    judge: ofManifest((manifest, view) => {
      const lines = new Map(view.all("file").map((file) => [file.request.url, linesOf(file)]))
      const given = items(manifest).map((item, index) => {
        const found = lines.get(String(get(item, ["url"])))
        return member(
          manifest,
          ["output", index, "count"],
          found === undefined ? "nothing, or a number" : `nothing, or ${found}`,
          (value) => value === undefined || (typeof value === "number" && (found === undefined || value === found))
        )
      })
      return [member(manifest, ["output"], "an array", Array.isArray), ...given]
    })
  },
  {
    id: "manifest/deleted",
    title: "deleted, if given, is an array whose items name files of Bundles",
    requirements: ["export#m-deleted"],
    steps: ["status"],
    judge: ofManifest((manifest) => [
      member(manifest, ["deleted"], "nothing, or an array", (value) => value === undefined || Array.isArray(value)),
      ...list(jsonOf(manifest), ["deleted"]).flatMap((_, index) => [
        member(manifest, ["deleted", index, "type"], "Bundle", (value) => value === "Bundle"),
        member(manifest, ["deleted", index, "url"], "an absolute URL", isAbsoluteUrl)
      ])
    ])
  },
  {
    id: "manifest/extension",
    title: "extension, if given, is an object, and in the ballot an array",
    requirements: ["export#m-extension"],
    steps: ["status"],
    judge: ofManifest((manifest, view) => [
      view.ig === "stu4-ballot"
        ? member(
            manifest,
            ["extension"],
            "nothing, or an array",
            (value) => value === undefined || Array.isArray(value)
          )
        : member(
            manifest,
            ["extension"],
            "nothing, or an object",
            (value) => value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))
          )
    ])
  },
  {
    id: "manifest/patients",
    title: "An export of patients has a file of Patient resources",
    requirements: ["export#patient-resources"],
    steps: ["kickoff", "status"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      const types = items(done).map((item) => get(item, ["type"]))
      if (!asked(view).includes("Patient")) return notApplicable("Patient was not asked for")
      if (types.length === 0) return notApplicable("the export is empty")
      return [assertion(done, "body $.output", "an item of type Patient", types, types.includes("Patient"))]
    }
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
    id: "manifest/asked-types",
    title: "Each type that was asked for and that there is data of has a file",
    requirements: ["export#type-filter", "SEED-11"],
    steps: ["kickoff", "status"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      const found = [...new Set(items(done).map((item) => get(item, ["type"])))]
      const wanted = asked(view).filter((type) => knownTypes(view).includes(type))
      if (wanted.length === 0) return notApplicable("which types the server has is not declared")
      if (done.response?.status !== 200) return blocked("the job did not end well")
      if (found.length === 0) return notApplicable("the export is empty")
      return wanted.map((type) =>
        assertion(done, "body $.output", `an item of type ${type}`, found, found.includes(type))
      )
    }
  },
  {
    id: "manifest/job-id",
    title: "JobID is the number the job was polled by",
    requirements: ["SEED-34", "SEED-40", "TODAY-26"],
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
