import { after, type TestContext } from 'node:test'
import { Sandbox } from './sandbox.ts'

/** A sandbox that goes when the test, or the file, ends. */
export async function useSandbox(t?: TestContext): Promise<Sandbox> {
  const sandbox = await Sandbox.create()
  if (t === undefined) after(() => sandbox.remove())
  else t.after(() => sandbox.remove())
  return sandbox
}
