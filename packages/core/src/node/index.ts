/**
 * What an export needs from Node: a transport that leaves compressed bytes alone, and files on disk that are proven and can be resumed.
 */

export type { Verify } from "../internal/lineCheck.ts"
export * as DirectorySink from "./DirectorySink.ts"
export { type ExportOptions, exportEvents, exportToDirectory } from "./Export.ts"
export { nodeFetch } from "./NodeFetch.ts"
export * as NodeTransport from "./NodeTransport.ts"
export { type Saved, type SaveOptions, saveFile } from "./SaveFile.ts"
export { exportSinceLastEvents, SinceLastEvent, type SinceLastOptions } from "./SinceLast.ts"
export { KeptBecause, Watermark } from "./Watermark.ts"
export * as WritableSink from "./WritableSink.ts"
