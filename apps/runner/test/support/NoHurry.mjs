/**
 * Loaded before a command: five seconds never pass. Whoever has to do something within them is a test, and cannot know how late it is on a
 * busy machine.
 */
const usual = globalThis.setTimeout
globalThis.setTimeout = (then, millis, ...more) => usual(then, millis === 5000 ? 2 ** 31 - 1 : millis, ...more)
