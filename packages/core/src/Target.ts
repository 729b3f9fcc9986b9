import { Redacted, Result, Schema } from "effect"
import { ForeignOrigin, TargetError } from "./Errors.ts"

/** The API versions of BCDA. `v3` is the default everywhere; CMS removes `v1` and `v2` on 2027-07-30. */
export const ApiVersion = Schema.Literals(["v1", "v2", "v3"])
export type ApiVersion = typeof ApiVersion.Type

/** Options of `Target.fromUrl`. */
export interface TargetOptions {
  /** Default: the version a URL ending in `/api/vN` names, else `v3`. */
  readonly apiVersion?: ApiVersion | undefined
  /** Default `basic`: a token from `<base>/auth/token` for the client id and secret. `none` sends no token at all. */
  readonly auth?: "basic" | "none" | undefined
  /** What messages and reports call the target. Default: its base URL. */
  readonly name?: string | undefined
  /**
   * Default false: plain `http` is refused unless the host is this machine.
   * Hazard: with true, the client's secret, its tokens and the claims cross the network unencrypted.
   */
  readonly insecure?: boolean | undefined
}

/** A BCDA server and the API version to speak with it. */
export class Target extends Schema.Class<Target>("Target")({
  /** What messages and reports call it: `sandbox`, `production`, `embedded`, or its URL. */
  name: Schema.String,
  /** Origin and optional base path, without a trailing slash: `https://sandbox.bcda.cms.gov`. */
  baseUrl: Schema.String,
  apiVersion: ApiVersion,
  /** How to get a token: `basic` is BCDA's way (HTTP Basic at `/auth/token`), `none` sends none. */
  auth: Schema.Literals(["basic", "none"])
}) {
  /** CMS's public sandbox: synthetic people, credentials published in the BCDA documentation. */
  static sandbox(apiVersion: ApiVersion = "v3"): Target {
    return new Target({ name: "sandbox", baseUrl: "https://sandbox.bcda.cms.gov", apiVersion, auth: "basic" })
  }

  /** CMS's production. It answers only registered addresses; others see their connections time out. */
  static production(apiVersion: ApiVersion = "v3"): Target {
    return new Target({ name: "production", baseUrl: "https://api.bcda.cms.gov", apiVersion, auth: "basic" })
  }

  /** Any other BCDA by its base URL, such as one on this machine. Fails with `TargetError` if the URL cannot be one. */
  static fromUrl(url: string, options: TargetOptions = {}): Result.Result<Target, TargetError> {
    if (!URL.canParse(url)) return refuse("not an absolute URL")
    const parsed = new URL(url)
    if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return refuse("not an http(s) URL")
    if (parsed.username !== "" || parsed.password !== "") return refuse("it holds a user name or password")
    if (parsed.search !== "" || parsed.hash !== "") return refuse("it has a query or a fragment")
    if (parsed.protocol === "http:" && !isLoopback(parsed.hostname) && options.insecure !== true) {
      return refuse("plain http would send secrets and claims unencrypted; use https")
    }
    const [, basePath = "", version] = /^(.*?)(?:\/api\/(v[123]))?\/*$/.exec(parsed.pathname) ?? []
    const baseUrl = parsed.origin + basePath.replace(/\/+$/, "")
    const apiVersion = options.apiVersion ?? (version === "v1" || version === "v2" ? version : "v3")
    return Result.succeed(
      new Target({ name: options.name ?? baseUrl, baseUrl, apiVersion, auth: options.auth ?? "basic" })
    )
  }

  /** Where tokens come from; shared by all API versions. */
  get tokenUrl(): string {
    return `${this.baseUrl}/auth/token`
  }

  /** Base of the API version: `https://sandbox.bcda.cms.gov/api/v3`. */
  get apiBase(): string {
    return `${this.baseUrl}/api/${this.apiVersion}`
  }

  /** A URL below `apiBase`; `path` has no leading slash. */
  api(path: string): string {
    return `${this.apiBase}/${path}`
  }

  /**
   * The URL to use for one that the server named, or `ForeignOrigin` if a token must not go there.
   * A relative one is taken from the target's origin. BCDA writes `http:` when something in front of it ends TLS, so the
   * target's own host with `http:` becomes `https:`; it is never the other way round.
   */
  resolve(url: string): Result.Result<string, ForeignOrigin> {
    const own = new URL(this.baseUrl)
    if (!URL.canParse(url, own)) return Result.fail(new ForeignOrigin({ origin: "an unreadable URL" }))
    const parsed = new URL(url, own)
    if (parsed.username !== "" || parsed.password !== "") {
      return Result.fail(new ForeignOrigin({ origin: "a URL that holds a password" }))
    }
    if (own.protocol === "https:" && parsed.protocol === "http:" && parsed.hostname === own.hostname) {
      parsed.protocol = "https:"
      parsed.port = own.port
    }
    return parsed.origin === own.origin
      ? Result.succeed(parsed.href)
      : Result.fail(new ForeignOrigin({ origin: parsed.origin === "null" ? parsed.protocol : parsed.origin }))
  }
}

/** A client id and its secret. The secret is `Redacted`: it shows as `<redacted>` in logs and cannot be printed by accident. */
export class Credentials extends Schema.Class<Credentials>("Credentials")({
  clientId: Schema.String,
  clientSecret: Schema.Redacted(Schema.String)
}) {
  /** From plain strings. */
  static of(clientId: string, clientSecret: string): Credentials {
    return new Credentials({ clientId, clientSecret: Redacted.make(clientSecret) })
  }
}

const refuse = (detail: string): Result.Result<never, TargetError> => Result.fail(new TargetError({ detail }))

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127(?:\.\d+){3}$/.test(hostname)
