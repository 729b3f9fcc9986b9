import { Result, Schema } from "effect"
import { ForeignOrigin, TargetError } from "./Errors.ts"

/** The API versions of BCDA. `v3` is the default everywhere; CMS removes `v1` and `v2` on 2027-07-30. */
export const ApiVersion = Schema.Literals(["v1", "v2", "v3"])
export type ApiVersion = typeof ApiVersion.Type

/**
 * What a target speaks: a version of BCDA, or `fhir` for any other server of FHIR Bulk Data, which has `$export`, `metadata` and jobs below
 * its base URL and none of BCDA's own additions and rules.
 */
export const Dialect = Schema.Literals([...ApiVersion.literals, "fhir"])
export type Dialect = typeof Dialect.Type

/**
 * How to get a token. `basic`: a client id and secret by HTTP Basic, BCDA's way. `smart`: SMART Backend Services, a client id and a private
 * key. `none`: no token at all.
 */
export const AuthKind = Schema.Literals(["basic", "smart", "none"])
export type AuthKind = typeof AuthKind.Type

/** Options of `Target.fromUrl`. */
export interface TargetOptions {
  /**
   * Default: the version a URL ending in `/api/vN` names; for another URL `v3` with `auth: "basic"`, and `fhir` otherwise, since a BCDA
   * gives tokens in one way only.
   */
  readonly apiVersion?: Dialect | undefined
  /** Default `basic`, and `smart` when `apiVersion` is `fhir`. */
  readonly auth?: AuthKind | undefined
  /** See `Target.tokenEndpoint`. */
  readonly tokenEndpoint?: string | undefined
  /** See `Target.tokenScope`. */
  readonly tokenScope?: string | undefined
  /** See `Target.allowedOrigins`. Default: none. */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** What messages and reports call the target. Default: its base URL. */
  readonly name?: string | undefined
  /**
   * Default false: plain `http` is refused unless the host is this machine.
   * Hazard: with true, the client's secret, its tokens and the claims cross the network unencrypted.
   */
  readonly insecure?: boolean | undefined
}

