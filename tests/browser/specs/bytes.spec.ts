// What goes over the wire, in brotli: pages with their CSS, scripts, fragments. The worst of many pages counts.

import { carPath } from '../lib/states.ts'
import { expect, test } from '../lib/test.ts'
import { attributes, fetchBrotli } from '../lib/wire.ts'

const HTML_BYTES = 14 * 1024
const SCRIPT_BYTES = 6 * 1024
const FRAGMENT_BYTES = 6 * 1024

const LISTINGS = ['/', '/cars', '/cars?sort=price', '/cars?fuel=diesel&fuel=petrol&body=suv&transmission=manual', '/cars?price_max=800000&sort=km']
const CARS = 40

/** The most bytes of any of these pages, with what `extra` adds to each. */
async function worst(urls: string[], extra: (html: string) => Promise<number>): Promise<number> {
  let bytes = 0
  for (const url of urls) {
    const page = await fetchBrotli(url)
    expect(page.status, url).toBe(200)
    expect(page.headers['content-encoding'], url).toBe('br')
    bytes = Math.max(bytes, page.bytes + await extra(page.text))
  }
  return bytes
}

for (const landing of ['listing', 'car'] as const) {
  const paths = (live: number[]) => landing === 'listing' ? LISTINGS : live.slice(0, CARS).map(carPath)

  test(`bytes: ${landing}, HTML with all CSS`, async ({ site, cars, atMost }) => {
    const bytes = await worst(paths(cars.live).map(path => site.url + path), async html => {
      const sheets = attributes(html, /<link\b[^>]*\brel="?stylesheet[^>]*>/g, 'href')
      const sizes = await Promise.all(sheets.map(async sheet => (await fetchBrotli(new URL(sheet, site.url).href)).bytes))
      return sizes.reduce((sum, size) => sum + size, 0)
    })
    atMost('the largest of them', bytes, HTML_BYTES, 'bytes')
  })

  test(`bytes: ${landing}, fragment`, async ({ site, cars, atMost }) => {
    const bytes = await worst(paths(cars.live).map(path => `${site.url}${path}${path.includes('?') ? '&' : '?'}f=1`), async html => {
      expect(html.slice(0, 7)).toBe('<title>')
      expect(/<(html|head|style)\b/.test(html), 'a fragment is no document').toBe(false)
      return 0
    })
    atMost('the largest of them', bytes, FRAGMENT_BYTES, 'bytes')
  })
}

test('bytes: every script', async ({ site, cars, atMost }) => {
  const scripts = new Set(['/sw.js'])
  for (const path of ['/cars', carPath(cars.live[0]!), '/offline']) {
    const { text } = await fetchBrotli(site.url + path)
    const found = attributes(text, /<script\b[^>]*\bsrc=[^>]*>/g, 'src')
    expect(found.length, `scripts of ${path}`).toBeGreaterThan(0)
    for (const script of found) scripts.add(script)
  }
  let bytes = 0
  for (const script of scripts) {
    const sent = await fetchBrotli(new URL(script, site.url).href)
    expect(sent.status, script).toBe(200)
    expect(sent.text, `${script} brings in what is not counted`).not.toMatch(/\bimportScripts\(|\bimport\s*\(|^import\b/m)
    bytes += sent.bytes
  }
  atMost(`${scripts.size} scripts`, bytes, SCRIPT_BYTES, 'bytes')
})
