// A network between a browser and the site that tests can slow down, cut and listen to. A service worker's requests take it
// too, which a page's own switches do not promise.

import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export type Seen = { method: string; url: string; purpose: string | undefined; body: string }

export class Proxy {
  /** Where requests go. */
  site: string
  isCut = false
  /** Addresses that are answered with an error. */
  refused: RegExp | undefined
  /** Addresses that are answered a second later than others. */
  slow: RegExp | undefined
  /** Of a round trip. */
  delayMs = 0
  seen: Seen[] = []
  readonly url: string
  private server: ReturnType<typeof createServer>

  private constructor(site: string, server: ReturnType<typeof createServer>) {
    this.site = site
    this.server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (asked, answer) => void this.pass(asked, answer).catch(() => answer.destroy()))
  }

  static async to(site: string): Promise<Proxy> {
    const server = createServer({ keepAliveTimeout: 0 })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    return new Proxy(site, server)
  }

  /** Requests of pages and their parts, without files. */
  pages(): string[] {
    return this.seen.map(({ url }) => url).filter(url => !/^\/(assets|events|sw\.js|manifest|favicon)/.test(url))
  }

  /** What was told to /events, in order. */
  events(): { name: string; car?: number; [field: string]: unknown }[] {
    return this.seen.filter(({ url }) => url === '/events').flatMap(({ body }) => JSON.parse(body))
  }

  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.isCut) return void asked.socket.destroy()
    const parts: Buffer[] = []
    for await (const part of asked) parts.push(part)
    const body = Buffer.concat(parts)
    const { method = 'GET', url = '/', headers } = asked
    this.seen.push({ method, url, purpose: (headers.purpose ?? headers['sec-purpose']) as string | undefined, body: body.toString() })
    if (this.refused?.test(url)) return void answer.writeHead(500).end()
    const delayMs = this.delayMs + (this.slow?.test(url) ? 1000 : 0)
    if (delayMs) await pause(delayMs)
    const { hostname, port, host } = new URL(this.site)
    // Where a post is from must be where it goes to.
    const origin = headers.origin ? { origin: this.site } : {}
    const onward = request({ hostname, port, method, path: url, headers: { ...headers, ...origin, host } }, got => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    onward.end(body)
  }
}
