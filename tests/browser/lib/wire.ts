// Responses as they come over the wire: how many bytes of brotli, and what is in them.

import { get } from 'node:http'
import { brotliDecompressSync } from 'node:zlib'

export type Sent = { status: number; bytes: number; text: string; headers: Record<string, string | string[] | undefined> }

export function fetchBrotli(url: string): Promise<Sent> {
  return new Promise((done, failed) => {
    get(url, { headers: { 'accept-encoding': 'br' } }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', failed)
      response.on('end', () => {
        const body = Buffer.concat(parts)
        const text = response.headers['content-encoding'] === 'br' ? brotliDecompressSync(body) : body
        done({ status: response.statusCode ?? 0, bytes: body.length, text: text.toString('utf8'), headers: response.headers })
      })
    }).on('error', failed)
  })
}

/** Values of an attribute of the tags that match. */
export function attributes(html: string, tag: RegExp, name: string): string[] {
  return [...html.matchAll(tag)].flatMap(([found]) => new RegExp(`\\s${name}="?([^\\s">]+)`).exec(found)?.[1] ?? [])
}
