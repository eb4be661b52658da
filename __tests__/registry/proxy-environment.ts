/** The environment's proxies, for one test. */
import { afterEach } from '@jest/globals'

const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap(name => [name, name.toUpperCase()])
const before = names.map(name => [name, process.env[name]] as const)

afterEach(() => {
  for (const [name, value] of before) setVariable(name, value)
})

/** Sends https through a proxy, or nothing through any, until the test ends, whatever the environment says. */
export function setProxy(url: string | undefined): void {
  for (const name of names) setVariable(name, undefined)
  setVariable('https_proxy', url)
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name)
  else process.env[name] = value
}
