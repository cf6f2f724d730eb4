// What tests know of the site they judge: where it is, and which cars its catalogue has.

import { DatabaseSync } from 'node:sqlite'

export type Site = { url: string; admin: string; folder: string; source: string; binary: string }

/** A live car that the run deletes, so that there is a page that is gone. */
const REMOVED = 1599

export function siteOfThisRun(): Site {
  const text = process.env.FORECOURT_BROWSER_SITE
  if (!text) throw new Error('start these tests by tests/browser/run')
  return JSON.parse(text)
}

function rows<Row>(site: Site, sql: string): Row[] {
  const database = new DatabaseSync(site.source, { readOnly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

export type Cars = { live: number[]; soldLately: number; soldLongAgo: number; hidden: number; removed: number }

/** Cars by what their pages must be. */
export function carsOf(site: Site): Cars {
  const ids = (sql: string) => rows<{ id: number }>(site, sql).map(row => row.id)
  const sold = ids(`SELECT id FROM cars WHERE status = 'sold' ORDER BY sold_at DESC`)
  return {
    live: ids(`SELECT id FROM cars WHERE status = 'live' ORDER BY id`),
    soldLately: sold[0]!,
    soldLongAgo: sold.at(-1)!,
    hidden: ids(`SELECT id FROM cars WHERE status = 'hidden' ORDER BY id`)[0]!,
    removed: REMOVED,
  }
}

/** Deletes the car that is to be gone, and by the schema all of it; returns its address. */
export function removeCar(site: Site): string {
  const database = new DatabaseSync(site.source)
  try {
    database.exec(`PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; DELETE FROM cars WHERE id = ${REMOVED}`)
  } finally {
    database.close()
  }
  return `/car/x-${REMOVED}`
}
