import { httpDate as dateOf, hour } from "../../internal/Time.ts"
import {
  editFirst,
  editing,
  editJson,
  editList,
  editText,
  type Json,
  objectsOf,
  withHeader,
  without,
  withoutHeader
} from "../Edit.ts"
import { type Changes, fault } from "../Fault.ts"

const where = ["manifest"] as const

const variant = (title: string, changes: Changes) => fault({ kind: "variant", title, where, strike: () => changes })
const broken = (title: string, changes: Changes) => fault({ title, where, strike: () => changes })

const header = (name: string, value: string): Changes => ({ reply: (reply) => withHeader(reply, name, value) })

const missing = (name: string) =>
  broken(
    `the manifest has no ${name}`,
    editing((manifest) => without(manifest, name))
  )

/** Sets a member, wherever it stands. */
const member = (name: string, value: unknown): Changes => editing((manifest) => ({ ...manifest, [name]: value }))

/** Edits the manifest of a job from its second poll on. */
const laterPolls = (change: (manifest: Json, polls: number) => unknown): Changes => {
  const polled = new Map<number | undefined, number>()
  return {
    reply: (reply, { job }) => {
      const polls = polled.get(job?.id) ?? 0
      polled.set(job?.id, polls + 1)
      return polls === 0 ? reply : editJson(reply, (manifest) => change(manifest, polls))
    }
  }
}

/** Another type for an item, out of those that BCDA has. */
const otherType = (type: unknown): string => (type === "Patient" ? "Coverage" : "Patient")

