export { nodeFetch } from "./NodeFetch.ts"
