import { existsSync } from 'node:fs'
import { expireRuns } from '../../src/host/expire.ts'
import { recover } from '../../src/host/recover.ts'
import { setCloneAside } from '../../src/host/set-clone-aside.ts'
import { openScripted, type ScriptedPass } from './scripted-pass.ts'

/** What a pass changes of one cache clone: it ends what was cut off, moves it aside, or lets all runs expire. */
export interface ScriptedClone extends Pick<ScriptedPass, 'stateDir' | 'cacheDir' | 'path' | 'run'> {
  readonly expire: boolean
}

export async function runScriptedClone({ expire, ...pass }: ScriptedClone): Promise<void> {
  const { run, path } = pass
  const { root, tools, journal } = openScripted({ ...pass, key: '' })
  await recover(tools)
  if (expire) await expireRuns(journal, tools, () => true)
  else if (existsSync(path))
    await setCloneAside(tools, {
      ...{ run, slot: `${run}.1`, path, reason: 'not-found', bytes: 1 },
      recheck: async () => null
    })
  root.close()
}

// Run by itself it is one pass, to be cut off from outside.
const [argument] = process.argv.slice(2)
if (argument?.startsWith('{"stateDir"') === true) {
  await runScriptedClone(JSON.parse(argument) as ScriptedClone)
}
