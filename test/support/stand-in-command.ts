import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Puts a shell script in a command's place. @returns the PATH by which it is found first */
export function standInCommand(directory: string, name: string, script: string): string {
  const bin = join(directory, 'stand-in-bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
  return `${bin}:${process.env['PATH'] ?? ''}`
}

/** What systemd 252 prints of the timer and its service, with `TZ=UTC`. */
export const SYSTEMD_SHOWS = `NextElapseUSecRealtime=Sat 2026-11-21 12:00:00 UTC
LastTriggerUSec=Sat 2026-11-21 06:03:11 UTC
Id=claude-hooks-sweep.timer
LoadState=loaded
SubState=waiting
UnitFileState=enabled

ExecMainStatus=0
Id=claude-hooks-sweep.service
LoadState=loaded
SubState=dead
UnitFileState=static`
