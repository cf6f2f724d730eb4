// Ports for what a run starts.

import { createServer } from 'node:net'

/** A port nobody listens at right now. */
export async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>(done => listener.listen(0, '127.0.0.1', done))
  const { port } = listener.address() as { port: number }
  await new Promise(done => listener.close(done))
  return port
}