/** A server, what to speak with it, and how to get its tokens. */
export class Target extends Schema.Class<Target>("Target")({
  /** What messages and reports call it: `sandbox`, `production`, `embedded`, or its URL. */
  name: Schema.String,
  /** Origin and optional base path, without a trailing slash: `https://sandbox.bcda.cms.gov`, or a FHIR base URL. */
  baseUrl: Schema.String,
  apiVersion: Dialect,
  auth: AuthKind,
  /**
   * Where tokens come from, if not where the target says itself: BCDA's at `<base>/auth/token`, any other server's where its
   * `.well-known/smart-configuration` points. It may be on another origin; naming it here is what makes that one trusted.
   */
  tokenEndpoint: Schema.optionalKey(Schema.String),
  /** The OAuth scopes to ask for, with spaces between them. Default: `system/*.rs` or `system/*.read`, as the server's configuration says. */
  tokenScope: Schema.optionalKey(Schema.String),
  /**
   * Other origins that may see the token: those of a file server or a token server that belongs to the target.
   * Hazard: whoever runs them can act as this client until the token expires.
   */
  allowedOrigins: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  /** CMS's public sandbox: synthetic people, credentials published in the BCDA documentation. */
  static sandbox(apiVersion: ApiVersion = "v3"): Target {
    return new Target({ name: "sandbox", baseUrl: "https://sandbox.bcda.cms.gov", apiVersion, auth: "basic" })
  }

  /** CMS's production. It answers only registered addresses; others see their connections time out. */
  static production(apiVersion: ApiVersion = "v3"): Target {
    return new Target({ name: "production", baseUrl: "https://api.bcda.cms.gov", apiVersion, auth: "basic" })
  }

  /** Any other server by its base URL, such as one on this machine. Fails with `TargetError` if the URL cannot be one. */
  static fromUrl(url: string, options: TargetOptions = {}): Result.Result<Target, TargetError> {
    const insecure = options.insecure === true
    const flaw = flawOf(url, insecure)
    if (flaw !== undefined) return refuse(flaw)
    const parsed = new URL(url)
    const [, bcdaPath = "", version] = /^(.*?)(?:\/api\/(v[123]))?\/*$/.exec(parsed.pathname) ?? []
    const named = version === "v1" || version === "v2" || version === "v3" ? version : undefined
    const apiVersion =
      options.apiVersion ?? named ?? (options.auth === undefined || options.auth === "basic" ? "v3" : "fhir")
    const baseUrl = parsed.origin + (apiVersion === "fhir" ? parsed.pathname : bcdaPath).replace(/\/+$/, "")
    const { tokenEndpoint, tokenScope } = options
    const endpointFlaw = tokenEndpoint === undefined ? undefined : flawOf(tokenEndpoint, insecure)
    if (endpointFlaw !== undefined) return refuse(`its token endpoint is ${endpointFlaw}`)
    const allowedOrigins: Array<string> = []
    for (const origin of options.allowedOrigins ?? []) {
      const flaw = flawOf(origin, insecure) ?? (new URL(origin).pathname === "/" ? undefined : "more than an origin")
      if (flaw !== undefined) return refuse(`an allowed origin is ${flaw}`)
      allowedOrigins.push(new URL(origin).origin)
    }
    return Result.succeed(
      new Target({
        name: options.name ?? baseUrl,
        baseUrl,
        apiVersion,
        auth: options.auth ?? (apiVersion === "fhir" ? "smart" : "basic"),
        ...(tokenEndpoint !== undefined && { tokenEndpoint }),
        ...(tokenScope !== undefined && { tokenScope }),
        ...(allowedOrigins.length > 0 && { allowedOrigins })
      })
    )
  }

  /** False for a server that is none, where BCDA's own endpoints (`jobs`, `attribution_status`) and rules do not exist. */
  get isBcda(): boolean {
    return this.apiVersion !== "fhir"
  }

  /** Where BCDA's tokens come from, in all its API versions; or `tokenEndpoint`. */
  get tokenUrl(): string {
    return this.tokenEndpoint ?? `${this.baseUrl}/auth/token`
  }

  /** The FHIR base: `https://sandbox.bcda.cms.gov/api/v3`, or the base URL of a server that is no BCDA. */
  get apiBase(): string {
    return this.isBcda ? `${this.baseUrl}/api/${this.apiVersion}` : this.baseUrl
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
    return Result.flatMap(this.absolute(url), (parsed) =>
      parsed.origin === new URL(this.baseUrl).origin || this.allowedOrigins?.includes(parsed.origin) === true
        ? Result.succeed(parsed.href)
        : Result.fail(foreign(parsed))
    )
  }

  /**
   * The same for a request without a token, such as for a file that needs none: any origin will do, but an unencrypted one only if it is
   * one that `resolve` takes.
   */
  resolveOpen(url: string): Result.Result<string, ForeignOrigin> {
    return Result.flatMap(this.absolute(url), (parsed) =>
      parsed.protocol === "https:" ? Result.succeed(parsed.href) : this.resolve(url)
    )
  }

  private absolute(url: string): Result.Result<URL, ForeignOrigin> {
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
    return Result.succeed(parsed)
  }
}

const foreign = (url: URL): ForeignOrigin =>
  new ForeignOrigin({ origin: url.origin === "null" ? url.protocol : url.origin })

const refuse = (detail: string): Result.Result<never, TargetError> => Result.fail(new TargetError({ detail }))

/** Why a URL cannot be an address of the target's; it is not repeated, since it may hold a password. */
const flawOf = (url: string, insecure: boolean): string | undefined => {
  if (!URL.canParse(url)) return "not an absolute URL"
  const parsed = new URL(url)
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return "not an http(s) URL"
  if (parsed.username !== "" || parsed.password !== "") return "a URL that holds a user name or password"
  if (parsed.search !== "" || parsed.hash !== "") return "a URL with a query or a fragment"
  return parsed.protocol === "http:" && !isLoopback(parsed.hostname) && !insecure
    ? "plain http, which would send secrets and claims unencrypted; use https"
    : undefined
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127(?:\.\d+){3}$/.test(hostname)
