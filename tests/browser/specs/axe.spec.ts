// Accessibility by axe: WCAG 2.2 A and AA and axe's best practices, each state, light and dark, phone and desktop.

import { AxeBuilder } from '@axe-core/playwright'
import { STATES, openState } from '../lib/states.ts'
import { expect, note, test } from '../lib/test.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const SIZES = [{ width: 360, height: 720 }, { width: 1280, height: 800 }]

for (const state of STATES) {
  test(`axe: ${state.name}`, async ({ page, cars }, info) => {
    const found: string[] = []
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await openState(page, state, cars)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
        for (const { id, help, nodes } of violations) {
          const places = nodes.slice(0, 3).map(node => node.target.join(' '))
          found.push(`${size.width} ${colorScheme} ${id} (${help}), ${nodes.length} times: ${places.join(' | ')}`)
        }
      }
    }
    note(info, `violations ${found.length} of 0`)
    expect(found.join('\n')).toBe('')
  })
}
