export { dataDirectory } from "./DataDirectory.ts"
export * from "./DataDirectoryError.ts"
export { diskFileStore, temporaryFileStore } from "./DiskFileStore.ts"
export { ListenError, type RunningSandbox, type ServeOptions, serve, startSandbox } from "./Serve.ts"
