// What a browser tells of a page while it is used: shifts of its layout, how long interactions took, what it asked for.

import type { Page } from '@playwright/test'

export type Seen = { shifts: { value: number; what: string }[]; interactions: { ms: number; what: string }[] }

/** To be called before the first page is opened; it is filled in through every page of the visit. */
export async function observe(page: Page): Promise<Seen> {
  const seen: Seen = { shifts: [], interactions: [] }
  await page.exposeFunction('tellShift', (value: number, what: string) => seen.shifts.push({ value, what }))
  await page.exposeFunction('tellInteraction', (ms: number, what: string) => seen.interactions.push({ ms, what }))
  await page.addInitScript(() => {
    const { tellShift, tellInteraction } = window as unknown as Record<string, (number: number, what: string) => void>
    new PerformanceObserver(list => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] })[]) {
        if (entry.hadRecentInput) continue
        const what = entry.sources.map(({ node }) => node instanceof Element ? `${node.tagName}.${node.className}` : node?.nodeName)
        tellShift!(entry.value, what.join(' '))
      }
    }).observe({ type: 'layout-shift', buffered: true })
    new PerformanceObserver(list => {
      for (const entry of list.getEntries() as (PerformanceEventTiming & { interactionId: number })[]) {
        if (!entry.interactionId) continue
        const target = entry.target instanceof Element ? entry.target.outerHTML.slice(0, 60) : ''
        tellInteraction!(entry.duration, `${entry.name} ${target}`)
      }
    }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit)
  })
  return seen
}

/** After two frames, what was done before is painted, and told of. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))))
}

/** Scrolls to the end in steps of half a screen, as somebody does who reads, so that everything lazy is loaded. */
export async function readToTheEnd(page: Page): Promise<void> {
  for (;;) {
    const isEnd = await page.evaluate(() => {
      window.scrollBy({ top: innerHeight / 2, behavior: 'instant' })
      return scrollY + innerHeight >= document.documentElement.scrollHeight - 2
    })
    await settled(page)
    if (isEnd) return
  }
}
