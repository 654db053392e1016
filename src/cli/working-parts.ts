/**
 * What only a pass needs that has something to ask, to remove or to tell. One module, so that the bundle is
 * one file more for it: all of it takes half as long to load as a pass without work takes.
 */
export { inspectClone } from '../host/inspect-clone.ts'
export { inspectWorktree } from '../host/inspect-work.ts'
export { readMetricsFile, writeMetricsFile } from '../host/metrics-file.ts'
export { ping, pingUrl } from '../host/ping.ts'
export { recover } from '../host/recover.ts'
export { RemovalFinisher } from '../host/removal-finisher.ts'
export { removeWorktree } from '../host/remove-worktree.ts'
export { setCloneAside } from '../host/set-clone-aside.ts'
export { metricsText } from '../report/metrics.ts'
export { dropSessions } from './drop-sessions.ts'
export { wireForgejo } from './wiring-forgejo.ts'
