// The same site, farther away: a proxy that holds every byte back for half a round trip, each way, and a new connection for a
// whole one. Unlike throttling in the browser it is also felt by the service worker, and by what is fetched ahead.

import { type Socket, connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

export type Far = {
  url: string
  /** What was asked for, over the wire: what a browser's cache answers is not in it. */
  asked: string[]
  close: () => void
}

function carry(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', bytes => setTimeout(() => to.writable && to.write(bytes), delayMs))
  from.on('close', () => setTimeout(() => to.destroy(), delayMs))
  from.on('error', () => to.destroy())
}

export async function farFrom(url: string, roundTripMs: number): Promise<Far> {
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const { hostname, port } = new URL(url)
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    sockets.add(near).add(far)
    for (const socket of [near, far]) socket.setNoDelay(true)
    near.pause()
    // The handshake of a connection costs a round trip before anything can be asked.
    setTimeout(() => near.resume(), roundTripMs)
    near.on('data', bytes => asked.push(...[...bytes.toString('latin1').matchAll(/^(?:GET|POST) (\S+) HTTP/gm)].map(([, path]) => path!)))
    carry(near, far, roundTripMs / 2)
    carry(far, near, roundTripMs / 2)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
