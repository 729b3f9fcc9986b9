import { Schema } from "effect"
import type { Received, Reply } from "../../internal/Http.ts"
import { authorized } from "../Ask.ts"
import { editFirst, editJson, editList, type Json, parametersOf, withoutParameter } from "../Edit.ts"
import { type Changes, fault, faultWith } from "../Fault.ts"
import { text } from "../Option.ts"

/** A data file as BCDA names it. */
const realName = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-error)?\.ndjson|warnings-and-info\.ndjson/

/** Finds the real file behind a name that a fault made up. */
const found = (received: Received): Received => {
  const [, job] = /^\/data\/(\d+)\//.exec(received.path) ?? []
  const [name] = realName.exec(received.path) ?? []
  const path = `/data/${job}/${name}`
  return job === undefined || name === undefined || path === received.path ? received : { ...received, path }
}

/** Edits the address of the first file. */
const first =
  (change: (url: string) => string) =>
  (reply: Reply): Reply =>
    editJson(reply, (manifest) =>
      editFirst(manifest, "output", (item) => ({ ...item, url: change(String(item["url"])) }))
    )

type Rename = (url: string, index: number) => string

const renamedItems = (items: ReadonlyArray<Json>, change: Rename): ReadonlyArray<Json> =>
  items.map((item, index) => ({ ...item, url: change(String(item["url"]), index) }))

/** Edits the addresses of all files. */
const every =
  (change: Rename) =>
  (reply: Reply): Reply =>
    editJson(reply, (manifest) => {
      const output = editList(manifest, "output", (items) => renamedItems(items, change))
      return editList(output, "error", (items) => renamedItems(items, change))
    })

/** Files under made-up addresses, and the way from there to the real ones. */
const renamed = (change: (reply: Reply) => Reply, back: (received: Received) => Received = found): Changes => ({
  reply: (reply, { place }) => (place === "manifest" ? change(reply) : reply),
  request: (received, { place }) => (place === "manifest" ? received : back(received))
})

/** A name that a client must not write to disk as it is; the file is served under it. */
const hostile = (title: string, name: (real: string) => string) =>
  fault({
    title: `a file's name ${title}`,
    where: ["manifest", "file"],
    everywhere: true,
    strike: () => renamed(first((url) => url.replace(realName, name)))
  })

const allRenamed = (title: string, change: (url: string, index: number) => string, back = found) =>
  fault({
    title,
    where: ["manifest", "file", "error-file"],
    everywhere: true,
    strike: () => renamed(every(change), back)
  })

const onlyManifest = (title: string, reply: (reply: Reply) => Reply) =>
  fault({ title, where: ["manifest"], strike: () => ({ reply }) })

const otherHost = (url: string, origin: string): string => {
  const { host, pathname, search } = new URL(url)
  if (origin !== "") return `${origin}${pathname}${search}`
  const other = host.startsWith("localhost")
    ? host.replace("localhost", "127.0.0.1")
    : host.replace("127.0.0.1", "localhost")
  return url.replace(host, other === host ? `files.${host}` : other)
}

const signature = "b3BlbiBzZXNhbWU"

const signed = (reply: Reply): Reply =>
  editJson(every((url) => `${url}?X-Signature=${signature}`)(reply), (manifest) => ({
    ...manifest,
    requiresAccessToken: false
  }))

/** The addresses in the manifest: other hosts, signatures, names. */
export const addressFaults = {
  "url-relative": onlyManifest(
    "a file's address is a path without a host",
    first((url) => new URL(url).pathname)
  ),
  "url-not-url": onlyManifest(
    "a file's address is no address",
    first(() => "http://")
  ),
  "url-file-scheme": onlyManifest(
    "a file's address is file:///etc/passwd",
    first(() => "file:///etc/passwd")
  ),
  "url-with-credentials": onlyManifest(
    "a file's address has a user and a password in it",
    first((url) => url.replace("://", "://user:not-a-secret@"))
  ),
  "url-of-another-job": onlyManifest(
    "a file's address is below another job",
    first((url) => url.replace(/\/data\/(\d+)\//, (_, job) => `/data/${Number(job) + 1000}/`))
  ),
  "files-elsewhere": faultWith(
    Schema.Struct({
      origin: text("https://elsewhere.invalid", "where the files are said to be; no token may go there")
    }),
    {
      title: "all files are said to be on a host that has nothing to do with BCDA",
      where: ["manifest"],
      strike: ({ origin }) => ({ reply: every((url) => `${origin}${new URL(url).pathname}`) })
    }
  ),
  "file-server-on-another-host": faultWith(
    Schema.Struct({ origin: text("", "of the file server; without it, the other one of localhost and 127.0.0.1") }),
    {
      kind: "variant",
      title: "files are served by another host, which takes the same token",
      where: ["manifest"],
      strike: ({ origin }) => ({ reply: every((url) => otherHost(url, origin)) })
    }
  ),
  "signed-urls": fault({
    kind: "variant",
    title: "requiresAccessToken is false, and the addresses carry a signature that opens them",
    where: ["manifest", "file", "error-file"],
    everywhere: true,
    strike: () => ({
      reply: (reply, { place }) => (place === "manifest" ? signed(reply) : reply),
      request: (received, moment) =>
        moment.place !== "manifest" && parametersOf(received, "X-Signature").includes(signature)
          ? authorized(withoutParameter(received, "X-Signature"), moment)
          : received
    })
  }),
  "name-climbing": hostile("climbs out of its directory: ..%2F..%2Fetc%2F…", (real) => `..%2F..%2F..%2Fetc%2F${real}`),
  "name-climbing-backwards": hostile("climbs out with backslashes: ..%5C..%5C…", (real) => `..%5C..%5C..%5C${real}`),
  "name-absolute": hostile("is an absolute path: %2Fetc%2F…", (real) => `%2Fetc%2F${real}`),
  "name-windows-drive": hostile("is a path on a Windows drive: C:%5C…", (real) => `C:%5CWindows%5C${real}`),
  "name-windows-device": hostile("is a Windows device: CON.…", (real) => `CON.${real}`),
  "name-with-nul": hostile("has a NUL in it: %00…", (real) => `a%00${real}`),
  "name-with-newline": hostile("has a line break in it: %0A…", (real) => `a%0D%0Ab${real}`),
  "name-long": hostile("is 400 characters long", (real) => real.padStart(400, "a")),
  "name-encoded": hostile("has letters and blanks that are percent-encoded", (real) => `r%C3%A9sum%C3%A9%20${real}`),
  "name-dots": hostile("begins with a dot", (real) => `.${real}`),
  "name-shell": hostile("means something to a shell: $(…)", (real) => `$(touch%20pwned);${real}`),
  "name-same-twice": allRenamed("all files have the same name, in different folders", (url) => `${url}/export.ndjson`),
  "name-case-twice": allRenamed(
    "names of files differ only in the case of their letters",
    (url, index) => `${url}/${index % 2 === 0 ? "export" : "EXPORT"}.ndjson`
  ),
  "name-missing": allRenamed(
    "addresses of files end in a slash, and differ in the query only",
    (url) => url.replace(realName, (real) => `?file=${real}`),
    (received) => {
      const [name] = parametersOf(received, "file")
      return name === undefined ? received : { ...withoutParameter(received, "file"), path: `${received.path}${name}` }
    }
  )
}
