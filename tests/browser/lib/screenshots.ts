// Pictures of every page and state, to be looked at by people: OUT_DIR/index.html shows them side by side.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from '@playwright/test'
import { binaryOf, chromiumOptions } from './machine.ts'
import { readToTheEnd } from './observe.ts'
import { Server } from './server.ts'
import { carsOf } from './site.ts'
import { STATES, type State, openState } from './states.ts'

const SIZES = [
  { width: 360, height: 740 },
  { width: 412, height: 915 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
]
const SCHEMES = ['light', 'dark'] as const

type Shot = { state: string; size: number; scheme: string; file: string }

/** A whole page; lazy photos are loaded before, by reading it to its end. */
async function shoot(browser: Browser, server: Server, state: State, out: string): Promise<Shot[]> {
  const shots: Shot[] = []
  for (const size of SIZES) {
    const isPhone = size.width < 768
    const context = await browser.newContext({ baseURL: server.site.url, viewport: size, isMobile: isPhone, hasTouch: isPhone, locale: 'en-IN', reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(5_000)
    await openState(page, state, carsOf(server.site))
    await readToTheEnd(page)
    await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }))
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme })
      const file = `${state.name.replaceAll(' ', '-')}-${size.width}-${scheme}.jpg`
      // What fills the screen is not a page: it has no more than the screen.
      await page.screenshot({ path: join(out, file), fullPage: state.name !== 'car fullscreen photos', type: 'jpeg', quality: 82 })
      shots.push({ state: state.name, size: size.width, scheme, file })
    }
    await context.close()
  }
  return shots
}

function sheet(shots: Shot[]): string {
  const figure = ({ file, size, scheme }: Shot) => `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy" width="${Math.round(size / 3)}"></a><figcaption>${size} ${scheme}</figcaption></figure>`
  const sections = [...Map.groupBy(shots, shot => shot.state)].map(([state, of]) => `<h2>${state}</h2><div>${of.map(figure).join('')}</div>`)
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Forecourt: every page and state</title>
<style>body{font:14px system-ui;margin:2rem;background:#777}div{display:flex;gap:1rem;align-items:start;overflow-x:auto}figure{margin:0}h2,figcaption{color:#fff}</style>
${sections.join('\n')}</html>\n`
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { binary: { type: 'string' }, only: { type: 'string', default: '' } } })
const out = resolve(positionals[0] ?? 'screenshots')
mkdirSync(out, { recursive: true })
const server = await Server.start(binaryOf(values.binary))
process.on('SIGINT', () => { server.stop(); process.exit(130) })
try {
  const browser = await chromium.launch(chromiumOptions)
  const shots: Shot[] = []
  for (const state of STATES.filter(({ name }) => name.includes(values.only))) {
    try {
      shots.push(...await shoot(browser, server, state, out))
      console.log(`ok      ${state.name}`)
    } catch (error) {
      console.log(`FAILED  ${state.name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
      process.exitCode = 1
    }
  }
  writeFileSync(join(out, 'index.html'), sheet(shots))
  console.log(`${shots.length} pictures: ${join(out, 'index.html')}`)
  await browser.close()
} finally {
  server.stop()
}