/** The answer to a poll of a job that is done, but for the addresses in it. */
export const manifestFaults = {
  "manifest-as-text": broken("the manifest is text/plain", header("Content-Type", "text/plain")),
  "manifest-not-object": broken("the manifest is a list instead of an object", {
    reply: (reply) => editText(reply, (text) => `[${text}]`)
  }),
  "transaction-time-missing": missing("transactionTime"),
  "transaction-time-date": broken(
    "transactionTime is a date without a time",
    editing((manifest) => ({ ...manifest, transactionTime: String(manifest["transactionTime"]).slice(0, 10) }))
  ),
  "transaction-time-local": broken(
    "transactionTime has no zone",
    editing((manifest) => ({ ...manifest, transactionTime: String(manifest["transactionTime"]).replace("Z", "") }))
  ),
  "transaction-time-future": fault({
    title: "transactionTime is tomorrow",
    where,
    strike: () => ({
      reply: (reply, { now }) =>
        editJson(reply, (manifest) => ({
          ...manifest,
          transactionTime: new Date(now / 1000 + 24 * 3_600_000).toISOString()
        }))
    })
  }),
  "request-missing": missing("request"),
  "request-wrong": broken(
    "the manifest's request is not the one that was made",
    editing((manifest) => ({
      ...manifest,
      request: `${String(manifest["request"]).split("?", 1)[0]}?_type=Observation`
    }))
  ),
  "requires-token-missing": missing("requiresAccessToken"),
  "requires-token-string": broken("requiresAccessToken is a string", member("requiresAccessToken", "true")),
  "requires-token-denied": broken(
    "requiresAccessToken is false, and files do need a token",
    member("requiresAccessToken", false)
  ),
  "output-missing": missing("output"),
  "output-object": broken(
    "the manifest's output is an object instead of a list",
    editing((manifest) => ({ ...manifest, output: Object.fromEntries(objectsOf(manifest, "output").entries()) }))
  ),
  "output-empty": variant("the manifest lists no files", member("output", [])),
  "output-null": broken("the manifest's output is null", member("output", null)),
  "error-missing": missing("error"),
  "error-object": broken("the manifest's error is an object instead of a list", member("error", {})),
  "messages-in-output": broken(
    "files of messages are listed in output instead of error",
    editing((manifest) => {
      const messages = objectsOf(manifest, "error")
      return messages.length === 0
        ? manifest
        : { ...manifest, output: [...objectsOf(manifest, "output"), ...messages], error: [] }
    })
  ),
  "deleted-not-bundles": broken(
    "the manifest's deleted lists data instead of Bundles",
    editing((manifest) => ({ ...manifest, deleted: objectsOf(manifest, "output").slice(0, 1) }))
  ),
  "extension-list": broken(
    "the manifest's extension is a list, as of a FHIR resource, instead of an object",
    member("extension", [{ url: "https://elsewhere.invalid/note", valueString: "first" }])
  ),
  "job-id-missing": missing("JobID"),
  "job-id-wrong": broken(
    "the manifest's JobID is of another job",
    editing((manifest) => ({ ...manifest, JobID: Number(manifest["JobID"]) + 1000 }))
  ),
  "item-without-type": broken(
    "an item has no type",
    editing((manifest) => editFirst(manifest, "output", (item) => without(item, "type")))
  ),
  "item-without-url": broken(
    "an item has no url",
    editing((manifest) => editFirst(manifest, "output", (item) => without(item, "url")))
  ),
  "item-null": broken(
    "an item is null",
    editing((manifest) => editFirst(manifest, "output", () => null))
  ),
  "type-mislabelled": broken(
    "a file is listed under another type than it holds",
    editing((manifest) => editFirst(manifest, "output", (item) => ({ ...item, type: otherType(item["type"]) })))
  ),
  "count-wrong": broken(
    "an item's count is not the number of its resources",
    editing((manifest) => editFirst(manifest, "output", (item) => ({ ...item, count: 987_654_321 })))
  ),
  "count-string": broken(
    "an item's count is a string",
    editing((manifest) => editFirst(manifest, "output", (item) => ({ ...item, count: "100" })))
  ),
  "file-listed-twice": broken(
    "the same file is listed twice",
    editing((manifest) => editList(manifest, "output", ([first, ...rest]) => [first, first, ...rest]))
  ),
  "file-under-two-types": broken(
    "the same file is listed under two types",
    editing((manifest) =>
      editList(manifest, "output", ([first, ...rest]) => [
        first,
        { ...first, type: otherType(first?.["type"]) },
        ...rest
      ])
    )
  ),
  "file-missing-from-later-manifest": fault({
    title: "a later poll of the same job lists one file less",
    where,
    strike: () => laterPolls((manifest) => editList(manifest, "output", (items) => items.slice(0, -1)))
  }),
  "transaction-time-moves": fault({
    title: "transactionTime is another one at every poll of the same job",
    where,
    strike: () =>
      laterPolls((manifest, polls) => {
        const before = Date.parse(String(manifest["transactionTime"]))
        return { ...manifest, transactionTime: new Date(before - polls * 1000).toISOString() }
      })
  }),
  "files-in-another-order": fault({
    kind: "variant",
    title: "a later poll lists the files in another order",
    where,
    strike: () => laterPolls((manifest) => editList(manifest, "output", (items) => items.toReversed()))
  }),
  "expires-past": fault({
    title: "Expires has passed when the manifest arrives",
    where,
    strike: () => ({ reply: (reply, { now }) => withHeader(reply, "Expires", dateOf(now - hour)) })
  }),
  "expires-missing": broken("the manifest does not say until when files stay", {
    reply: (reply) => withoutHeader(reply, "Expires")
  }),
  "expires-garbage": broken("Expires is no date", header("Expires", "tomorrow")),
  "expires-go-format": fault({
    title: "Expires is a date as Go prints it, as in BCDA",
    where,
    todayUnless: "expires-http-date",
    strike: () => ({
      reply: (reply, { job, world }) => {
        const at = Math.max(job?.writtenAt ?? 0, job?.dueAt ?? 0) + world.behaviour.archiveHours * hour
        const [date = "", time = ""] = new Date(at / 1000).toISOString().slice(0, 19).split("T")
        return withHeader(reply, "Expires", `${date} ${time} +0000 UTC`)
      }
    })
  }),
  "expires-http-date": fault({
    kind: "variant",
    title: "Expires is an HTTP date",
    where,
    strike: () => ({
      reply: (reply, { job, world }) => {
        const at = Math.max(job?.writtenAt ?? 0, job?.dueAt ?? 0) + world.behaviour.archiveHours * hour
        return withHeader(reply, "Expires", dateOf(at))
      }
    })
  }),
  "extra-manifest-fields": variant(
    "the manifest has members that nobody knows, an extension and an empty deleted",
    editing((manifest) => ({ ...manifest, deleted: [], extension: {}, requestedBy: "somebody" }))
  ),
  "extra-item-fields": variant(
    "items have members that nobody knows",
    editing((manifest) => editFirst(manifest, "output", (item) => ({ ...item, extension: {}, note: "first" })))
  ),
  "manifest-keys-doubled": broken("a member of the manifest stands there twice: an empty output first", {
    reply: (reply) => editText(reply, (text) => text.replace("{", '{"output":[],'))
  }),
  "manifest-members-in-another-order": variant(
    "the members of the manifest come in another order",
    editing((manifest) => Object.fromEntries(Object.entries(manifest).toReversed()))
  )
}
