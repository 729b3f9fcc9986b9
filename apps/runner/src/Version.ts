import { Context } from "effect"

/** The version of this program, which `main` reads from the package's manifest: only there it is known where that is, bundled or not. */
export const Version = Context.Reference<string>("bcda-kit/Version", { defaultValue: () => "unknown" })
