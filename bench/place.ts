/** Where a case runs: registries near or far, open or with a login, each behind a wire that counts traffic. */
import { writeFile, mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { makeCertificate } from '../testing/certificate.ts'
import { type Distribution, startDistribution } from '../testing/distribution.ts'
import { type Place as Repository } from '../testing/push.ts'
import { startTlsFront } from '../testing/tls-front.ts'
import { type TokenServer, startTokenServer } from '../testing/token-server.ts'
import { type Traffic, type Wire, startWire } from './wire.ts'

/** The round-trip time of a far registry, in milliseconds. */
export const DELAY = 50

/** The traffic of all wires of a place, and its requests. */
export interface Talk extends Traffic {
  readonly requests: number
}

/** A registry, and how programs reach it. */
export interface Place {
  /** The address for programs: that of the wire. */
  readonly host: string
  /** A PEM file of the authority that signed its certificate; undefined where it speaks plain HTTP. */
  readonly authority?: string
  /** The name and password that every program finds in Docker's login file. */
  readonly login?: string
  /** Returns a repository as the bench itself reaches it, without the wire. */
  repository(name: string): Promise<Repository>
  /** Returns the traffic since the last call. */
  take(): Promise<Talk>
  close(): Promise<void>
}

/** Starts an open registry on this machine with a round-trip time in milliseconds. */
export async function startOpen(delay: number): Promise<Place> {
  const registry = await startDistribution()
  const wire = await startWire(registry.host, { delay, address: '127.0.0.1' })
  return {
    host: wire.host,
    repository: repository => Promise.resolve({ base: registry.base, repository }),
    take: listener(registry, [wire]),
    close: async () => {
      await wire.close()
      await registry.close()
    }
  }
}

const LOGIN = 'ci:secret'

/** Starts a far registry with TLS and tokens; its files go into a home folder. */
export async function startFar(home: string): Promise<Place> {
  const address = ownAddress()
  const certificate = await makeCertificate(address)
  const authority = `${home}/authority.pem`
  await writeFile(authority, certificate.certificate)
  const [username = '', password = ''] = LOGIN.split(':')
  const tokens = await startTokenServer({ accounts: { [username]: password } })
  const closing: { close(): Promise<void> }[] = [tokens]
  const behind = async (host: string): Promise<Wire> => {
    const front = await startTlsFront(host, certificate)
    const wire = await startWire(front.host, { delay: DELAY, address })
    closing.unshift(wire, front)
    return wire
  }
  const tokenWire = await behind(new URL(tokens.realm).host)
  const { service, issuer, rootCertBundle } = tokens
  const realm = `https://${tokenWire.host}/token`
  const registry = await startDistribution({
    auth: { kind: 'token', realm, service, issuer, rootCertBundle }
  })
  closing.push(registry)
  const wire = await behind(registry.host)
  await writeLogin(home, wire.host)
  return {
    host: wire.host,
    authority,
    login: LOGIN,
    repository: async repository => {
      const token = await tokens.tokenFor(`repository:${repository}:pull,push`)
      return { base: registry.base, repository, authorization: `Bearer ${token}` }
    },
    take: listener(registry, [wire, tokenWire], tokens),
    close: async () => {
      for (const it of closing) await it.close()
    }
  }
}

async function writeLogin(home: string, host: string): Promise<void> {
  const auths = { [host]: { auth: Buffer.from(LOGIN).toString('base64') } }
  await mkdir(`${home}/.docker`, { recursive: true })
  await writeFile(`${home}/.docker/config.json`, JSON.stringify({ auths }))
}

/** An address that is not loopback: there, every program uses TLS. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!found) throw new Error('the far cases need a network interface other than loopback')
  return found.address
}

function listener(registry: Distribution, wires: readonly Wire[], tokens?: TokenServer): Place['take'] {
  let asked = 0
  return async () => {
    const total = (await registry.requestsBy('')).length + (tokens?.log.length ?? 0)
    const taken = wires.map(wire => wire.take())
    const sum = (of: (traffic: Traffic) => number): number =>
      taken.reduce((all, traffic) => all + of(traffic), 0)
    const requests = total - asked
    asked = total
    return {
      requests,
      connections: sum(({ connections }) => connections),
      atOnce: Math.max(...taken.map(({ atOnce }) => atOnce)),
      bytes: sum(({ bytes }) => bytes)
    }
  }
}
