/** Runs transfers of blobs. Small ones wait for round trips, so many run at once; large ones fill the line, so few do. */
import { MAXIMUM_PARALLEL } from '../in-parallel.ts'
import type { Placement } from '../../oci/placement.ts'
import { bytesOf } from './placements.ts'

/** The most transfers at once between two registries: each takes a connection to both. Within one registry, half as many. */
export const MAXIMUM_TRANSFERS = MAXIMUM_PARALLEL

/** So many transfers run at once whatever their sizes. */
export const UNSIZED_TRANSFERS = 4

/** The most bytes that more transfers than {@link UNSIZED_TRANSFERS} have together. */
export const MAXIMUM_TRANSFER_BYTES = 32 * 1024 * 1024

/** The placements of one blob, from one repository into those of one registry. */
export type Transfer = readonly Placement[]

/**
 * Runs transfers, the largest first, since it takes the longest. After a failure nothing more is begun; it is thrown when all that
 * was under way has ended.
 */
export async function transferEach(
  transfers: readonly Transfer[],
  carryOut: (transfer: Transfer) => Promise<void>
): Promise<void> {
  const underWay = new UnderWay()
  const failures: unknown[] = []
  for (const transfer of transfers.toSorted((a, b) => bytesOf(b) - bytesOf(a))) {
    while (!underWay.hasRoomFor(transfer)) await underWay.next()
    if (failures.length > 0) break
    underWay.add(
      transfer,
      carryOut(transfer).catch((error: unknown) => failures.push(error))
    )
  }
  await underWay.end()
  if (failures.length > 0) throw failures[0]
}

/** Transfers that are under way, with what they take. */
class UnderWay {
  readonly #ends = new Set<Promise<unknown>>()
  readonly #connections = new Map<string, number>()
  #bytes = 0

  /** A transfer that waited for a connection, while others kept theirs to read from, could wait for ever. */
  hasRoomFor(transfer: Transfer): boolean {
    const isSmall = this.#bytes + bytesOf(transfer) <= MAXIMUM_TRANSFER_BYTES
    const hosts = registriesOf(transfer)
    return (
      (isSmall || this.#ends.size < UNSIZED_TRANSFERS) &&
      hosts.every(host => this.#at(host) + hosts.filter(other => other === host).length <= MAXIMUM_PARALLEL)
    )
  }

  add(transfer: Transfer, ended: Promise<unknown>): void {
    this.#take(transfer, 1)
    const end = ended.then(() => {
      this.#take(transfer, -1)
      this.#ends.delete(end)
    })
    this.#ends.add(end)
  }

  /** Resolves when one more has ended. */
  async next(): Promise<void> {
    await Promise.race(this.#ends)
  }

  /** Resolves when all have ended. */
  async end(): Promise<void> {
    await Promise.all(this.#ends)
  }

  #take(transfer: Transfer, sign: 1 | -1): void {
    this.#bytes += sign * bytesOf(transfer)
    for (const host of registriesOf(transfer)) this.#connections.set(host, this.#at(host) + sign)
  }

  #at(host: string): number {
    return this.#connections.get(host) ?? 0
  }
}

/** Lists the registries that a transfer is connected to: twice the same within one. */
function registriesOf(transfer: Transfer): string[] {
  return transfer.slice(0, 1).flatMap(({ from, to }) => [from.registry, to.registry])
}
